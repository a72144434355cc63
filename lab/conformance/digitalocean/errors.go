package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/digitalocean/godo"

	"hardway/conformance/checks"
)

// refused says whether an error is what the client makes of this status, with a message and a request id.
func refused(err error, status int, message string) error {
	var answer *godo.ErrorResponse
	if !errors.As(err, &answer) {
		return fmt.Errorf("want a refusal with %d, got %v", status, err)
	}
	if answer.RequestID == "" || answer.Message == "" || !strings.Contains(answer.Message, message) {
		return fmt.Errorf("want a message with %q and a request id, got %q, %q", message, answer.Message, answer.RequestID)
	}
	return checks.Equal("status", answer.Response.StatusCode, status)
}

func (c *cloud) refusals() []checks.Check {
	bad := func(status int, message string, call func() error) func() error {
		return func() error { return refused(call(), status, message) }
	}
	return []checks.Check{
		{Name: "401 for another token", Run: func() error {
			_, _, err := c.client("wrong").Account.Get(c.ctx)
			var answer *godo.ErrorResponse
			if !errors.As(err, &answer) {
				return fmt.Errorf("want a refusal, got %v", err)
			}
			return checks.All(
				checks.Equal("status", answer.Response.StatusCode, 401),
				checks.Equal("message", answer.Message, "Unable to authenticate you"),
			)
		}},
		{Name: "400 for a body that is no object", Run: bad(400, "", func() error {
			request, err := c.NewRequest(c.ctx, http.MethodPost, "v2/tags", []string{"a"})
			if err != nil {
				return err
			}
			_, err = c.Do(c.ctx, request, nil)
			return err
		})},
		{Name: "404 for a droplet that does not exist", Run: bad(404, "could not be found", func() error {
			_, _, err := c.Droplets.Get(c.ctx, 7)
			return err
		})},
		{Name: "404 for a VPC that does not exist", Run: bad(404, "could not be found", func() error {
			_, err := c.VPCs.Delete(c.ctx, "5a4981aa-9653-4bd1-bef5-d6bff52042e4")
			return err
		})},
		{Name: "409 for a VPC with members", Run: bad(409, "Can not delete VPC with members", func() error {
			_, err := c.VPCs.Delete(c.ctx, c.vpc.ID)
			return err
		})},
		{Name: "422 for a size that does not exist", Run: bad(422, "invalid size", func() error {
			order := c.order("master-2")
			order.Size = "s-0vcpu"
			_, _, err := c.Droplets.Create(c.ctx, order)
			return err
		})},
		{Name: "422 for a key that is none", Run: bad(422, "Key invalid", func() error {
			_, _, err := c.Keys.Create(c.ctx, &godo.KeyCreateRequest{Name: "none", PublicKey: "none"})
			return err
		})},
		{Name: "422 for switching on what is on, in the words that the provider knows", Run: bad(422, "Droplet is already powered on", func() error {
			_, _, err := c.DropletActions.PowerOn(c.ctx, c.droplet.ID)
			return err
		})},
		{Name: "501 and its name for what the lab does not have", Run: bad(501, "GET /v2/volumes", func() error {
			_, _, err := c.Storage.ListVolumes(c.ctx, nil)
			return err
		})},
	}
}

// What the client makes of a cloud that is out of order: 429, 429 and 500 were ordered for its account.
func (c *cloud) failures() []checks.Check {
	return []checks.Check{
		{Name: "429 says when to come back", Run: func() error {
			_, response, err := c.Account.Get(c.ctx)
			return checks.All(refused(err, 429, ""), checks.Equal("retry-after", response.Header.Get("retry-after"), "1"))
		}},
		{Name: "429 and 500 are tried again, as the provider does", Run: func() error {
			wait := 0.01
			client := c.client(c.token, godo.WithRetryAndBackoffs(godo.RetryConfig{
				RetryMax: 4, RetryWaitMin: &wait, RetryWaitMax: &wait,
			}))
			_, _, err := client.Account.Get(c.ctx)
			return err
		}},
	}
}

// Everything goes, in the order in which the provider lets it go.
func (c *cloud) ends() []checks.Check {
	return []checks.Check{
		{Name: "droplets are deleted, and are gone", Run: func() error {
			all, _, err := c.Droplets.List(c.ctx, nil)
			if err != nil {
				return err
			}
			for _, droplet := range all {
				c.droplet = &droplet
				if err := c.dropletUntil("active", "new"); err != nil {
					return err
				}
				if _, err := c.Droplets.Delete(c.ctx, droplet.ID); err != nil {
					return err
				}
				if err := c.dropletUntilGone(); err != nil {
					return err
				}
			}
			return checks.Equal("droplets", len(all), 3)
		}},
		{Name: "a VPC without members and an SSH key are deleted, and are gone", Run: func() error {
			_, vpcErr := c.VPCs.Delete(c.ctx, c.vpc.ID)
			_, keyErr := c.Keys.DeleteByID(c.ctx, c.key.ID)
			_, _, noVPC := c.VPCs.Get(c.ctx, c.vpc.ID)
			_, _, noKey := c.Keys.GetByID(c.ctx, c.key.ID)
			return checks.All(vpcErr, keyErr, refused(noVPC, 404, ""), refused(noKey, 404, ""))
		}},
	}
}

// dropletUntilGone allows the states that the provider allows meanwhile.
func (c *cloud) dropletUntilGone() error {
	return checks.Until("gone", []string{"active", "off", "locked"}, func() (string, error) {
		droplet, response, err := c.Droplets.Get(c.ctx, c.droplet.ID)
		if response != nil && response.StatusCode == 404 {
			return "gone", nil
		}
		if err != nil {
			return "", err
		}
		return droplet.Status, nil
	})
}
