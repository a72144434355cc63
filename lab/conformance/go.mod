module hardway/conformance

go 1.26.0

require (
	github.com/digitalocean/godo v1.190.0
	github.com/linode/linodego v1.54.0
	golang.org/x/oauth2 v0.30.0
)

require (
	github.com/go-resty/resty/v2 v2.16.5 // indirect
	github.com/google/go-querystring v1.1.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.7 // indirect
	golang.org/x/net v0.42.0 // indirect
	golang.org/x/text v0.27.0 // indirect
	golang.org/x/time v0.6.0 // indirect
	gopkg.in/ini.v1 v1.66.6 // indirect
)
