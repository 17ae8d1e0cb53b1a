// Package sim is the true server and the true agents in one process, over loopback, on simulated nodes.
//
// Only the cluster itself is not real: its decisions are those of Pacemaker's own scheduler, what carries them out is a small
// fake. Everything between a browser and the engine is what runs in production: enrolment, mutual TLS, revisions, events.
package sim

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"hawser/agent/engine"
	"hawser/agent/engine/simulated"
	"hawser/agent/logs"
	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/server/app"
	"hawser/server/config"
)

// Options say what there is to begin with.
type Options struct {
	Dir     string        // everything that is kept; a second start goes on from it
	Nodes   []string      // names of the hosts; n1, n2 and n3 where nil
	Listen  string        // 127.0.0.1:0 where empty
	Origins []string      // pages that may listen to live messages beside the server's own
	Alarms  config.Alarms // as usual where it is zero
	Log     *slog.Logger
	// Machine gives a node files and programs for log bundles; none where nil.
	Machine func(node string) logs.Machine
	// Sample is how often agents measure their nodes; as in production where 0.
	Sample time.Duration
	// Watched makes a driver of a node's by which its agent notices failures by events; none where nil: nothing happens on a simulated node.
	Watched func(*simulated.Driver) engine.Driver
	// Patience is how long WaitFor waits; two minutes where 0: far longer than anything takes, so that only what never comes fails.
	Patience time.Duration
}

// Sim is a server with its nodes.
type Sim struct {
	o      Options
	server *app.App
	url    string
	nodes  map[string]*Node
	names  []string
	API    *client.Client // signed in as admin

	stop  context.CancelFunc
	ended chan struct{} // closed when the server has ended
	err   error         // why, to be read after ended
	once  sync.Once
}

const (
	serverName = "127.0.0.1"
	// pollEvery is between two looks at something that is waited for.
	pollEvery = 20 * time.Millisecond
	patience  = 2 * time.Minute
)

// PasswordFile holds the password of admin.
func PasswordFile(dir string) string { return filepath.Join(dir, "server", "admin-password") }

// New starts the server, enrols the hosts where they are new, and starts their agents. Close must be called.
func New(ctx context.Context, o Options) (s *Sim, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Nodes == nil {
		o.Nodes = []string{"n1", "n2", "n3"}
	}
	if o.Machine == nil {
		o.Machine = func(string) logs.Machine { return logs.Machine{} }
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	// Hosts of an earlier start are members still.
	kept, err := filepath.Glob(filepath.Join(o.Dir, "nodes", "*"))
	if err != nil {
		return nil, err
	}
	for _, dir := range kept {
		if name := filepath.Base(dir); !slices.Contains(o.Nodes, name) {
			o.Nodes = append(slices.Clone(o.Nodes), name)
		}
	}
	s = &Sim{o: o, nodes: map[string]*Node{}, names: o.Nodes, ended: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if err := s.serve(ctx); err != nil {
		return s, err
	}
	if err := s.signIn(ctx); err != nil {
		return s, err
	}
	for _, name := range s.names {
		n, err := s.addNode(ctx, name)
		if err != nil {
			return s, fmt.Errorf("node %s: %w", name, err)
		}
		s.nodes[name] = n
	}
	return s, s.WaitFor(ctx, "all agents to be connected", s.allConnected)
}

// serve starts the server.
func (s *Sim) serve(ctx context.Context) error {
	c := config.Default()
	c.DataDir = filepath.Join(s.o.Dir, "server")
	c.AdminPasswordFile = PasswordFile(s.o.Dir)
	c.Listen, c.Origins = []string{s.o.Listen}, s.o.Origins
	c.Names = []string{serverName, "localhost"}
	c.AgentAddress = "https://" + s.o.Listen
	if s.o.Alarms != (config.Alarms{}) {
		c.Alarms = s.o.Alarms
	}
	if err := c.Validate(); err != nil {
		return err
	}
	a, err := app.New(ctx, c, app.Options{Log: s.o.Log.With("side", "server")})
	if err != nil {
		close(s.ended)
		return err
	}
	s.server, s.url = a, "https://"+a.Addresses()[0]
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go func() {
		defer close(s.ended)
		s.err = a.Run(run)
	}()
	return nil
}

func (s *Sim) signIn(ctx context.Context) error {
	password, err := os.ReadFile(PasswordFile(s.o.Dir))
	if err != nil {
		return fmt.Errorf("read password of admin: %w", err)
	}
	s.API, err = s.SignIn(ctx, "admin", strings.TrimSpace(string(password)))
	return err
}

// SignIn returns a client of the REST interface.
func (s *Sim) SignIn(ctx context.Context, name, password string) (*client.Client, error) {
	c, err := client.New(client.Options{Server: s.url, CA: s.server.CA()})
	if err != nil {
		return nil, err
	}
	var session api.Session
	if err := c.Do(ctx, client.Request{Route: "session.create", Body: api.Login{Name: name, Password: password, Bearer: true}}, &session); err != nil {
		return nil, fmt.Errorf("sign in as %s: %w", name, err)
	}
	return client.New(client.Options{Server: s.url, CA: s.server.CA(), Token: session.Token})
}

// URL is where the server listens.
func (s *Sim) URL() string { return s.url }

// CA is the certificate of the server's authority, PEM.
func (s *Sim) CA() []byte { return s.server.CA() }

// Node returns a node; it panics where there is none, because the caller has named it.
func (s *Sim) Node(name string) *Node {
	n := s.nodes[name]
	if n == nil {
		panic("sim: no node " + name)
	}
	return n
}

// Wait waits until ctx ends, or the server does, which is an error.
func (s *Sim) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.ended:
		return fmt.Errorf("the server has ended: %w", s.err)
	}
}

