package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Why a host is not let in. Whoever wires the sessions of agents gives them their faults.
var (
	ErrTokenUnknown = errors.New("the enrolment token is not known")
	ErrTokenUsed    = errors.New("the enrolment token has been used")
	ErrTokenExpired = errors.New("the enrolment token has expired")
	ErrNameTaken    = errors.New("an enrolled host has this name")
	ErrHostUnknown  = errors.New("the host is not enrolled")
	ErrRevoked      = errors.New("the host is revoked")
)

// Enrol claims a token for a host and returns the host's ID. The same token with the same key returns the same ID.
func (f *Fleet) Enrol(ctx context.Context, token, key string, facts ha.Facts) (string, error) {
	now := f.o.Now().UTC()
	h, err := f.o.Store.Enrol(ctx, hashToken(token), func(t *Token, hosts []Host) (Host, error) {
		switch {
		case t == nil:
			return Host{}, ErrTokenUnknown
		case !now.Before(t.Expires):
			return Host{}, ErrTokenExpired
		case t.Host != "" && t.Key != key:
			return Host{}, ErrTokenUsed
		}
		cluster := ""
		for _, h := range hosts {
			if h.ID == t.Host {
				return h, nil
			}
			if !strings.EqualFold(h.Name, facts.Hostname) {
				continue
			}
			if !h.Revoked {
				return Host{}, ErrNameTaken
			}
			// A machine that was put out and comes back is the member that it was.
			cluster = h.Cluster
		}
		t.Key = key
		t.Host = strings.ToLower(rand.Text()) // becomes a DNS name in the certificate
		return Host{ID: t.Host, Name: facts.Hostname, Cluster: cluster, Facts: facts, Enrolled: now}, nil
	})
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	if f.hosts[h.ID] == nil {
		f.hosts[h.ID] = &host{Host: h}
		for id, other := range f.hosts {
			if id != h.ID && strings.EqualFold(other.Name, h.Name) {
				other.Cluster = "" // it came back as h
			}
		}
	}
	f.mu.Unlock()
	f.publishHost(h.ID)
	return h.ID, nil
}

// Issued notes a certificate before it is handed out.
func (f *Fleet) Issued(ctx context.Context, id, serial string, expires time.Time) error {
	h, err := f.enrolled(id)
	if err != nil {
		return err
	}
	if err := f.o.Store.AddCertificate(ctx, id, serial, expires); err != nil {
		return err
	}
	f.mu.Lock()
	h.Expires = expires
	f.mu.Unlock()
	f.publishHost(id)
	return nil
}

func (f *Fleet) enrolled(id string) (*host, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hosts[id]
	switch {
	case h == nil:
		return nil, ErrHostUnknown
	case h.Revoked:
		return nil, ErrRevoked
	}
	return h, nil
}

// Connected opens a session and returns the newest event that is stored of the host.
func (f *Fleet) Connected(_ context.Context, id string, hello wire.Hello) (uint64, error) {
	h, err := f.enrolled(id)
	if err != nil {
		return 0, err
	}
	f.mu.Lock()
	h.Agent, h.Facts, h.Seen, h.dirty = hello.Agent, hello.Facts, f.o.Now().UTC(), true
	h.view = nil // its first report is full
	seq := h.AckSeq
	member := h.Cluster
	f.mu.Unlock()
	f.publishHost(id)
	f.publishCluster(member)
	return seq, nil
}

// Disconnected closes a session.
func (f *Fleet) Disconnected(id string) {
	f.mu.Lock()
	h := f.hosts[id]
	member := ""
	if h != nil {
		h.dirty = true
		h.Seen = f.seen(h)
		member = h.Cluster
		if c := f.clusters[member]; c != nil {
			c.dirty = true
		}
	}
	f.mu.Unlock()
	f.publishHost(id)
	f.publishCluster(member)
}

// Facts keeps what a host says of itself.
func (f *Fleet) Facts(_ context.Context, id string, facts ha.Facts) error {
	h, err := f.enrolled(id)
	if err != nil {
		return err
	}
	f.mu.Lock()
	h.Facts, h.dirty = facts, true
	f.mu.Unlock()
	f.publishHost(id)
	return nil
}

