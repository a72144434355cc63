package main

import (
	"fmt"

	"github.com/digitalocean/godo"

	"hardway/conformance/checks"
)

// dropletUntil waits as the provider does: while a droplet is locked, its state does not count.
func (c *cloud) dropletUntil(target string, pending ...string) error {
	return checks.Until(target, append(pending, "locked"), func() (string, error) {
		found, _, err := c.Droplets.Get(c.ctx, c.droplet.ID)
		if err != nil {
			return "", err
		}
		c.droplet = found
		if found.Locked {
			return "locked", nil
		}
		return found.Status, nil
	})
}

// act orders an action and waits for its end, which the provider knows by completed_at.
func (c *cloud) act(order func() (*godo.Action, *godo.Response, error)) error {
	action, _, err := order()
	if err != nil {
		return err
	}
	return checks.Until("done", []string{"in-progress"}, func() (string, error) {
		found, _, err := c.Actions.Get(c.ctx, action.ID)
		if err != nil {
			return "", err
		}
		if found.Status == "errored" {
			return "", fmt.Errorf("action %d failed", found.ID)
		}
		if found.CompletedAt == nil {
			return "in-progress", nil
		}
		return "done", checks.All(
			checks.Equal("type", found.Type, action.Type),
			checks.Equal("droplet", found.ResourceID, c.droplet.ID),
			checks.Equal("region", found.RegionSlug, region),
		)
	})
}

func (c *cloud) order(name string) *godo.DropletCreateRequest {
	return &godo.DropletCreateRequest{
		Name:             name,
		Region:           region,
		Size:             size,
		Image:            godo.DropletCreateImage{Slug: image},
		SSHKeys:          []godo.DropletCreateSSHKey{{ID: c.key.ID}, {Fingerprint: c.key.Fingerprint}},
		Monitoring:       true,
		UserData:         "#cloud-config\n",
		Tags:             []string{"cluster"},
		VPCUUID:          c.vpc.ID,
		WithDropletAgent: godo.PtrTo(false),
	}
}

func (c *cloud) droplets() []checks.Check {
	return []checks.Check{
		{Name: "a droplet is ordered and becomes active", Run: func() (err error) {
			var response *godo.Response
			if c.droplet, response, err = c.Droplets.Create(c.ctx, c.order("master-1")); err != nil {
				return err
			}
			return checks.All(
				checks.Equal("code", response.StatusCode, 202),
				checks.Equal("actions in the links", len(response.Links.Actions), 1),
				c.dropletUntil("active", "new"),
			)
		}},
		{Name: "an active droplet says all that the provider keeps", Run: func() error {
			d := c.droplet
			public, publicErr := d.PublicIPv4()
			private, privateErr := d.PrivateIPv4()
			return checks.All(publicErr, privateErr,
				checks.Equal("name", d.Name, "master-1"),
				checks.Equal("region", d.Region.Slug, region),
				checks.Equal("size", []any{d.Size.Slug, d.SizeSlug}, []any{size, size}),
				checks.Equal("image", d.Image.Slug, image),
				checks.Equal("memory, CPUs, disk", []int{d.Memory, d.Vcpus, d.Disk}, []int{1024, 1, 25}),
				checks.Equal("price", d.Size.PriceMonthly, 6.0),
				checks.Equal("features", d.Features, []string{"monitoring", "private_networking"}),
				checks.Equal("tags", d.Tags, []string{"cluster"}),
				checks.Equal("VPC", d.VPCUUID, c.vpc.ID),
				checks.Equal("private address", private, "10.10.0.2"),
				checks.Equal("has a public address", public != "", true),
				checks.Equal("urn", d.URN(), fmt.Sprintf("do:droplet:%d", d.ID)),
				checks.Equal("created_at is there", d.Created != "", true),
				checks.Equal("volumes", len(d.VolumeIDs), 0),
			)
		}},
		{Name: "droplets are listed page by page, and by name", Run: func() error {
			for _, name := range []string{"worker-1", "worker-2"} {
				if _, _, err := c.Droplets.Create(c.ctx, c.order(name)); err != nil {
					return err
				}
			}
			all, err := everything(func(o *godo.ListOptions) ([]godo.Droplet, *godo.Response, error) {
				return c.Droplets.List(c.ctx, o)
			})
			if err != nil {
				return err
			}
			named, _, err := c.Droplets.ListByName(c.ctx, "worker-2", nil)
			if err != nil {
				return err
			}
			return checks.All(checks.Equal("all", len(all), 3), checks.Equal("by name", len(named), 1))
		}},
		{Name: "a droplet's actions are listed, the newest first", Run: func() error {
			actions, _, err := c.Droplets.Actions(c.ctx, c.droplet.ID, &godo.ListOptions{PerPage: 50})
			if err != nil {
				return err
			}
			return checks.Equal("the first", []string{actions[0].Type, actions[0].Status}, []string{"create", "completed"})
		}},
		{Name: "a droplet is switched off, resized and switched on", Run: func() error {
			return checks.All(
				c.act(func() (*godo.Action, *godo.Response, error) { return c.DropletActions.PowerOff(c.ctx, c.droplet.ID) }),
				c.dropletUntil("off", "active"),
				c.act(func() (*godo.Action, *godo.Response, error) {
					return c.DropletActions.Resize(c.ctx, c.droplet.ID, larger, true)
				}),
				c.act(func() (*godo.Action, *godo.Response, error) { return c.DropletActions.PowerOn(c.ctx, c.droplet.ID) }),
				c.dropletUntil("active", "off"),
				checks.Equal("size, memory, disk", []any{c.droplet.SizeSlug, c.droplet.Memory, c.droplet.Disk}, []any{larger, 2048, 50}),
			)
		}},
		{Name: "a droplet is renamed", Run: func() error {
			return checks.All(
				c.act(func() (*godo.Action, *godo.Response, error) {
					return c.DropletActions.Rename(c.ctx, c.droplet.ID, "master-0")
				}),
				c.dropletUntil("active"),
				checks.Equal("name", c.droplet.Name, "master-0"),
			)
		}},
		{Name: "a droplet is shut down, and switched on again", Run: func() error {
			return checks.All(
				c.act(func() (*godo.Action, *godo.Response, error) { return c.DropletActions.Shutdown(c.ctx, c.droplet.ID) }),
				c.dropletUntil("off", "active"),
				c.act(func() (*godo.Action, *godo.Response, error) { return c.DropletActions.PowerOn(c.ctx, c.droplet.ID) }),
				c.dropletUntil("active", "off"),
			)
		}},
	}
}

