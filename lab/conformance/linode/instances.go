package main

import (
	"encoding/base64"

	"github.com/linode/linodego"

	"hardway/conformance/checks"
)

const seconds = 10

// until waits as the provider does; any other status just goes on.
func (c *cloud) until(status linodego.InstanceStatus) (err error) {
	c.instance, err = c.WaitForInstanceStatus(c.ctx, c.instance.ID, status, seconds)
	return err
}

// event does something and waits for the event of it, which must be the Linode's and no earlier one.
func (c *cloud) event(action linodego.EventAction, do func() error) error {
	poller, err := c.NewEventPoller(c.ctx, c.instance.ID, linodego.EntityLinode, action)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	event, err := poller.WaitForFinished(c.ctx, seconds)
	if err != nil {
		return err
	}
	return checks.All(
		checks.Equal("action", event.Action, action),
		checks.Equal("entity", event.Entity.ID, any(float64(c.instance.ID))),
	)
}

func pointer[T any](value T) *T { return &value }

func (c *cloud) order(label string) linodego.InstanceCreateOptions {
	return linodego.InstanceCreateOptions{
		Region:         region,
		Type:           plan,
		Label:          label,
		RootPass:       "not-used-2b1f9c",
		AuthorizedKeys: []string{publicKey},
		Image:          image,
		Booted:         pointer(true),
		Tags:           []string{"cluster"},
		Metadata:       &linodego.InstanceMetadataOptions{UserData: base64.StdEncoding.EncodeToString([]byte("#cloud-config\n"))},
		Interfaces: []linodego.InstanceConfigInterfaceCreateOptions{
			{Purpose: linodego.InterfacePurposePublic, Primary: true},
			{
				Purpose:  linodego.InterfacePurposeVPC,
				SubnetID: &c.subnet.ID,
				IPv4:     &linodego.VPCIPv4{VPC: "10.10.0.10"},
			},
		},
	}
}