// Report brings the copy of what a host observes up to date.
func (f *Fleet) Report(ctx context.Context, id string, r wire.Report) error {
	h, err := f.enrolled(id)
	if err != nil {
		return err
	}
	now := f.o.Now().UTC()
	f.mu.Lock()
	var old *ha.State
	if h.view != nil && h.view.cluster == r.Cluster {
		old = &h.view.state
	}
	h.view = &view{cluster: r.Cluster, state: ha.Apply(old, r.Delta), at: now}
	h.Seen, h.dirty = now, true
	h.returned()
	member := ""
	if c := f.clusters[h.Cluster]; c != nil && h.Cluster == r.Cluster {
		c.dirty = true
		if c.Engine == "" {
			c.Engine = h.view.state.Engine
		}
		// Kept at once: when the last agent goes away, this is what was seen last.
		c.State, c.Seen = f.observed(c)
		member = c.Name
	}
	f.mu.Unlock()
	f.publishCluster(member)
	return f.rememberFencing(ctx, member)
}

// Config takes a configuration over where it is newer than the one that is known, after whoever keeps revisions has had it.
func (f *Fleet) Config(ctx context.Context, id string, c wire.Config) error {
	if _, err := f.enrolled(id); err != nil {
		return err
	}
	return f.takeOver(ctx, id, c.Cluster, Configuration{Config: &c.Config, XML: c.XML}, c.Command)
}

func (f *Fleet) takeOver(ctx context.Context, id, name string, to Configuration, command string) error {
	f.configs.Lock()
	defer f.configs.Unlock()
	f.mu.Lock()
	c, h := f.clusters[name], f.hosts[id]
	if c == nil || h == nil || h.Cluster != name || !f.newer(c, h, to, command) {
		f.mu.Unlock()
		return nil
	}
	from := Configuration{Config: c.Cluster.Config, XML: c.XML}
	f.mu.Unlock()
	if err := f.o.Configured(ctx, name, from, to, command); err != nil {
		return err
	}
	return f.keep(ctx, name, to)
}

func (f *Fleet) keep(ctx context.Context, name string, to Configuration) error {
	if err := f.o.Store.SaveConfig(ctx, name, to.Config, to.XML); err != nil {
		return err
	}
	f.mu.Lock()
	if c := f.clusters[name]; c != nil {
		c.Cluster.Config, c.XML = to.Config, to.XML
	}
	f.mu.Unlock()
	f.publishCluster(name)
	return nil
}

// Event keeps what happened, once. ErrHeld says that it waits until it is known whether it is so.
func (f *Fleet) Event(ctx context.Context, id string, e wire.Event) error {
	h, err := f.enrolled(id)
	if err != nil {
		return err
	}
	f.telling.Lock()
	defer f.telling.Unlock()
	f.mu.Lock()
	waits := len(h.held) > 0 || h.hearsay(e) // one after the other, so that an acknowledgement covers all before it
	if waits {
		h.hold(e, f.o.Now())
	}
	f.mu.Unlock()
	if waits {
		return f.weigh(ctx, h)
	}
	return f.happened(ctx, h, e, "", e.Key)
}

