// Package udp stands in for the amd64 half of flannel's udp backend, which is partly in C and meant for debugging: it is
// what the other architectures have. So flannel needs no C compiler, and shares what others have compiled.
package udp

import (
	"errors"

	"github.com/flannel-io/flannel/pkg/backend"
	"github.com/flannel-io/flannel/pkg/subnet"
)

func init() {
	backend.Register("udp", New)
}

// New refuses.
func New(subnet.Manager, *backend.ExternalInterface) (backend.Backend, error) {
	return nil, errors.New("UDP backend: not in this build")
}
