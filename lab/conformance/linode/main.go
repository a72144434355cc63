// Calls a cloud with Linode's own Go client, as the Terraform provider does, and says where the two do not fit.
//
// Usage: linode [-failures] URL, with the token in CLOUD_TOKEN
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/linode/linodego"
	"golang.org/x/oauth2"

	"hardway/conformance/checks"
)

// What the checks share: later ones use what earlier ones made.
type cloud struct {
	*linodego.Client
	ctx      context.Context
	url      string
	token    string
	vpc      *linodego.VPC
	subnet   *linodego.VPCSubnet
	firewall *linodego.Firewall
	instance *linodego.Instance
	config   *linodego.InstanceConfig
}

func main() {
	failures := flag.Bool("failures", false, "GET /v4/profile answers 429, 429 and \"Linode busy.\" first")
	flag.Parse()
	c := &cloud{ctx: context.Background(), url: flag.Arg(0), token: os.Getenv("CLOUD_TOKEN")}
	c.Client = c.client(c.token)
	groups := [][]checks.Check{c.lookups(), c.keys(), c.vpcs(), c.instances(), c.firewalls(), c.tags(), c.domains(), c.refusals(), c.ends()}
	if *failures {
		groups = append([][]checks.Check{c.failures()}, groups...)
	}
	checks.Run(groups...)
}

func (c *cloud) client(token string) *linodego.Client {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})
	client := linodego.NewClient(&http.Client{Transport: &oauth2.Transport{Source: source}})
	client.SetBaseURL(c.url)
	client.SetAPIVersion("v4")
	client.SetPollDelay(10 * time.Millisecond)
	return &client
}

// refused says whether an error is what the client makes of this status, with this in its message.
func refused(err error, status int, message string) error {
	if !linodego.ErrHasStatus(err, status) || !strings.Contains(err.Error(), message) {
		return fmt.Errorf("want a refusal with %d and %q, got %v", status, message, err)
	}
	return nil
}

// filter is a list's options with an X-Filter header.
func filter(members map[string]any) *linodego.ListOptions {
	text, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return linodego.NewListOptions(0, string(text))
}
