package main

import (
	"fmt"
	"net/url"

	"github.com/linode/linodego"

	"hardway/conformance/checks"
)

const (
	region    = "us-ord"
	plan      = "g6-nanode-1"
	larger    = "g6-standard-1"
	image     = "linode/debian12"
	publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEiR8CLqQqx+I3zSGKoXmfNwMs5J0wk9Raw/hLjTpD0r operator"
)

func (c *cloud) lookups() []checks.Check {
	return []checks.Check{
		{Name: "page 100 of the plans, with which the provider asks whether anybody answers", Run: func() error {
			_, err := c.ListTypes(c.ctx, linodego.NewListOptions(100, ""))
			return err
		}},
		{Name: "the account and the profile", Run: func() error {
			account, err := c.GetAccount(c.ctx)
			if err != nil {
				return err
			}
			profile, err := c.GetProfile(c.ctx)
			return checks.All(err, checks.Equal("name", profile.Username != "", true), checks.Equal("e-mail", account.Email, profile.Email))
		}},
		{Name: "a region, alone and in the list", Run: func() error {
			found, err := c.GetRegion(c.ctx, region)
			if err != nil {
				return err
			}
			all, err := c.ListRegions(c.ctx, nil)
			if err != nil {
				return err
			}
			for _, one := range all {
				if one.ID == region {
					return checks.All(checks.Equal("status", found.Status, "ok"), checks.Equal("in the list", one, *found))
				}
			}
			return fmt.Errorf("no %s among %d", region, len(all))
		}},
		{Name: "a plan, alone and in the list, with its price", Run: func() error {
			found, err := c.GetType(c.ctx, larger)
			if err != nil {
				return err
			}
			all, err := c.ListTypes(c.ctx, nil)
			if err != nil {
				return err
			}
			for _, one := range all {
				if one.ID == larger {
					return checks.All(
						checks.Equal("memory, CPUs, disk", []int{one.Memory, one.VCPUs, one.Disk}, []int{2048, 1, 51200}),
						checks.Equal("price", one.Price.Monthly, float32(12)),
						checks.Equal("alone", *found, one),
					)
				}
			}
			return fmt.Errorf("no %s among %d", larger, len(all))
		}},
		{Name: "an image, whose id has a slash in it, and images by filter", Run: func() error {
			found, err := c.GetImage(c.ctx, image)
			if err != nil {
				return err
			}
			all, err := c.ListImages(c.ctx, filter(map[string]any{"id": image}))
			return checks.All(err,
				checks.Equal("status", found.Status, linodego.ImageStatusAvailable),
				checks.Equal("by filter", len(all), 1),
				checks.Equal("escaped id", url.PathEscape(image), "linode%2Fdebian12"),
			)
		}},
	}
}

func (c *cloud) keys() []checks.Check {
	return []checks.Check{
		{Name: "an SSH key is made, renamed, read and deleted", Run: func() error {
			made, err := c.CreateSSHKey(c.ctx, linodego.SSHKeyCreateOptions{Label: "operator", SSHKey: publicKey})
			if err != nil {
				return err
			}
			if _, err := c.UpdateSSHKey(c.ctx, made.ID, linodego.SSHKeyUpdateOptions{Label: "login"}); err != nil {
				return err
			}
			read, err := c.GetSSHKey(c.ctx, made.ID)
			if err != nil {
				return err
			}
			deleted := c.DeleteSSHKey(c.ctx, made.ID)
			_, gone := c.GetSSHKey(c.ctx, made.ID)
			return checks.All(deleted, refused(gone, 404, "Not found"),
				checks.Equal("label", read.Label, "login"),
				checks.Equal("key", read.SSHKey, publicKey),
				checks.Equal("created is there", read.Created != nil, true),
			)
		}},
		{Name: "a list of more than a page is read whole", Run: func() error {
			for number := range 30 {
				label := fmt.Sprintf("key-%d", number)
				if _, err := c.CreateSSHKey(c.ctx, linodego.SSHKeyCreateOptions{Label: label, SSHKey: publicKey}); err != nil {
					return err
				}
			}
			all, err := c.ListSSHKeys(c.ctx, &linodego.ListOptions{PageSize: 25})
			if err != nil {
				return err
			}
			for _, key := range all {
				if err := c.DeleteSSHKey(c.ctx, key.ID); err != nil {
					return err
				}
			}
			return checks.Equal("keys", len(all), 30)
		}},
	}
}
