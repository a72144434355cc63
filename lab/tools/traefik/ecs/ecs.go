// Package ecs stands in for Traefik's own of this name: without the kits of three Amazon services, which take longer to
// compile than the rest of Traefik's providers together. Nothing of ours runs there.
package ecs

import (
	"errors"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/safe"
)

// Provider has no settings.
type Provider struct{}

// SetDefaults sets nothing.
func (p *Provider) SetDefaults() {}

// Init refuses to start.
func (p *Provider) Init() error {
	return errors.New("ECS provider: not in this build")
}

// Provide gives nothing.
func (p *Provider) Provide(chan<- dynamic.Message, *safe.Pool) error {
	return errors.New("ECS provider: not in this build")
}