func (c *cloud) reservedIPs() []checks.Check {
	// The provider looks at the address's own action, and its status.
	act := func(order func() (*godo.Action, *godo.Response, error)) error {
		action, _, err := order()
		if err != nil {
			return err
		}
		return checks.Until("completed", []string{"new", "in-progress"}, func() (string, error) {
			found, _, err := c.ReservedIPActions.Get(c.ctx, c.reserved.IP, action.ID)
			if err != nil {
				return "", err
			}
			return found.Status, nil
		})
	}
	read := func() (err error) {
		c.reserved, _, err = c.ReservedIPs.Get(c.ctx, c.reserved.IP)
		return err
	}
	return []checks.Check{
		{Name: "a reserved IP is made in a region, and leads nowhere", Run: func() (err error) {
			if c.reserved, _, err = c.ReservedIPs.Create(c.ctx, &godo.ReservedIPCreateRequest{Region: region}); err != nil {
				return err
			}
			return checks.All(
				read(),
				checks.Equal("region", c.reserved.Region.Slug, region),
				checks.Equal("droplet", c.reserved.Droplet, (*godo.Droplet)(nil)),
				checks.Equal("urn", c.reserved.URN(), "do:reservedip:"+c.reserved.IP),
			)
		}},
		{Name: "a reserved IP is assigned, which leaves the droplet's addresses alone", Run: func() error {
			before, _ := c.droplet.PublicIPv4()
			err := checks.All(
				act(func() (*godo.Action, *godo.Response, error) {
					return c.ReservedIPActions.Assign(c.ctx, c.reserved.IP, c.droplet.ID)
				}),
				read(),
				c.dropletUntil("active"),
			)
			if err != nil {
				return err
			}
			after, _ := c.droplet.PublicIPv4()
			return checks.All(
				checks.Equal("droplet", c.reserved.Droplet.ID, c.droplet.ID),
				checks.Equal("its region", c.reserved.Droplet.Region.Slug, region),
				checks.Equal("public address of the droplet", after, before),
			)
		}},
		{Name: "reserved IPs and their actions are listed", Run: func() error {
			all, err := everything(func(o *godo.ListOptions) ([]godo.ReservedIP, *godo.Response, error) {
				return c.ReservedIPs.List(c.ctx, o)
			})
			if err != nil {
				return err
			}
			actions, _, err := c.ReservedIPActions.List(c.ctx, c.reserved.IP, nil)
			if err != nil {
				return err
			}
			return checks.All(checks.Equal("addresses", len(all), 1), checks.Equal("action", actions[0].Type, "assign_ip"))
		}},
		{Name: "a reserved IP is taken off once, deleted, and is gone", Run: func() error {
			unassign := func() (*godo.Action, *godo.Response, error) {
				return c.ReservedIPActions.Unassign(c.ctx, c.reserved.IP)
			}
			if err := act(unassign); err != nil {
				return err
			}
			_, _, again := unassign()
			_, err := c.ReservedIPs.Delete(c.ctx, c.reserved.IP)
			_, _, gone := c.ReservedIPs.Get(c.ctx, c.reserved.IP)
			return checks.All(err, refused(again, 422, ""), refused(gone, 404, ""))
		}},
	}
}
