package main

import (
	"strconv"

	"github.com/digitalocean/godo"

	"hardway/conformance/checks"
)

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEiR8CLqQqx+I3zSGKoXmfNwMs5J0wk9Raw/hLjTpD0r operator"

func (c *cloud) keys() []checks.Check {
	return []checks.Check{
		{Name: "an SSH key is made, read by number and fingerprint, renamed and listed", Run: func() (err error) {
			request := &godo.KeyCreateRequest{Name: "operator", PublicKey: publicKey}
			if c.key, _, err = c.Keys.Create(c.ctx, request); err != nil {
				return err
			}
			if _, _, err = c.Keys.UpdateByID(c.ctx, c.key.ID, &godo.KeyUpdateRequest{Name: "login"}); err != nil {
				return err
			}
			byID, _, err := c.Keys.GetByID(c.ctx, c.key.ID)
			if err != nil {
				return err
			}
			byFingerprint, _, err := c.Keys.GetByFingerprint(c.ctx, c.key.Fingerprint)
			if err != nil {
				return err
			}
			all, err := everything(func(o *godo.ListOptions) ([]godo.Key, *godo.Response, error) { return c.Keys.List(c.ctx, o) })
			return checks.All(err,
				checks.Equal("name", byID.Name, "login"),
				checks.Equal("public key", byID.PublicKey, publicKey),
				checks.Equal("by fingerprint", byFingerprint, byID),
				checks.Equal("list", all, []godo.Key{*byID}),
			)
		}},
	}
}

func (c *cloud) vpcs() []checks.Check {
	return []checks.Check{
		{Name: "a VPC is made, read and changed", Run: func() error {
			made, _, err := c.VPCs.Create(c.ctx, &godo.VPCCreateRequest{Name: "nodes", RegionSlug: region, IPRange: "10.10.0.0/20"})
			if err != nil {
				return err
			}
			update := &godo.VPCUpdateRequest{Name: "nodes-2", Description: "private", Default: godo.PtrTo(false)}
			if _, _, err = c.VPCs.Update(c.ctx, made.ID, update); err != nil {
				return err
			}
			if c.vpc, _, err = c.VPCs.Get(c.ctx, made.ID); err != nil {
				return err
			}
			return checks.All(
				checks.Equal("urn", c.vpc.URN, "do:vpc:"+made.ID),
				checks.Equal("name", c.vpc.Name, "nodes-2"),
				checks.Equal("description", c.vpc.Description, "private"),
				checks.Equal("range", c.vpc.IPRange, "10.10.0.0/20"),
				checks.Equal("created_at is there", c.vpc.CreatedAt.IsZero(), false),
			)
		}},
		{Name: "VPCs are listed page by page", Run: func() error {
			for _, name := range []string{"second", "third"} {
				if _, _, err := c.VPCs.Create(c.ctx, &godo.VPCCreateRequest{Name: name, RegionSlug: region}); err != nil {
					return err
				}
			}
			all, err := everything(func(o *godo.ListOptions) ([]*godo.VPC, *godo.Response, error) { return c.VPCs.List(c.ctx, o) })
			if err != nil {
				return err
			}
			for _, vpc := range all[1:] {
				if _, err := c.VPCs.Delete(c.ctx, vpc.ID); err != nil {
					return err
				}
			}
			return checks.Equal("first of three", []any{len(all), all[0].ID}, []any{3, c.vpc.ID})
		}},
	}
}

