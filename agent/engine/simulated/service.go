package simulated

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"hawser/agent/preflight"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// service is what a simulated host has of services. Every simulated host has every program; the authority's key is on the first host.
type service struct {
	Directories  []string          `json:"directories,omitempty"`
	Certificates map[string][]byte `json:"certificates,omitempty"` // by file name
	Earlier      map[string][]byte `json:"earlier,omitempty"`
	Unsettled    bool              `json:"unsettled,omitempty"` // what was there before is in Earlier
}

// InspectService implements engine.Service.
func (d *Driver) InspectService(ctx context.Context, a wire.InspectServiceArgs) (ha.ServiceInspection, error) {
	h, err := d.self(ctx)
	if err != nil {
		return ha.ServiceInspection{}, err
	}
	s := preflight.Service{InspectServiceArgs: a}
	if a.CertsDir != "" {
		s.Certificates = &ha.CertificatesState{CAKey: h.Number == 1, Missing: a.Names}
		if node, has := h.Service.Certificates["node.crt"]; has {
			s.Certificates.Authority, s.Certificates.Client, s.Certificates.Missing = "simulated", true, nil
			for _, name := range a.Names {
				if !slices.Contains(strings.Fields(string(node)), name) {
					s.Certificates.Missing = append(s.Certificates.Missing, name)
				}
			}
		}
	}
	host := preflight.Host{Runner: nobody{}, Name: d.node, Prefixes: h.prefixes()}
	slices.SortFunc(host.Prefixes, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	out := preflight.SimulatedService(ctx, host, s)
	for _, one := range d.world.blockDevices() {
		if one.Path == a.Disk {
			out.Size = int64(one.SizeBytes)
		}
	}
	return out, nil
}

// HasDirectory implements engine.Service.
func (d *Driver) HasDirectory(ctx context.Context, dir string) (bool, error) {
	h, err := d.self(ctx)
	return slices.Contains(h.Service.Directories, dir), err
}

// MakeDirectory implements engine.Service.
func (d *Driver) MakeDirectory(ctx context.Context, dir string) error {
	return d.changeHost(ctx, func(h *host) { h.Service.Directories = append(h.Service.Directories, dir) })
}

// RemoveDirectory implements engine.Service.
func (d *Driver) RemoveDirectory(ctx context.Context, dir string) error {
	return d.changeHost(ctx, func(h *host) {
		h.Service.Directories = slices.DeleteFunc(h.Service.Directories, func(x string) bool { return x == dir })
	})
}

// MakeCertificates implements engine.Service.
func (d *Driver) MakeCertificates(ctx context.Context, a wire.MakeCertificatesArgs) (map[string][]byte, error) {
	h, err := d.self(ctx)
	if err != nil {
		return nil, err
	}
	if h.Number != 1 {
		return nil, fault.New(fault.Conflict, "database.no_authority", "there is no %s on %s", a.CAKey, d.node).With("path", a.CAKey, "node", d.node)
	}
	return map[string][]byte{"ca.crt": []byte("simulated"), "node.crt": []byte(strings.Join(a.Names, " ")), "node.key": []byte("secret of " + d.node)}, nil
}

// InstallCertificates implements engine.Service.
func (d *Driver) InstallCertificates(ctx context.Context, _ string, files map[string][]byte) error {
	return d.changeHost(ctx, func(h *host) {
		if !h.Service.Unsettled {
			h.Service.Earlier, h.Service.Unsettled = h.Service.Certificates, true
		}
		h.Service.Certificates = maps.Clone(files)
	})
}

// SettleCertificates implements engine.Service.
func (d *Driver) SettleCertificates(ctx context.Context, _ string, restore bool) error {
	return d.changeHost(ctx, func(h *host) {
		if restore && h.Service.Unsettled {
			h.Service.Certificates = h.Service.Earlier
		}
		h.Service.Earlier, h.Service.Unsettled = nil, false
	})
}

// nobody answers at any address of a simulated network that is not a host's own.
type nobody struct{}

// Run implements run.Runner.
func (nobody) Run(_ context.Context, c run.Command) (run.Output, error) {
	out := run.Output{Code: 1}
	return out, run.NewError(c.Name, out)
}
