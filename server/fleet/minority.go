package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// A node that is cut off sees all others go and the quorum with them, and tells so. Where another part of the cluster has quorum
// nothing of it is so: that part goes on, and will fence the one that is cut off. What a part without quorum tells is therefore
// held back until it is known whether another part has it:
//
//   - another part has quorum: the time line says once that these nodes are cut off, and nothing more of what they saw;
//   - all others report, and none has quorum: it is so, and is told once, whoever tells it;
//   - others do not report: it is told with the name of the only one who saw it.
//
// What a node tells of itself, a failed operation or a link to a node that it still sees, is first hand and never held back.

// ErrHeld says that an event waits until it is known whether it is so.
var ErrHeld = errors.New("the event is held back")

const (
	// settle is how long after an event another part must still be heard to have quorum: longer than two ends of a broken
	// heartbeat notice apart from each other, so that a picture from before the break is not taken for one from after it.
	settle = 3 * time.Second
	// patience is how long an event waits for that at most. Agents are pinged every five seconds, and one that does not answer
	// counts as gone after fifteen.
	patience = 20 * time.Second
	// oneThing is how far apart parts without quorum may tell of one and the same loss.
	oneThing = time.Minute
)

// heldEvent is an event that waits, and since when.
type heldEvent struct {
	wire.Event
	at time.Time
}

// apart is the time during which what a host saw was not what the cluster did, by the host's clock.
type apart struct{ since, until time.Time }

// during says whether at lies in it. It has no end until the host reports from a part with quorum again.
func (a apart) during(at time.Time) bool {
	return !a.since.IsZero() && !at.Before(a.since) && (a.until.IsZero() || !at.After(a.until))
}

// told is a thing that a part without quorum has told.
type told struct {
	key string
	at  time.Time
}

func (h *host) quorate() bool { return h.view != nil && h.view.state.Running && h.view.state.Quorate }

// returned ends the time apart when the host reports from a part with quorum. The caller holds mu.
func (h *host) returned() {
	if !h.apart.since.IsZero() && h.apart.until.IsZero() && h.quorate() {
		h.apart.until = h.view.state.At
	}
}

// hearsay says whether the host may be mistaken. The caller holds mu.
func (h *host) hearsay(e wire.Event) bool {
	if slices.Contains(ha.WatchKinds, e.Change.Kind) {
		return false
	}
	switch e.Change.Kind {
	case ha.LinkLost, ha.LinkRestored:
		return false
	case ha.ResourceFailed:
		if e.Change.Args["node"] == h.Name {
			return false
		}
	}
	return e.Inquorate || h.apart.during(e.At)
}

// hold keeps an event back; one that comes again is held once. The caller holds mu.
func (h *host) hold(e wire.Event, now time.Time) {
	if !slices.ContainsFunc(h.held, func(other heldEvent) bool { return other.Seq == e.Seq }) {
		h.held = append(h.held, heldEvent{e, now})
	}
}

// weighAll decides what can be decided by now.
func (f *Fleet) weighAll(ctx context.Context) {
	f.mu.Lock()
	var waiting []*host
	for _, h := range f.hosts {
		if len(h.held) > 0 {
			waiting = append(waiting, h)
		}
	}
	f.mu.Unlock()
	for _, h := range waiting {
		f.telling.Lock()
		err := f.weigh(ctx, h)
		f.telling.Unlock()
		if err != nil && !errors.Is(err, ErrHeld) && ctx.Err() == nil {
			f.o.Log.Warn("event that was held back was not kept; it is tried again", "host", h.ID, "err", err)
		}
	}
}

// weigh decides about the events that a host has told, in their order, as far as it can: ErrHeld says that some are left.
// The caller holds telling.
func (f *Fleet) weigh(ctx context.Context, h *host) error {
	for {
		f.mu.Lock()
		if len(h.held) == 0 {
			f.mu.Unlock()
			return nil
		}
		e := h.held[0]
		c := f.clusters[e.Cluster]
		s := f.standing(c, h, e)
		if s == dropped && !h.apart.during(e.At) {
			h.apart = apart{since: e.At}
			h.returned()
		}
		nodes, since := together(h), h.apart.since
		f.mu.Unlock()
		var err error
		switch s {
		case undecided:
			return ErrHeld
		case dropped:
			// The same event for all that is dropped: it is kept once, and notes that the host has told these.
			_, err = f.tell(ctx, h, e.Seq, e.Cluster+"/"+string(ha.NodeCutOff)+"/"+h.ID+"/"+since.UTC().Format(time.RFC3339Nano), api.Event{
				At: since.UTC(), Cluster: e.Cluster, Kind: string(ha.NodeCutOff), Severity: ha.Warning, Object: h.Name,
				Args: map[string]string{"nodes": nodes},
			})
		case marked:
			err = f.happened(ctx, h, e.Event, h.Name, f.once(c, e.Event))
		case fact:
			key := e.Key
			if e.Inquorate {
				key = f.once(c, e.Event)
			}
			err = f.happened(ctx, h, e.Event, "", key)
		}
		if err != nil {
			return err
		}
		f.mu.Lock()
		h.held = h.held[1:]
		f.mu.Unlock()
	}
}

// standing is what an event that was held back is worth.
type standing int

const (
	undecided standing = iota
	fact               // nobody knows better
	marked             // nobody can be asked who may know better
	dropped            // another part of the cluster has quorum
)

// standing says what an event is worth by now. The caller holds mu.
func (f *Fleet) standing(c *cluster, h *host, e heldEvent) standing {
	switch {
	case c == nil, !h.hearsay(e.Event):
		return fact // it only waited for those before it
	case h.apart.during(e.At):
		return dropped
	}
	waiting := false
	for _, other := range f.hosts {
		if other == h || other.Cluster != c.Name || !f.connected(other) || !other.quorate() {
			continue
		}
		if !f.seen(other).Before(e.at.Add(settle)) {
			return dropped
		}
		waiting = true
	}
	switch {
	case waiting && f.o.Now().Sub(e.at) < patience:
		return undecided
	case waiting, len(f.unheard(c)) > 0:
		return marked
	}
	return fact
}

// once returns the key under which a loss is kept that several parts without quorum tell of. The caller holds telling.
func (f *Fleet) once(c *cluster, e wire.Event) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	thing := string(e.Change.Kind) + "/" + e.Change.Object
	if before, has := c.hearsay[thing]; has && e.At.Sub(before.at).Abs() < oneThing {
		return before.key
	}
	if c.hearsay == nil {
		c.hearsay = map[string]told{}
	}
	c.hearsay[thing] = told{e.Key, e.At}
	return e.Key
}

// unheard are the nodes of a cluster whose agents do not report. The caller holds mu.
func (f *Fleet) unheard(c *cluster) []string {
	var list []string
	for _, n := range c.Setup.Nodes {
		if h := f.find(n.Name); h == nil || h.Cluster != c.Name || !f.connected(h) || h.view == nil {
			list = append(list, n.Name)
		}
	}
	return list
}

// together names the nodes that a host sees online, itself at least. The caller holds mu.
func together(h *host) string {
	list := []string{h.Name}
	if h.view != nil && h.view.state.Running && !h.view.state.Quorate {
		for _, n := range h.view.state.Nodes {
			if n.Online && n.Name != h.Name {
				list = append(list, n.Name)
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
