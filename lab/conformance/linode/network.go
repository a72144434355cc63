package main

import (
	"github.com/linode/linodego"

	"hardway/conformance/checks"
)

func (c *cloud) vpcs() []checks.Check {
	return []checks.Check{
		{Name: "a VPC is made, changed, read and listed", Run: func() (err error) {
			if c.vpc, err = c.CreateVPC(c.ctx, linodego.VPCCreateOptions{Label: "nodes", Region: region}); err != nil {
				return err
			}
			update := linodego.VPCUpdateOptions{Label: "nodes-2", Description: "private"}
			if _, err = c.UpdateVPC(c.ctx, c.vpc.ID, update); err != nil {
				return err
			}
			if c.vpc, err = c.GetVPC(c.ctx, c.vpc.ID); err != nil {
				return err
			}
			all, err := c.ListVPCs(c.ctx, filter(map[string]any{"label": "nodes-2"}))
			return checks.All(err,
				checks.Equal("description", c.vpc.Description, "private"),
				checks.Equal("region", c.vpc.Region, region),
				checks.Equal("subnets", len(c.vpc.Subnets), 0),
				checks.Equal("created is there", c.vpc.Created != nil, true),
				checks.Equal("by filter", all, []linodego.VPC{*c.vpc}),
			)
		}},
		{Name: "a subnet is made, renamed, read and listed", Run: func() (err error) {
			options := linodego.VPCSubnetCreateOptions{Label: "first", IPv4: "10.10.0.0/24"}
			if c.subnet, err = c.CreateVPCSubnet(c.ctx, options, c.vpc.ID); err != nil {
				return err
			}
			rename := linodego.VPCSubnetUpdateOptions{Label: "second"}
			if _, err = c.UpdateVPCSubnet(c.ctx, c.vpc.ID, c.subnet.ID, rename); err != nil {
				return err
			}
			if c.subnet, err = c.GetVPCSubnet(c.ctx, c.vpc.ID, c.subnet.ID); err != nil {
				return err
			}
			all, err := c.ListVPCSubnets(c.ctx, c.vpc.ID, nil)
			return checks.All(err,
				checks.Equal("label", c.subnet.Label, "second"),
				checks.Equal("range", c.subnet.IPv4, "10.10.0.0/24"),
				checks.Equal("list", all, []linodego.VPCSubnet{*c.subnet}),
			)
		}},
	}
}

func rules() linodego.FirewallRuleSet {
	operator, anywhere := []string{"192.0.2.1/32"}, []string{"0.0.0.0/0"}
	all := []string{"::/0"}
	return linodego.FirewallRuleSet{
		Inbound: []linodego.FirewallRule{
			{Action: "ACCEPT", Label: "ssh", Ports: "22", Protocol: linodego.TCP, Addresses: linodego.NetworkAddresses{IPv4: &operator}},
			{Action: "DROP", Label: "web", Ports: "80, 443, 8000-9000", Protocol: linodego.TCP, Addresses: linodego.NetworkAddresses{IPv4: &anywhere, IPv6: &all}},
			{Action: "ACCEPT", Label: "ping", Protocol: linodego.ICMP, Addresses: linodego.NetworkAddresses{IPv4: &anywhere}},
		},
		InboundPolicy:  "DROP",
		Outbound:       []linodego.FirewallRule{},
		OutboundPolicy: "ACCEPT",
	}
}

func (c *cloud) firewalls() []checks.Check {
	var device *linodego.FirewallDevice
	return []checks.Check{
		{Name: "a firewall is made for a Linode, and its rules come back as they were asked for", Run: func() (err error) {
			options := linodego.FirewallCreateOptions{Label: "nodes", Rules: rules(), Tags: []string{"cluster"}}
			options.Devices.Linodes = []int{c.instance.ID}
			if c.firewall, err = c.CreateFirewall(c.ctx, options); err != nil {
				return err
			}
			found, err := c.GetFirewallRules(c.ctx, c.firewall.ID)
			if err != nil {
				return err
			}
			devices, err := c.ListFirewallDevices(c.ctx, c.firewall.ID, linodego.NewListOptions(1, ""))
			if err != nil {
				return err
			}
			device = &devices[0]
			return checks.All(
				checks.Equal("rules", *found, rules()),
				checks.Equal("status", c.firewall.Status, linodego.FirewallEnabled),
				checks.Equal("tags", c.firewall.Tags, []string{"cluster"}),
				checks.Equal("device", []any{device.Entity.ID, device.Entity.Type, device.Entity.Label},
					[]any{c.instance.ID, linodego.FirewallDeviceLinode, c.instance.Label}),
			)
		}},
		{Name: "a firewall is renamed, switched off, read and listed", Run: func() error {
			update := linodego.FirewallUpdateOptions{Label: "nodes-2", Status: linodego.FirewallDisabled, Tags: &[]string{"cluster", "other"}}
			if _, err := c.UpdateFirewall(c.ctx, c.firewall.ID, update); err != nil {
				return err
			}
			found, err := c.GetFirewall(c.ctx, c.firewall.ID)
			if err != nil {
				return err
			}
			all, err := c.ListFirewalls(c.ctx, filter(map[string]any{"label": "nodes-2"}))
			return checks.All(err,
				checks.Equal("status", found.Status, linodego.FirewallDisabled),
				checks.Equal("tags", found.Tags, []string{"cluster", "other"}),
				checks.Equal("by filter", all, []linodego.Firewall{*found}),
			)
		}},
		{Name: "a rule set is changed as a whole", Run: func() error {
			changed := rules()
			changed.Inbound = changed.Inbound[1:]
			changed.OutboundPolicy = "DROP"
			if _, err := c.UpdateFirewallRules(c.ctx, c.firewall.ID, changed); err != nil {
				return err
			}
			found, err := c.GetFirewallRules(c.ctx, c.firewall.ID)
			return checks.All(err, checks.Equal("rules", *found, changed))
		}},
		{Name: "a device leaves a firewall, is gone, and comes back", Run: func() error {
			if err := c.DeleteFirewallDevice(c.ctx, c.firewall.ID, device.ID); err != nil {
				return err
			}
			_, gone := c.GetFirewallDevice(c.ctx, c.firewall.ID, device.ID)
			made, err := c.CreateFirewallDevice(c.ctx, c.firewall.ID, linodego.FirewallDeviceCreateOptions{
				ID: c.instance.ID, Type: linodego.FirewallDeviceLinode,
			})
			if err != nil {
				return err
			}
			found, err := c.GetFirewallDevice(c.ctx, c.firewall.ID, made.ID)
			return checks.All(refused(gone, 404, ""), err, checks.Equal("device", found, made))
		}},
		{Name: "a firewall is deleted, and is gone", Run: func() error {
			if err := c.DeleteFirewall(c.ctx, c.firewall.ID); err != nil {
				return err
			}
			_, err := c.GetFirewall(c.ctx, c.firewall.ID)
			return refused(err, 404, "Not found")
		}},
	}
}
