package main

import (
	"fmt"

	"github.com/digitalocean/godo"

	"hardway/conformance/checks"
)

const (
	region = "fra1"
	size   = "s-1vcpu-1gb"
	larger = "s-1vcpu-2gb"
	image  = "debian-12-x64"
)

func (c *cloud) lookups() []checks.Check {
	return []checks.Check{
		{Name: "the account", Run: func() error {
			account, _, err := c.Account.Get(c.ctx)
			if err != nil {
				return err
			}
			return checks.Equal("status", account.Status, "active")
		}},
		{Name: "every region is listed, page by page, with its sizes", Run: func() error {
			all, err := everything(func(o *godo.ListOptions) ([]godo.Region, *godo.Response, error) {
				return c.Regions.List(c.ctx, o)
			})
			if err != nil {
				return err
			}
			for _, found := range all {
				if found.Slug == region {
					return checks.All(checks.Equal("available", found.Available, true), contains(found.Sizes, size))
				}
			}
			return fmt.Errorf("no %s among %d", region, len(all))
		}},
		{Name: "every size is listed, page by page, with its price", Run: func() error {
			all, err := everything(func(o *godo.ListOptions) ([]godo.Size, *godo.Response, error) {
				return c.Sizes.List(c.ctx, o)
			})
			if err != nil {
				return err
			}
			for _, found := range all {
				if found.Slug == size {
					return checks.All(
						checks.Equal("memory", found.Memory, 1024),
						checks.Equal("price", found.PriceMonthly, 6.0),
						contains(found.Regions, region),
					)
				}
			}
			return fmt.Errorf("no %s among %d", size, len(all))
		}},
		{Name: "an image by slug and by number, and in the list", Run: func() error {
			bySlug, _, err := c.Images.GetBySlug(c.ctx, image)
			if err != nil {
				return err
			}
			byID, _, err := c.Images.GetByID(c.ctx, bySlug.ID)
			if err != nil {
				return err
			}
			all, err := everything(func(o *godo.ListOptions) ([]godo.Image, *godo.Response, error) {
				return c.Images.List(c.ctx, o)
			})
			if err != nil {
				return err
			}
			return checks.All(
				checks.Equal("slug", byID.Slug, image),
				checks.Equal("status", byID.Status, "available"),
				checks.Equal("first of the list", all[0].Slug, image),
			)
		}},
	}
}

func contains(all []string, one string) error {
	for _, candidate := range all {
		if candidate == one {
			return nil
		}
	}
	return fmt.Errorf("no %q in %q", one, all)
}