// Close ends agents and server and returns when nothing runs any more.
func (s *Sim) Close() error {
	var errs []error
	s.once.Do(func() {
		for _, name := range s.names {
			if n := s.nodes[name]; n != nil {
				errs = append(errs, n.close())
			}
		}
		if s.stop != nil {
			s.stop()
			<-s.ended
			errs = append(errs, s.err)
		}
	})
	return errors.Join(errs...)
}

func (s *Sim) allConnected(ctx context.Context) error {
	var hosts api.Page[api.Host]
	if err := s.API.Do(ctx, client.Request{Route: "host.list"}, &hosts); err != nil {
		return err
	}
	connected := 0
	for _, h := range hosts.Items {
		if h.Connected {
			connected++
		}
	}
	want := 0
	for _, n := range s.nodes {
		if !n.off() {
			want++
		}
	}
	if connected < want {
		return fmt.Errorf("%d of %d are", connected, want)
	}
	return nil
}

// WaitFor waits until check returns nil.
func (s *Sim) WaitFor(ctx context.Context, what string, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(s.o.Patience, patience))
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, err)
		case <-s.ended:
			return fmt.Errorf("wait for %s: the server has ended: %w", what, s.err)
		case <-tick.C:
		}
	}
}

// Do calls a long route and waits for its operation. An operation that failed is its fault.
func (s *Sim) Do(ctx context.Context, r client.Request) (api.Operation, error) {
	var op api.Operation
	if err := s.API.Do(ctx, r, &op); err != nil {
		return op, fmt.Errorf("%s: %w", r.Route, err)
	}
	err := s.WaitFor(ctx, r.Route, func(ctx context.Context) error {
		if err := s.API.Do(ctx, client.Request{Route: "operation.show", Path: map[string]string{"operation": op.ID}}, &op); err != nil {
			return err
		}
		if op.State == "pending" || op.State == "running" {
			return fmt.Errorf("operation %s is %s", op.ID, op.State)
		}
		return nil
	})
	if err != nil {
		return op, err
	}
	if op.Fault != nil {
		return op, fmt.Errorf("%s: %w", r.Route, op.Fault)
	}
	if op.State != "succeeded" {
		steps, _ := json.Marshal(op.Steps)
		return op, fmt.Errorf("%s: %s: %s", r.Route, op.State, steps)
	}
	return op, nil
}