func (c *cloud) instances() []checks.Check {
	return []checks.Check{
		{Name: "a Linode is ordered and runs", Run: func() (err error) {
			if c.instance, err = c.CreateInstance(c.ctx, c.order("master-1")); err != nil {
				return err
			}
			return c.until(linodego.InstanceRunning)
		}},
		{Name: "a running Linode says all that the provider keeps", Run: func() error {
			i := c.instance
			return checks.All(
				checks.Equal("label", i.Label, "master-1"),
				checks.Equal("region, plan, image", []string{i.Region, i.Type, i.Image}, []string{region, plan, image}),
				checks.Equal("tags", i.Tags, []string{"cluster"}),
				checks.Equal("memory, CPUs, disk", []int{i.Specs.Memory, i.Specs.VCPUs, i.Specs.Disk}, []int{1024, 1, 25600}),
				checks.Equal("backups", i.Backups.Enabled, false),
				checks.Equal("alerts", *i.Alerts, linodego.InstanceAlert{CPU: 90, IO: 10000, NetworkIn: 10, NetworkOut: 10, TransferQuota: 80}),
				checks.Equal("watchdog", i.WatchdogEnabled, true),
				checks.Equal("user data", i.HasUserData, true),
				checks.Equal("public addresses", len(i.IPv4), 1),
				checks.Equal("created is there", i.Created != nil, true),
			)
		}},
		{Name: "a Linode's addresses", Run: func() error {
			found, err := c.GetInstanceIPAddresses(c.ctx, c.instance.ID)
			if err != nil {
				return err
			}
			public, private := found.IPv4.Public[0], found.IPv4.VPC[0]
			return checks.All(
				checks.Equal("public", public.Address, c.instance.IPv4[0].String()),
				checks.Equal("private", len(found.IPv4.Private), 0),
				checks.Equal("in the VPC", *private.Address, "10.10.0.10"),
				checks.Equal("face of it", private.NAT1To1, (*string)(nil)),
				checks.Equal("VPC and subnet", []int{private.VPCID, private.SubnetID}, []int{c.vpc.ID, c.subnet.ID}),
				checks.Equal("IPv6", c.instance.IPv6, found.IPv6.SLAAC.Address+"/128"),
			)
		}},
		{Name: "a Linode's disks", Run: func() error {
			disks, err := c.ListInstanceDisks(c.ctx, c.instance.ID, nil)
			if err != nil {
				return err
			}
			found, err := c.GetInstanceDisk(c.ctx, c.instance.ID, disks[0].ID)
			return checks.All(err,
				checks.Equal("kinds", []linodego.DiskFilesystem{disks[0].Filesystem, disks[1].Filesystem}, []linodego.DiskFilesystem{"ext4", "swap"}),
				checks.Equal("sum", disks[0].Size+disks[1].Size, c.instance.Specs.Disk),
				checks.Equal("status", found.Status, linodego.DiskReady),
				checks.Equal("alone", *found, disks[0]),
			)
		}},
		{Name: "a Linode's one configuration has the interfaces that were ordered", Run: func() error {
			configs, err := c.ListInstanceConfigs(c.ctx, c.instance.ID, nil)
			if err != nil {
				return err
			}
			if c.config, err = c.GetInstanceConfig(c.ctx, c.instance.ID, configs[0].ID); err != nil {
				return err
			}
			public, own := c.config.Interfaces[0], c.config.Interfaces[1]
			return checks.All(
				checks.Equal("configurations", len(configs), 1),
				checks.Equal("interfaces", len(c.config.Interfaces), 2),
				checks.Equal("purposes", []any{public.Purpose, own.Purpose}, []any{linodego.InterfacePurposePublic, linodego.InterfacePurposeVPC}),
				checks.Equal("primary", []bool{public.Primary, own.Primary}, []bool{true, false}),
				checks.Equal("VPC and subnet", []int{*own.VPCID, *own.SubnetID}, []int{c.vpc.ID, c.subnet.ID}),
				checks.Equal("address", own.IPv4.VPC, "10.10.0.10"),
				checks.Equal("face", own.IPv4.NAT1To1, (*string)(nil)),
				checks.Equal("first device", c.config.Devices.SDA.DiskID != 0, true),
				checks.Equal("helpers", *c.config.Helpers, linodego.InstanceConfigHelpers{UpdateDBDisabled: true, Distro: true, ModulesDep: true, Network: true, DevTmpFsAutomount: true}),
			)
		}},
		{Name: "a configuration that is sent back is the same, interfaces named or left out", Run: func() error {
			named := c.config.GetUpdateOptions()
			unnamed := named
			unnamed.Interfaces = nil
			for _, options := range []linodego.InstanceConfigUpdateOptions{named, unnamed} {
				found, err := c.UpdateInstanceConfig(c.ctx, c.instance.ID, c.config.ID, options)
				if err != nil {
					return err
				}
				if err := checks.Equal("interfaces", found.Interfaces, c.config.Interfaces); err != nil {
					return err
				}
			}
			return nil
		}},
		{Name: "a Linode is renamed and tagged in place", Run: func() (err error) {
			tags := []string{"cluster", "master"}
			options := linodego.InstanceUpdateOptions{Label: "master-0", Tags: &tags, WatchdogEnabled: pointer(false)}
			if _, err = c.UpdateInstance(c.ctx, c.instance.ID, options); err != nil {
				return err
			}
			if c.instance, err = c.GetInstance(c.ctx, c.instance.ID); err != nil {
				return err
			}
			return checks.All(
				checks.Equal("label", c.instance.Label, "master-0"),
				checks.Equal("tags", c.instance.Tags, tags),
				checks.Equal("watchdog", c.instance.WatchdogEnabled, false),
			)
		}},
		{Name: "a Linode is rebooted: each reboot has an event of its own", Run: func() error {
			for range 2 {
				err := c.event(linodego.ActionLinodeReboot, func() error { return c.RebootInstance(c.ctx, c.instance.ID, c.config.ID) })
				if err != nil {
					return err
				}
			}
			return c.until(linodego.InstanceRunning)
		}},
		{Name: "a Linode is shut down, resized with its disk, and booted", Run: func() error {
			resize := linodego.InstanceResizeOptions{Type: larger, MigrationType: linodego.ColdMigration, AllowAutoDiskResize: pointer(true)}
			err := checks.All(
				c.event(linodego.ActionLinodeShutdown, func() error { return c.ShutdownInstance(c.ctx, c.instance.ID) }),
				c.until(linodego.InstanceOffline),
				c.event(linodego.ActionLinodeResize, func() error { return c.ResizeInstance(c.ctx, c.instance.ID, resize) }),
				c.event(linodego.ActionLinodeBoot, func() error { return c.BootInstance(c.ctx, c.instance.ID, c.config.ID) }),
				c.until(linodego.InstanceRunning),
			)
			if err != nil {
				return err
			}
			disks, err := c.ListInstanceDisks(c.ctx, c.instance.ID, nil)
			return checks.All(err,
				checks.Equal("plan", c.instance.Type, larger),
				checks.Equal("memory", c.instance.Specs.Memory, 2048),
				checks.Equal("disks", disks[0].Size+disks[1].Size, 51200),
			)
		}},
		{Name: "Linodes are listed, all and by filter", Run: func() error {
			order := c.order("worker-1")
			order.Interfaces[1].IPv4 = nil
			worker, err := c.CreateInstance(c.ctx, order)
			if err != nil {
				return err
			}
			if _, err := c.WaitForInstanceStatus(c.ctx, worker.ID, linodego.InstanceRunning, seconds); err != nil {
				return err
			}
			all, err := c.ListInstances(c.ctx, nil)
			if err != nil {
				return err
			}
			byLabel, err := c.ListInstances(c.ctx, filter(map[string]any{"label": map[string]any{"+contains": "work"}}))
			if err != nil {
				return err
			}
			byTag, err := c.ListInstances(c.ctx, filter(map[string]any{"tags": "master"}))
			if err != nil {
				return err
			}
			return checks.All(
				checks.Equal("all", len(all), 2),
				checks.Equal("by label", []any{len(byLabel), byLabel[0].ID}, []any{1, worker.ID}),
				checks.Equal("by tag", []any{len(byTag), byTag[0].ID}, []any{1, c.instance.ID}),
			)
		}},
		{Name: "a subnet names the Linodes in it", Run: func() error {
			found, err := c.GetVPCSubnet(c.ctx, c.vpc.ID, c.subnet.ID)
			if err != nil {
				return err
			}
			return checks.Equal("Linodes", []any{len(found.Linodes), found.Linodes[0].ID}, []any{2, c.instance.ID})
		}},
		{Name: "events by any of several actions, the newest first", Run: func() error {
			options := filter(map[string]any{
				"+order": "desc", "+order_by": "created", "entity.id": c.instance.ID, "entity.type": "linode",
				"+or": []any{map[string]any{"action": "linode_boot"}, map[string]any{"action": "linode_reboot"}},
			})
			found, err := c.ListEvents(c.ctx, options)
			if err != nil {
				return err
			}
			actions := []string{}
			for _, event := range found {
				actions = append(actions, string(event.Action))
			}
			return checks.All(
				checks.Equal("actions", actions, []string{"linode_boot", "linode_reboot", "linode_reboot", "linode_boot"}),
				checks.Equal("configuration", found[0].SecondaryEntity.ID, any(float64(c.config.ID))),
			)
		}},
	}
}

func (c *cloud) tags() []checks.Check {
	return []checks.Check{
		{Name: "tags are listed, with what carries them", Run: func() error {
			all, err := c.ListTags(c.ctx, nil)
			if err != nil {
				return err
			}
			labels := map[string]bool{}
			for _, tag := range all {
				labels[tag.Label] = true
			}
			carriers, err := c.ListTaggedObjects(c.ctx, "cluster", nil)
			if err != nil {
				return err
			}
			sorted, err := carriers.SortedObjects()
			return checks.All(err,
				checks.Equal("tags", []bool{labels["cluster"], labels["master"]}, []bool{true, true}),
				checks.Equal("Linodes", len(sorted.Instances), 2),
			)
		}},
	}
}
