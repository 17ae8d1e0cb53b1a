package hub

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"hawser/internal/fault"
	"hawser/internal/wire"
)

// call is a command that somebody waits for.
type call struct {
	host     string
	command  wire.Command
	progress func(wire.Progress)
	result   chan wire.Result // room for one; sent to by whoever takes the call out of Hub.calls
}

// Do sends a command to the agent of a host and waits for what becomes of it.
//
// The command's ID is the promise: the agent carries it out once, however often it is sent, so a caller that may restart
// chooses the ID, stores it, and calls Do again with it; then the answer is the one that the agent has kept. Where the ID
// is empty, Do makes one; where the Deadline is, it is five minutes from now.
//
// A connection that breaks meanwhile does no harm as long as the agent is back within the grace; beyond it the error is an
// Unreachable fault, and so it is where the agent was not there to begin with. If ctx ends first, the agent is told that
// nobody waits, and rolls back at its next safe point. A fault of the agent's own is returned as the error too.
//
// Progress, which may be nil, is called in order and must not block: the agent's session waits for it. After a result it is
// not called again; where ctx has ended, a last call may still be under way when Do returns.
func (h *Hub) Do(ctx context.Context, host string, command wire.Command, progress func(wire.Progress)) (wire.Result, error) {
	if command.ID == "" {
		command.ID = rand.Text()
	}
	if command.Deadline.IsZero() {
		command.Deadline = time.Now().Add(defaultDeadline).UTC()
	}
	c := &call{host: host, command: command, progress: progress, result: make(chan wire.Result, 1)}
	if err := h.begin(c); err != nil {
		return wire.Result{}, err
	}
	r, err := h.await(ctx, c)
	if err != nil {
		if r, late := h.abandon(c); late {
			return finish(r)
		}
		return wire.Result{}, err
	}
	return finish(r)
}

func finish(r wire.Result) (wire.Result, error) {
	if r.Fault != nil {
		return r, r.Fault
	}
	return r, nil
}

func (h *Hub) begin(c *call) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return fault.New(fault.Unreachable, "server.stopping", "the server is stopping")
	}
	if h.calls[c.command.ID] != nil {
		return fault.New(fault.Conflict, "command.pending", "command %s is being carried out already", c.command.ID)
	}
	h.calls[c.command.ID] = c
	// Somebody waits again for what was given up while the agent was away.
	h.cancels[c.host] = slices.DeleteFunc(h.cancels[c.host], func(id string) bool { return id == c.command.ID })
	if s := h.ready(c.host); s != nil {
		s.out.push(wire.Message{Kind: wire.KindCommand, Command: &c.command})
	}
	return nil
}

// await returns the result, or why there will be none.
func (h *Hub) await(ctx context.Context, c *call) (wire.Result, error) {
	began := time.Now()
	overall := time.NewTimer(time.Until(c.command.Deadline) + resultSlack)
	defer overall.Stop()
	absence := time.NewTimer(0)
	defer absence.Stop()
	for {
		h.mu.Lock()
		here, changed, closed := h.ready(c.host) != nil, h.changed, h.closed
		since, known := h.away[c.host]
		if !known {
			since = h.started
		}
		h.mu.Unlock()
		if closed {
			return wire.Result{}, fault.New(fault.Unreachable, "server.stopping", "the server is stopping")
		}
		var gone <-chan time.Time
		if !here {
			end := since.Add(h.o.Grace)
			if least := began.Add(min(shortGrace, h.o.Grace)); end.Before(least) {
				end = least
			}
			absence.Reset(time.Until(end))
			gone = absence.C
		}
		select {
		case r := <-c.result:
			return r, nil
		case <-changed:
		case <-gone:
			return wire.Result{}, fault.New(fault.Unreachable, "host.unreachable", "the agent of host %s is not connected", c.host).With("host", c.host)
		case <-overall.C:
			return wire.Result{}, fault.New(fault.Unreachable, "command.no_answer", "the agent of host %s has not answered %s in time", c.host, c.command.Name).With("host", c.host, "command", string(c.command.Name))
		case <-ctx.Done():
			return wire.Result{}, context.Cause(ctx)
		}
	}
}

// abandon takes c out, and has the agent told. A result that came in at that very moment counts.
func (h *Hub) abandon(c *call) (r wire.Result, late bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls[c.command.ID] != c {
		return <-c.result, true
	}
	delete(h.calls, c.command.ID)
	if s := h.ready(c.host); s != nil {
		s.out.push(wire.Message{Kind: wire.KindCancel, Cancel: &wire.Cancel{ID: c.command.ID}})
		return wire.Result{}, false
	}
	const most = 64 // a host that is away for good must not fill the memory; what is forgotten ends at its deadline
	list := append(h.cancels[c.host], c.command.ID)
	h.cancels[c.host] = list[max(0, len(list)-most):]
	return wire.Result{}, false
}

// progressed hands a step on to whoever waits. The call's own goroutine may be gone a moment later, never the call.
func (h *Hub) progressed(host string, p wire.Progress) {
	h.mu.Lock()
	c := h.calls[p.Command]
	h.mu.Unlock()
	if c != nil && c.host == host && c.progress != nil {
		c.progress(p)
	}
}

// finished ends a call. A result that nobody waits for is dropped: the agent keeps it under the command's ID.
func (h *Hub) finished(host string, r wire.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.calls[r.Command]; c != nil && c.host == host {
		delete(h.calls, r.Command)
		c.result <- r
	}
}
