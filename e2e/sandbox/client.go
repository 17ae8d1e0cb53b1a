package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"hawser/e2e/sandbox/host"
	"hawser/e2e/sandbox/probe"
)

// Types of the probe that callers see.
type (
	ProbeStatus  = probe.Status
	Verification = probe.Verification
	Reach        = probe.Reach
)

// Probe is the measuring client: outside of the cluster, it writes a row through an address every 50 ms.
type Probe struct{ s *Sandbox }

// Probe returns the measuring client.
func (s *Sandbox) Probe() Probe { return Probe{s} }

// ProbeStatusFile is written anew every 250 ms while the probe runs.
func (s *Sandbox) ProbeStatusFile() string {
	_, status := s.layout.ProbeFiles()
	return status
}

// Start starts the probe on a virtual IP. One that runs on the same address already is left as it is, and one on another is ended.
func (p Probe) Start(ctx context.Context, target string) error {
	if _, err := p.s.Status(ctx); err != nil {
		return err
	}
	if st, err := p.Status(ctx); err == nil {
		if st.Target == target {
			return nil
		}
		if err := p.Stop(ctx); err != nil {
			return err
		}
	}
	if err := p.s.do(ctx, host.Command{Verb: "probe", Target: target}, nil); err != nil {
		return err
	}
	return Until(ctx, startTimeout, "the probe", func(ctx context.Context) error {
		_, err := p.Status(ctx)
		return err
	})
}

func (p Probe) call(ctx context.Context, method, path string, in, out any) error {
	err := call(ctx, client(p.s.layout.ProbeSocket(), 90*time.Second), method, path, in, out)
	if errors.Is(err, ErrDown) {
		return errors.New("the probe does not run")
	}
	return err
}

// Stop ends the probe, if it runs. Its acknowledged rows stay on file.
func (p Probe) Stop(ctx context.Context) error {
	var ignored any
	if err := p.call(ctx, http.MethodPost, "/stop", nil, &ignored); err != nil {
		return nil // it does not run
	}
	return Until(ctx, startTimeout, "end of the probe", func(ctx context.Context) error {
		if _, err := p.Status(ctx); err == nil {
			return errors.New("it answers")
		}
		return nil
	})
}

// Status says what the probe has seen since the last Reset.
func (p Probe) Status(ctx context.Context) (ProbeStatus, error) {
	var st ProbeStatus
	return st, p.call(ctx, http.MethodGet, "/status", nil, &st)
}

// Reset begins a new measurement.
func (p Probe) Reset(ctx context.Context) error {
	var st ProbeStatus
	return p.call(ctx, http.MethodPost, "/reset", nil, &st)
}

// Verify reads all rows through the virtual IP and says which acknowledged ones are missing.
func (p Probe) Verify(ctx context.Context) (Verification, error) {
	var v Verification
	return v, p.call(ctx, http.MethodPost, "/verify", nil, &v)
}

// Clients has further clients ask addresses (HOST:PORT) of services that say a line to whoever connects, in place of those that were
// asked before; none ends it.
func (p Probe) Clients(ctx context.Context, addresses ...string) error {
	var seen []Reach
	return p.call(ctx, http.MethodPost, "/clients", append([]string{}, addresses...), &seen)
}

// Reached says what those clients have seen.
func (p Probe) Reached(ctx context.Context) ([]Reach, error) {
	var seen []Reach
	return seen, p.call(ctx, http.MethodGet, "/clients", nil, &seen)
}

// Forget removes the file of acknowledged rows, for a test that begins with a new database. The probe must not run.
func (p Probe) Forget() error {
	acks, _ := p.s.layout.ProbeFiles()
	if err := os.Remove(acks); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget acknowledged rows: %w", err)
	}
	return nil
}
