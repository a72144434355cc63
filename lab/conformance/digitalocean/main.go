// Calls a cloud with DigitalOcean's own Go client, as the Terraform provider does, and says where the two do not fit.
//
// Usage: digitalocean [-failures] URL, with the token in CLOUD_TOKEN
package main

import (
	"context"
	"flag"
	"os"

	"github.com/digitalocean/godo"
	"golang.org/x/oauth2"

	"hardway/conformance/checks"
)

// What the checks share: later ones use what earlier ones made.
type cloud struct {
	*godo.Client
	ctx      context.Context
	url      string
	token    string
	key      *godo.Key
	vpc      *godo.VPC
	firewall *godo.Firewall
	droplet  *godo.Droplet
	reserved *godo.ReservedIP
}

func main() {
	failures := flag.Bool("failures", false, "GET /v2/account answers 429, 429 and 500 first")
	flag.Parse()
	c := &cloud{ctx: context.Background(), url: flag.Arg(0), token: os.Getenv("CLOUD_TOKEN")}
	c.Client = c.client(c.token)
	groups := [][]checks.Check{c.lookups(), c.keys(), c.vpcs(), c.droplets(), c.tags(), c.firewalls(), c.reservedIPs(), c.domains(), c.refusals(), c.ends()}
	if *failures {
		groups = append([][]checks.Check{c.failures()}, groups...)
	}
	checks.Run(groups...)
}

func (c *cloud) client(token string, options ...godo.ClientOpt) *godo.Client {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})
	options = append(options, godo.SetBaseURL(c.url))
	client, err := godo.New(oauth2.NewClient(c.ctx, source), options...)
	if err != nil {
		panic(err)
	}
	return client
}

// everything reads a list page by page, as the provider's data sources do.
func everything[T any](list func(*godo.ListOptions) ([]T, *godo.Response, error)) (all []T, err error) {
	options := &godo.ListOptions{Page: 1, PerPage: 2}
	for {
		items, response, err := list(options)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if response.Links == nil || response.Links.IsLastPage() {
			return all, checks.Equal("meta.total", response.Meta.Total, len(all))
		}
		page, err := response.Links.CurrentPage()
		if err != nil || page != options.Page {
			return nil, checks.All(err, checks.Equal("current page", page, options.Page))
		}
		options.Page = page + 1
	}
}
