package main

import (
	"github.com/linode/linodego"

	"hardway/conformance/checks"
)

func (c *cloud) refusals() []checks.Check {
	bad := func(status int, message string, call func() error) func() error {
		return func() error { return refused(call(), status, message) }
	}
	ordered := func(change func(*linodego.InstanceCreateOptions)) func() error {
		return func() error {
			order := c.order("master-2")
			order.Interfaces = nil
			change(&order)
			_, err := c.CreateInstance(c.ctx, order)
			return err
		}
	}
	return []checks.Check{
		{Name: "401 for another token", Run: bad(401, "Invalid Token", func() error {
			_, err := c.client("wrong").GetProfile(c.ctx)
			return err
		})},
		{Name: "404 for a Linode that does not exist", Run: bad(404, "Not found", func() error {
			_, err := c.GetInstance(c.ctx, 7)
			return err
		})},
		{Name: "404 for a deletion of what does not exist", Run: bad(404, "Not found", func() error {
			return c.DeleteFirewall(c.ctx, 7)
		})},
		{Name: "400 for a plan that does not exist, with the field's name", Run: bad(400, "[type]", ordered(func(order *linodego.InstanceCreateOptions) {
			order.Type = "g0-none-0"
		}))},
		{Name: "400 for a label that is taken", Run: bad(400, "[label] Label must be unique", ordered(func(order *linodego.InstanceCreateOptions) {
			order.Label = "worker-1"
		}))},
		{Name: "400 for a key that is none", Run: bad(400, "[ssh_key]", func() error {
			_, err := c.CreateSSHKey(c.ctx, linodego.SSHKeyCreateOptions{Label: "none", SSHKey: "none"})
			return err
		})},
		{Name: "400 for a subnet and a VPC with Linodes in them", Run: func() error {
			return checks.All(
				refused(c.DeleteVPCSubnet(c.ctx, c.vpc.ID, c.subnet.ID), 400, ""),
				refused(c.DeleteVPC(c.ctx, c.vpc.ID), 400, ""),
			)
		}},
		{Name: "400 and its name for what the lab does not have", Run: bad(400, "not available in the lab's cloud", ordered(func(order *linodego.InstanceCreateOptions) {
			order.Image = "linode/debian13"
		}))},
		{Name: "501 and its name for a call that the lab does not have", Run: bad(501, "/v4/object-storage/buckets", func() error {
			_, err := c.ListObjectStorageBuckets(c.ctx, nil)
			return err
		})},
	}
}

// What the client makes of a cloud that is out of order: 429, 429 and a busy Linode were ordered for its profile.
func (c *cloud) failures() []checks.Check {
	return []checks.Check{
		{Name: "429, when nothing is tried again", Run: func() error {
			client := c.client(c.token)
			client.SetRetryCount(0)
			_, err := client.GetProfile(c.ctx)
			return refused(err, 429, "Too many requests")
		}},
		{Name: "429 and \"Linode busy.\" are tried again", Run: func() error {
			_, err := c.GetProfile(c.ctx)
			return err
		}},
	}
}

// Everything goes, in the order in which the provider lets it go.
func (c *cloud) ends() []checks.Check {
	return []checks.Check{
		{Name: "Linodes are deleted: the event outlives them, and they are gone", Run: func() error {
			all, err := c.ListInstances(c.ctx, nil)
			if err != nil {
				return err
			}
			for _, instance := range all {
				c.instance = &instance
				err := c.event(linodego.ActionLinodeDelete, func() error { return c.DeleteInstance(c.ctx, instance.ID) })
				_, gone := c.GetInstance(c.ctx, instance.ID)
				if err := checks.All(err, refused(gone, 404, "Not found")); err != nil {
					return err
				}
			}
			return checks.Equal("Linodes", len(all), 2)
		}},
		{Name: "an empty subnet and VPC are deleted, and are gone", Run: func() error {
			err := checks.All(c.DeleteVPCSubnet(c.ctx, c.vpc.ID, c.subnet.ID), c.DeleteVPC(c.ctx, c.vpc.ID))
			_, noSubnet := c.GetVPCSubnet(c.ctx, c.vpc.ID, c.subnet.ID)
			_, noVPC := c.GetVPC(c.ctx, c.vpc.ID)
			return checks.All(err, refused(noSubnet, 404, ""), refused(noVPC, 404, ""))
		}},
	}
}