// happened keeps an event as a fact; by, where it is not empty, is the only one who saw it. The caller holds telling.
func (f *Fleet) happened(ctx context.Context, h *host, e wire.Event, by, key string) error {
	event := api.Event{
		At: e.At.UTC(), Cluster: e.Cluster, Kind: string(e.Change.Kind), Severity: e.Change.Severity, Object: e.Change.Object, Args: e.Change.Args,
	}
	for _, m := range e.Mailed {
		event.Told = append(event.Told, api.Told{Channel: m.Channel, Recipient: m.Recipient, MessageID: m.MessageID, Node: m.Node, At: m.At, Unknown: m.Unknown})
	}
	if by != "" {
		event.Args = maps.Clone(event.Args)
		if event.Args == nil {
			event.Args = map[string]string{}
		}
		event.Args[api.ArgSeenBy] = by
	}
	isNew, err := f.tell(ctx, h, e.Seq, e.Cluster+"/"+key, event)
	if err != nil || !isNew {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.clusters[e.Cluster]; c != nil {
		c.happened(e)
	}
	return nil
}

// tell keeps an event that a host tells, and says whether it was new.
func (f *Fleet) tell(ctx context.Context, h *host, seq uint64, key string, event api.Event) (bool, error) {
	kept, isNew, err := f.o.Store.AddEvent(ctx, h.ID, seq, key, event)
	if err != nil {
		return false, err
	}
	f.mu.Lock()
	h.AckSeq = max(h.AckSeq, seq)
	f.mu.Unlock()
	if isNew && f.o.Live != nil {
		f.o.Live.Publish(api.Live{Topic: "event", Cluster: kept.Cluster, Event: &kept})
	}
	return isNew, nil
}

// Note keeps an event of the server's own; key tells repeated tellings of one thing apart.
func (f *Fleet) Note(ctx context.Context, key string, e api.Event) error {
	kept, isNew, err := f.o.Store.AddEvent(ctx, "", 0, "server/"+key, e)
	if err == nil && isNew && f.o.Live != nil {
		f.o.Live.Publish(api.Live{Topic: "event", Cluster: kept.Cluster, Event: &kept})
	}
	return err
}

// trouble is a failure that is being recovered from.
type trouble struct {
	since time.Time
	lost  []string          // nodes
	down  map[string]string // resources that have failed or stopped, and where
	over  bool              // what was down runs again; the next sign of a failure is of another one
}

// recoverWithin is how long after the first sign of a failure a resource that runs again counts as recovered from it.
const recoverWithin = 10 * time.Minute

// happened keeps the last failover: from the first sign of failure until a resource that it hit runs again. What somebody
// moves or starts on purpose is none, even soon after a failure. The caller holds mu.
func (c *cluster) happened(e wire.Event) {
	t, node := &c.trouble, e.Change.Args["node"]
	if !t.since.IsZero() && e.At.Sub(t.since) > recoverWithin {
		*t = trouble{}
	}
	switch e.Change.Kind {
	case ha.NodeLost, ha.NodeUnclean, ha.NodeFenced:
		t.begin(e.At)
		t.lost = append(t.lost, e.Change.Object)
	case ha.ResourceFailed, ha.ResourceFaulty, ha.QuorumLost:
		t.begin(e.At)
		t.down[e.Change.Object] = node
	case ha.ResourceStopped:
		if slices.Contains(t.lost, node) {
			t.down[e.Change.Object] = node
		}
	case ha.ResourceMoved, ha.ResourceStarted:
		if c.isFenceDevice(e.Change.Object) {
			return // a device is no service: nobody was without it
		}
		from, hit := t.down[e.Change.Object]
		to := node
		if e.Change.Kind == ha.ResourceMoved {
			from, to = e.Change.Args["from"], e.Change.Args["to"]
			hit = hit || slices.Contains(t.lost, from)
		}
		if t.since.IsZero() || !hit || e.At.Before(t.since) {
			return
		}
		delete(t.down, e.Change.Object)
		t.over = len(t.down) == 0 // others that the lost node ran may still follow
		c.LastMove = &api.Outage{At: t.since, Resource: e.Change.Object, From: from, To: to, TookMS: int(e.At.Sub(t.since) / time.Millisecond)}
		c.dirty = true
	}
}

// begin notes a sign of failure: the first of a new one, where the last is over.
func (t *trouble) begin(at time.Time) {
	if t.since.IsZero() || t.over {
		*t = trouble{since: at, down: map[string]string{}}
	}
}

func (c *cluster) isFenceDevice(id string) bool {
	return c.State != nil && slices.ContainsFunc(c.State.Resources, func(r ha.ResourceState) bool { return r.ID == id && ha.IsFenceDevice(r.Agent) })
}
