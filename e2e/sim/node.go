package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	agent "hawser/agent/app"
	"hawser/agent/engine"
	"hawser/agent/engine/simulated"
	"hawser/agent/uplink"
	"hawser/cli/client"
	"hawser/internal/api"
)

// Node is a simulated machine with a true agent on it.
type Node struct {
	Name string

	sim    *Sim
	dir    string
	driver *simulated.Driver
	net    *Network
	app    *agent.App
	stop   context.CancelFunc
	done   chan error
}

// addNode makes the machine, enrols it where it is new, and starts its agent.
func (s *Sim) addNode(ctx context.Context, name string) (n *Node, err error) {
	n = &Node{Name: name, sim: s, dir: filepath.Join(s.o.Dir, "nodes", name)}
	if n.net, err = NewNetwork(strings.TrimPrefix(s.url, "https://")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.net.Close())
		}
	}()
	if n.driver, err = s.newDriver(name); err != nil {
		return nil, err
	}
	if err := n.enrol(ctx); err != nil {
		return nil, err
	}
	if n.off() { // since an earlier start
		return n, nil
	}
	return n, n.StartAgent(ctx)
}

// offFile marks a machine without power.
func (n *Node) offFile() string { return filepath.Join(n.dir, "off") }

func (n *Node) off() bool {
	_, err := os.Stat(n.offFile())
	return err == nil
}

// enrol makes the host a member as an administrator would, or tells an enrolled one where the server is now.
func (n *Node) enrol(ctx context.Context) error {
	id, err := uplink.ReadIdentity(n.dir)
	if err == nil {
		// The ports of server and networks are others at each start.
		id.Server = n.net.URL()
		data, err := json.Marshal(id)
		if err != nil {
			return err
		}
		return engine.WriteFile(filepath.Join(n.dir, "identity.json"), data, 0o600)
	}
	var token api.EnrolmentToken
	if err := n.sim.API.Do(ctx, client.Request{Route: "host.token", Body: api.TokenRequest{}}, &token); err != nil {
		return fmt.Errorf("get a token: %w", err)
	}
	facts, err := n.driver.Facts(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return err
	}
	_, err = uplink.Enrol(ctx, uplink.Enrolment{Dir: n.dir, Server: n.net.URL(), Token: token.Token, CASHA256: token.CASHA256, Facts: facts})
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	return nil
}

// StartAgent starts the agent.
func (n *Node) StartAgent(ctx context.Context) error {
	var driver engine.Driver = n.driver
	if n.sim.o.Watched != nil {
		driver = n.sim.o.Watched(n.driver)
	}
	a, err := agent.New(ctx, agent.Options{
		Watch: n.sim.o.Watched != nil, Driver: driver, StateDir: n.dir, Log: n.sim.o.Log.With("side", "agent", "node", n.Name), Backoff: 50 * time.Millisecond, MaxBackoff: 2 * time.Second,
		Sample: n.sim.o.Sample, Machine: n.sim.o.Machine(n.Name),
	})
	if err != nil {
		return err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.app, n.stop, n.done = a, stop, make(chan error, 1)
	go func() { n.done <- a.Run(run) }()
	return nil
}

// StopAgent ends the agent; the node goes on.
func (n *Node) StopAgent() error {
	if n.stop == nil {
		return nil
	}
	n.stop()
	n.stop = nil
	return errors.Join(<-n.done, n.app.Close())
}

// Partition cuts the agent off from the server, or lets it through again. The cluster does not notice.
func (n *Node) Partition(cut bool) {
	if cut {
		n.net.Cut()
		return
	}
	n.net.Restore()
}

func (n *Node) close() error { return errors.Join(n.StopAgent(), n.net.Close()) }

// newDriver returns the driver of a host in this simulation's world.
func (s *Sim) newDriver(name string) (*simulated.Driver, error) {
	return simulated.New(simulated.Options{Dir: filepath.Join(s.o.Dir, "world"), Node: name})
}

// PowerOff pulls the plug: the agent is gone with the machine, and the others must fence it before they go on.
func (n *Node) PowerOff(ctx context.Context) error {
	n.Partition(true)
	return errors.Join(n.StopAgent(), os.WriteFile(n.offFile(), nil, 0o600), n.driver.World().PowerOff(ctx, n.Name))
}

// PowerOn boots the machine; its cluster starts where it is set to, its agent always.
func (n *Node) PowerOn(ctx context.Context) error {
	if err := n.driver.World().PowerOn(ctx, n.Name); err != nil {
		return err
	}
	n.Partition(false)
	if err := os.Remove(n.offFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return n.StartAgent(ctx)
}

// CutLink takes a heartbeat link of the machine down.
func (n *Node) CutLink(ctx context.Context, link int) error {
	return n.driver.World().CutLink(ctx, n.Name, link)
}

// RestoreLink brings it back.
func (n *Node) RestoreLink(ctx context.Context, link int) error {
	return n.driver.World().RestoreLink(ctx, n.Name, link)
}

// FailResource lets the monitor of a resource fail on this machine.
func (n *Node) FailResource(ctx context.Context, resource string) error {
	return n.driver.World().FailResource(ctx, resource, n.Name)
}

// World is what can happen to all machines.
func (n *Node) World() *simulated.World { return n.driver.World() }

// Isolate cuts all heartbeat links of the machine: the others fence it, and it stays off. PowerOn and RestoreLink bring it back.
func (n *Node) Isolate(ctx context.Context) error {
	for link := range links {
		if err := n.CutLink(ctx, link); err != nil {
			return err
		}
	}
	n.Partition(true)
	return errors.Join(n.StopAgent(), os.WriteFile(n.offFile(), nil, 0o600))
}

// links are as many as CreateCluster makes.
const links = 2
