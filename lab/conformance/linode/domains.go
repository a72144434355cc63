package main

import (
	"github.com/linode/linodego"

	"hardway/conformance/checks"
)

func (c *cloud) domains() []checks.Check {
	var zone linodego.Domain
	var record *linodego.DomainRecord
	wanted := func() linodego.DomainRecordCreateOptions {
		return linodego.DomainRecordCreateOptions{Type: linodego.RecordTypeA, Name: "api.conformance", Target: "192.0.2.1", TTLSec: 120}
	}
	said := func(it *linodego.DomainRecord) []any {
		return []any{it.Type, it.Name, it.Target, it.TTLSec}
	}
	return []checks.Check{
		{Name: "there is a domain from the start, and it is read by its number and found by its name", Run: func() error {
			all, err := c.ListDomains(c.ctx, nil)
			if err != nil {
				return err
			}
			zone = all[0]
			found, err := c.GetDomain(c.ctx, zone.ID)
			if err != nil {
				return err
			}
			named, err := c.ListDomains(c.ctx, filter(map[string]any{"domain": zone.Domain}))
			return checks.All(err, checks.Equal("domain", *found, zone), checks.Equal("by name", named, all),
				checks.Equal("status", zone.Status, linodego.DomainStatusActive))
		}},
		{Name: "a domain that is not there is 404", Run: func() error {
			_, err := c.GetDomain(c.ctx, zone.ID+1)
			return refused(err, 404, "Not found")
		}},
		{Name: "a record is made, and comes back as it was asked for", Run: func() (err error) {
			if record, err = c.CreateDomainRecord(c.ctx, zone.ID, wanted()); err != nil {
				return err
			}
			found, err := c.GetDomainRecord(c.ctx, zone.ID, record.ID)
			return checks.All(err, checks.Equal("record", found, record),
				checks.Equal("what it says", said(found), []any{linodego.RecordTypeA, "api.conformance", "192.0.2.1", 120}))
		}},
		{Name: "a record is changed in place, and its time to live rounded", Run: func() error {
			options := record.GetUpdateOptions()
			options.Target, options.TTLSec = "192.0.2.2", 290
			if _, err := c.UpdateDomainRecord(c.ctx, zone.ID, record.ID, options); err != nil {
				return err
			}
			found, err := c.GetDomainRecord(c.ctx, zone.ID, record.ID)
			return checks.All(err, checks.Equal("what it says", said(found), []any{linodego.RecordTypeA, "api.conformance", "192.0.2.2", 300}))
		}},
		{Name: "records are listed", Run: func() error {
			all, err := c.ListDomainRecords(c.ctx, zone.ID, nil)
			return checks.All(err, checks.Equal("records", len(all), 1))
		}},
		{Name: "a record that leads to no address is refused", Run: func() error {
			wrong := wanted()
			wrong.Target = "nowhere"
			_, err := c.CreateDomainRecord(c.ctx, zone.ID, wrong)
			return refused(err, 400, "[target]")
		}},
		{Name: "a record is deleted, and is gone", Run: func() error {
			if err := c.DeleteDomainRecord(c.ctx, zone.ID, record.ID); err != nil {
				return err
			}
			_, err := c.GetDomainRecord(c.ctx, zone.ID, record.ID)
			return refused(err, 404, "Not found")
		}},
	}
}