func (c *cloud) tags() []checks.Check {
	resources := func() []godo.Resource {
		return []godo.Resource{{ID: strconv.Itoa(c.droplet.ID), Type: godo.DropletResourceType}}
	}
	dropletTags := func() []string {
		droplet, _, err := c.Droplets.Get(c.ctx, c.droplet.ID)
		if err != nil {
			return []string{err.Error()}
		}
		return droplet.Tags
	}
	return []checks.Check{
		{Name: "a tag is made twice, put on a droplet, counted and taken off", Run: func() error {
			for range 2 {
				if _, _, err := c.Tags.Create(c.ctx, &godo.TagCreateRequest{Name: "extra"}); err != nil {
					return err
				}
			}
			if _, err := c.Tags.TagResources(c.ctx, "extra", &godo.TagResourcesRequest{Resources: resources()}); err != nil {
				return err
			}
			tag, _, err := c.Tags.Get(c.ctx, "extra")
			if err != nil {
				return err
			}
			tagged := dropletTags()
			if _, err := c.Tags.UntagResources(c.ctx, "extra", &godo.UntagResourcesRequest{Resources: resources()}); err != nil {
				return err
			}
			return checks.All(
				checks.Equal("droplets", tag.Resources.Droplets.Count, 1),
				checks.Equal("all resources", tag.Resources.Count, 1),
				checks.Equal("tags of the droplet", tagged, []string{"cluster", "extra"}),
				checks.Equal("tags left", dropletTags(), []string{"cluster"}),
			)
		}},
		{Name: "tags are listed, and droplets by tag", Run: func() error {
			all, err := everything(func(o *godo.ListOptions) ([]godo.Tag, *godo.Response, error) { return c.Tags.List(c.ctx, o) })
			if err != nil {
				return err
			}
			droplets, _, err := c.Droplets.ListByTag(c.ctx, "cluster", nil)
			if err != nil {
				return err
			}
			return checks.All(checks.Equal("tags", len(all), 2), checks.Equal("droplets", len(droplets), 3))
		}},
		{Name: "a tag is deleted, and is gone", Run: func() error {
			if _, err := c.Tags.Delete(c.ctx, "extra"); err != nil {
				return err
			}
			_, _, err := c.Tags.Get(c.ctx, "extra")
			return refused(err, 404, "")
		}},
	}
}

func (c *cloud) firewalls() []checks.Check {
	anywhere := []string{"0.0.0.0/0", "::/0"}
	request := func() *godo.FirewallRequest {
		return &godo.FirewallRequest{
			Name: "nodes",
			InboundRules: []godo.InboundRule{
				{Protocol: "tcp", PortRange: "22", Sources: &godo.Sources{Addresses: []string{"192.0.2.1"}}},
				{Protocol: "udp", PortRange: "8000-9000", Sources: &godo.Sources{Tags: []string{"cluster"}, DropletIDs: []int{c.droplet.ID}}},
				{Protocol: "icmp", PortRange: "0", Sources: &godo.Sources{Addresses: anywhere}},
			},
			OutboundRules: []godo.OutboundRule{
				{Protocol: "tcp", PortRange: "0", Destinations: &godo.Destinations{Addresses: anywhere}},
			},
			Tags: []string{"cluster"},
		}
	}
	asAsked := func(want *godo.FirewallRequest) error {
		found, _, err := c.Firewalls.Get(c.ctx, c.firewall.ID)
		if err != nil {
			return err
		}
		return checks.All(
			checks.Equal("status", found.Status, "succeeded"),
			checks.Equal("inbound rules", found.InboundRules, want.InboundRules),
			checks.Equal("outbound rules", found.OutboundRules, want.OutboundRules),
			checks.Equal("tags", found.Tags, want.Tags),
			checks.Equal("droplets", len(found.DropletIDs), len(want.DropletIDs)),
		)
	}
	return []checks.Check{
		{Name: "a firewall comes back as it was asked for", Run: func() (err error) {
			if c.firewall, _, err = c.Firewalls.Create(c.ctx, request()); err != nil {
				return err
			}
			return asAsked(request())
		}},
		{Name: "a firewall is changed as a whole, also to no rules one way", Run: func() error {
			changed := request()
			changed.OutboundRules = nil
			changed.DropletIDs = []int{c.droplet.ID}
			if _, _, err := c.Firewalls.Update(c.ctx, c.firewall.ID, changed); err != nil {
				return err
			}
			changed.OutboundRules = []godo.OutboundRule{} // how the API says none
			return asAsked(changed)
		}},
		{Name: "firewalls are listed, also those of a droplet", Run: func() error {
			all, err := everything(func(o *godo.ListOptions) ([]godo.Firewall, *godo.Response, error) {
				return c.Firewalls.List(c.ctx, o)
			})
			if err != nil {
				return err
			}
			own, _, err := c.Firewalls.ListByDroplet(c.ctx, c.droplet.ID, nil)
			return checks.All(err, checks.Equal("all", len(all), 1), checks.Equal("of the droplet", own, all))
		}},
		{Name: "a firewall is deleted, and is gone", Run: func() error {
			if _, err := c.Firewalls.Delete(c.ctx, c.firewall.ID); err != nil {
				return err
			}
			_, _, err := c.Firewalls.Get(c.ctx, c.firewall.ID)
			return refused(err, 404, "")
		}},
	}
}
