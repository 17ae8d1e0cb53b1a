package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// How long commands may take, before the agent gives up and rolls back. Starting waits for an election (20 s by default),
// stopping for the slowest stop operation of a resource, which its own timeout bounds.
const (
	checkTime  = 90 * time.Second
	filesTime  = time.Minute
	startTime  = 25 * time.Minute // the agent ends it sooner: after 90 s and SBD's delay, which is more than twice the watchdog's (up to 600 s)
	stopTime   = 10 * time.Minute
	settleTime = 3 * time.Minute
	resultTime = time.Minute // the cluster has settled before: what does not run then needs a person
	editTime   = 5 * time.Minute
	moveTime   = 10 * time.Minute
	fenceTime  = 5 * time.Minute
	readTime   = 30 * time.Second
)

// ask is a command for one host.
type ask struct {
	node    string
	host    string
	name    wire.CommandName
	args    any
	timeout time.Duration
	nth     int // tells the commands of one step apart
}

// send sends a command for a step and reads its output into out, which may be nil. Where the agent is away it is asked
// again, under the same ID, for as long as patience goes. Output may be there although err is not nil.
func (j *job) send(ctx context.Context, s *spot, a ask, out any) (told bool, err error) {
	if a.host == "" {
		return false, fault.New(fault.Unreachable, "node.no_host", "node %s has no enrolled host", a.node).With("node", a.node)
	}
	args, err := json.Marshal(a.args)
	if err != nil {
		return false, fmt.Errorf("encode arguments of %s: %w", a.name, err)
	}
	patience := j.e.o.Patience
	if s.undo {
		patience *= 5
	}
	until := time.Now().Add(patience)
	c := wire.Command{ID: j.commandID(s, a.nth), Name: a.name, Args: args, Actor: j.op.Actor}
	for {
		began := time.Now()
		c.Deadline = began.Add(a.timeout).UTC()
		var r wire.Result
		r, err = j.e.o.Agents.Do(ctx, a.host, c, func(p wire.Progress) { j.progress(s, p) })
		if answered := r.Command != ""; answered || ctx.Err() != nil || fault.CodeOf(err) != fault.Unreachable || time.Now().After(until) {
			if len(r.Output) > 0 && out != nil {
				if readErr := json.Unmarshal(r.Output, out); readErr != nil {
					return false, fmt.Errorf("read output of %s from %s: %w", a.name, a.node, readErr)
				}
				told = true
			}
			return told, named(err, a.node)
		}
		// Again at once, where it has waited already: an agent that is back just now is told that nobody waits for what it does, and
		// would take it back.
		pause := min(time.Second, patience/4)
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(pause - min(pause, time.Since(began))):
		}
	}
}

// shownTime is how long the picture may take to show what an operation has done: the node that decides tells of it, which need not be
// the one that did it, and tells what it sees every ten seconds at least. shownLook is how often it is looked at.
const (
	shownTime = 15 * time.Second
	shownLook = 50 * time.Millisecond
)

// shows waits until the picture is as an operation has made the cluster: whoever gives the next command must not be refused because of
// what was before. It is done in any case, so a picture that stays behind is no failure.
func (j *job) shows(ctx context.Context, is func(ha.State) bool) error {
	until := time.NewTimer(shownTime)
	defer until.Stop()
	tick := time.NewTicker(shownLook)
	defer tick.Stop()
	for {
		k, err := j.e.o.Picture.Known(j.op.Cluster)
		if err != nil || k.State != nil && is(*k.State) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-until.C:
			j.e.o.Log.Warn("what was done is not reported", "cluster", j.op.Cluster, "operation", j.op.ID)
			return nil
		case <-tick.C:
		}
	}
}

// named says which node a fault is about, where its own words do not.
func named(err error, node string) error {
	f := fault.Public(err)
	if f == nil || f.Code == fault.Internal {
		return err
	}
	if f.Args["node"] == "" {
		copied := *f
		copied.Args = map[string]string{"node": node}
		for k, v := range f.Args {
			copied.Args[k] = v
		}
		return &copied
	}
	return err
}

// read asks a host something outside any operation.
func (e *Engine) read(ctx context.Context, actor, host string, name wire.CommandName, args, out any) error {
	data, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("encode arguments of %s: %w", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	r, err := e.o.Agents.Do(ctx, host, wire.Command{Name: name, Args: data, Actor: actor, Deadline: time.Now().Add(readTime).UTC()}, nil)
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Unreachable, "command.no_answer", "the agent of host %s has not answered in time", host).With("host", host)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(r.Output, out); err != nil {
		return fmt.Errorf("read output of %s: %w", name, err)
	}
	return nil
}

// choose resolves who is asked into the memo, and the hosts by node.
func (m *memo) choose(k fleet.Known, except string) error {
	one, err := k.Asked(except)
	if err != nil {
		return err
	}
	m.Host, m.Node = one.Host, one.Node
	m.hosts(k)
	return nil
}

func (m *memo) hosts(k fleet.Known) {
	m.Hosts = map[string]string{}
	for _, member := range k.Members {
		if member.Host != "" {
			m.Hosts[member.Node] = member.Host
		}
	}
	m.Remotes = map[string]string{}
	for _, remote := range k.Remotes {
		if remote.Host != "" {
			m.Remotes[remote.Node] = remote.Host
		}
	}
}

func member(k fleet.Known, node string) (fleet.Member, error) {
	for _, m := range k.Members {
		if m.Node == node {
			return m, nil
		}
	}
	return fleet.Member{}, fault.New(fault.NotFound, "node.not_found", "cluster %s has no node %s", k.Setup.Name, node).
		With("cluster", k.Setup.Name, "node", node)
}

func errAway(m fleet.Member) error {
	if m.Host == "" {
		return fault.New(fault.Unreachable, "node.no_host", "node %s has no enrolled host", m.Node).With("node", m.Node)
	}
	return fault.New(fault.Unreachable, "host.unreachable", "the agent of host %s is not connected", m.Node).With("host", m.Node, "node", m.Node)
}

// allConnected refuses where a member is away.
func allConnected(k fleet.Known, except string) error {
	for _, m := range k.Members {
		if !m.Connected && m.Node != except {
			return errAway(m)
		}
	}
	return nil
}

// nodeOnline says whether the cluster sees a node as online.
func nodeOnline(st *ha.State, node string) bool {
	if st == nil || !st.Running {
		return false
	}
	for _, n := range st.Nodes {
		if n.Name == node {
			return n.Online
		}
	}
	return false
}
