package main

import (
	"github.com/digitalocean/godo"

	"hardway/conformance/checks"
)

func (c *cloud) domains() []checks.Check {
	var zone godo.Domain
	var record *godo.DomainRecord
	wanted := func() *godo.DomainRecordEditRequest {
		return &godo.DomainRecordEditRequest{Type: "A", Name: "api.conformance", Data: "192.0.2.1", TTL: 120}
	}
	same := func(found *godo.DomainRecord, want *godo.DomainRecordEditRequest) error {
		return checks.Equal("record", []any{found.Type, found.Name, found.Data, found.TTL}, []any{"A", want.Name, want.Data, want.TTL})
	}
	return []checks.Check{
		{Name: "there is a domain from the start, and it is read by its name", Run: func() error {
			all, err := everything(func(o *godo.ListOptions) ([]godo.Domain, *godo.Response, error) { return c.Domains.List(c.ctx, o) })
			if err != nil {
				return err
			}
			zone = all[0]
			found, _, err := c.Domains.Get(c.ctx, zone.Name)
			return checks.All(err, checks.Equal("domain", *found, zone), checks.Equal("TTL", zone.TTL, 1800))
		}},
		{Name: "a domain that is not there is 404", Run: func() error {
			_, _, err := c.Domains.Get(c.ctx, "nobody.test")
			return refused(err, 404, "")
		}},
		{Name: "a record is made, and comes back as it was asked for", Run: func() (err error) {
			if record, _, err = c.Domains.CreateRecord(c.ctx, zone.Name, wanted()); err != nil {
				return err
			}
			found, _, err := c.Domains.Record(c.ctx, zone.Name, record.ID)
			return checks.All(err, same(found, wanted()))
		}},
		{Name: "a record is changed in place", Run: func() error {
			changed := wanted()
			changed.Type, changed.Data = "", "192.0.2.2"
			if _, _, err := c.Domains.EditRecord(c.ctx, zone.Name, record.ID, changed); err != nil {
				return err
			}
			found, _, err := c.Domains.Record(c.ctx, zone.Name, record.ID)
			return checks.All(err, same(found, changed))
		}},
		{Name: "records are found by type and name", Run: func() error {
			byName, _, err := c.Domains.RecordsByTypeAndName(c.ctx, zone.Name, "A", "api.conformance."+zone.Name, nil)
			if err != nil {
				return err
			}
			other, _, err := c.Domains.RecordsByType(c.ctx, zone.Name, "TXT", nil)
			return checks.All(err, checks.Equal("by name", len(byName), 1), checks.Equal("of another type", len(other), 0))
		}},
		{Name: "a record that leads to no address is refused", Run: func() error {
			wrong := wanted()
			wrong.Data = "nowhere"
			_, _, err := c.Domains.CreateRecord(c.ctx, zone.Name, wrong)
			return refused(err, 422, "IP address")
		}},
		{Name: "a record is deleted, and is gone", Run: func() error {
			if _, err := c.Domains.DeleteRecord(c.ctx, zone.Name, record.ID); err != nil {
				return err
			}
			_, _, err := c.Domains.Record(c.ctx, zone.Name, record.ID)
			return refused(err, 404, "")
		}},
	}
}
