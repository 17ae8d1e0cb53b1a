package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"hawser/e2e/sandbox/probe"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// The greeter: a small service without data that runs on every node, with clients of its own on each.
const (
	GreeterID      = "greeter"       // the primitive
	GreeterCloneID = "greeter-clone" // the clone around it
	greeterUnit    = "hawser-greeter.service"
	greeterProgram = "/usr/local/sbin/hawser-greeter"
	greeterPort    = "7007"
)

// greeter says a line to whoever connects.
const greeter = `#!/usr/bin/python3
import socket
service = socket.create_server(("", ` + greeterPort + `), backlog=64)
while True:
    client, _ = service.accept()
    with client:
        client.sendall(b"here\n")
`

const greeterUnitText = "[Unit]\nDescription=says a line to whoever connects\n[Service]\nExecStart=" + greeterProgram + "\n"

// PrepareGreeter puts its program and its unit on every node, as an administrator does before it is protected.
func (s *Stage) PrepareGreeter(ctx context.Context) error {
	for _, n := range s.opt.Nodes {
		for path, text := range map[string]string{greeterProgram: greeter, "/etc/systemd/system/" + greeterUnit: greeterUnitText} {
			if _, err := s.ExecInput(ctx, []byte(text), n, "tee", path); err != nil {
				return err
			}
		}
		if _, err := s.Exec(ctx, n, "chmod", "755", greeterProgram); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, n, "systemctl", "daemon-reload"); err != nil {
			return err
		}
	}
	return nil
}

// Greeter is the clone of it.
func Greeter() api.NewResource {
	return api.NewResource{Resource: ha.Resource{
		ID: GreeterCloneID, Kind: ha.Clone,
		Members: []ha.Resource{{
			ID: GreeterID, Kind: ha.Primitive, Agent: "systemd:" + strings.TrimSuffix(greeterUnit, ".service"), Operations: operations("5s", "20s", "20s"),
		}},
	}}
}

// KillGreeter kills the instance on a node.
func (s *Stage) KillGreeter(ctx context.Context, node string) error {
	_, err := s.Exec(ctx, node, "systemctl", "kill", "--signal=KILL", greeterUnit)
	return err
}

// greeterAddress is where the clients of a node's instance connect: on the service network.
func (s *Stage) greeterAddress(node string) string {
	return net.JoinHostPort(s.Service(11+slices.Index(s.opt.Nodes, node)), greeterPort)
}

// reached says what the clients of all instances have seen, by address.
func (s *Stage) reached(ctx context.Context) (map[string]probe.Reach, error) {
	out, err := s.Sandbox(ctx, "probe", "clients")
	if err != nil {
		return nil, err
	}
	var list []probe.Reach
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, fmt.Errorf("clients: %w: %.200s", err, out)
	}
	by := map[string]probe.Reach{}
	for _, r := range list {
		by[r.Address] = r
	}
	return by, nil
}

// GreeterOutage has a client ask every instance, strikes the one on a node, waits until that answers again, and returns the longest time
// that a client of another one had no answer: 0 where each of their attempts was answered in time.
func (s *Stage) GreeterOutage(ctx context.Context, deadline time.Duration, struck string, strike func(context.Context) error) (longest time.Duration, err error) {
	all := make([]string, len(s.opt.Nodes))
	for i, n := range s.opt.Nodes {
		all[i] = s.greeterAddress(n)
	}
	// All must answer before: what is not there cannot be lost. Then they begin anew, so that only what comes now counts.
	begin := func(addresses []string) error {
		_, err := s.Sandbox(ctx, "probe", "clients", "--address", strings.Join(addresses, ","))
		return err
	}
	serving := func(ctx context.Context) (bool, error) {
		seen, err := s.reached(ctx)
		for _, a := range all {
			if !seen[a].Serving {
				return false, errors.Join(err, fmt.Errorf("clients: %+v", seen))
			}
		}
		return err == nil, err
	}
	if err := begin(all); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, begin(nil)) }()
	if err := Until(ctx, deadline, "every instance answers", serving); err != nil {
		return 0, err
	}
	if err := begin(all); err != nil {
		return 0, err
	}
	if err := Until(ctx, deadline, "every instance answers", serving); err != nil {
		return 0, err
	}
	if err := strike(ctx); err != nil {
		return 0, err
	}
	own := s.greeterAddress(struck)
	var seen map[string]probe.Reach
	if err := Until(ctx, deadline, "the lost instance answers again", func(ctx context.Context) (bool, error) {
		var err error
		seen, err = s.reached(ctx)
		r := seen[own]
		return err == nil && r.Failures > 0 && r.Serving, errors.Join(err, fmt.Errorf("clients: %+v", r))
	}); err != nil {
		return 0, err
	}
	for _, a := range all {
		if a != own {
			longest = max(longest, seen[a].Outage())
		}
	}
	return longest, nil
}
