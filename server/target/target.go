// Package target keeps what was promised for services, RTO and RPO, and says where they stand: by what happened, and by their failover
// budgets. It measures nothing of its own: it reads what happened, and asks the nodes what they have measured.
package target

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/fleet"
)

// Store keeps targets, and what happened.
type Store interface {
	// Targets returns those of a cluster, by service.
	Targets(ctx context.Context, cluster string) (map[string]ha.Target, error)
	SetTarget(ctx context.Context, cluster, service string, t ha.Target) error
	// RemoveTarget returns a NotFound fault where there is none.
	RemoveTarget(ctx context.Context, cluster, service string) error
	// Exposures returns when volumes of a cluster were exposed, oldest first: what goes on, and what ended after since. PutExposures keeps
	// some, each in place of what was kept of the same volume and beginning.
	Exposures(ctx context.Context, cluster string, since time.Time) ([]ha.Exposure, error)
	PutExposures(ctx context.Context, cluster string, list []ha.Exposure) error
	// EventsAfter returns the clusters that an event later than that one is of, and the number of the last event.
	EventsAfter(ctx context.Context, after int64) (clusters []string, last int64, err error)
	// Timeline returns what is kept of a cluster from one source, newest first.
	Timeline(ctx context.Context, cluster, source string, since, until time.Time, limit int) ([]api.TimelineEntry, error)
}

// Picture is what is known of clusters.
type Picture interface {
	Known(cluster string) (fleet.Known, error)
	Clusters(ctx context.Context) ([]api.Cluster, error)
	// Note keeps an event of the server's own, once for each key.
	Note(ctx context.Context, key string, e api.Event) error
}

// Publisher tells browsers what changed. It never waits.
type Publisher interface {
	Publish(m api.Live)
}

// Options make Targets. Store and Picture are required.
type Options struct {
	Store   Store
	Picture Picture
	Live    Publisher
	Agents  Agents        // who is asked how long operations took
	Keep    time.Duration // how long events are kept; ha.TargetSpan where it is longer, or 0
	Now     func() time.Time
	Log     *slog.Logger
}

// Targets is the service. Its methods may be called at once.
type Targets struct {
	o Options

	mu   sync.Mutex      // guards what follows; no I/O under it
	news map[string]bool // clusters that have to be looked at

	// Of Look alone.
	last  int64           // the last event of which is known that it happened
	waits map[string]bool // clusters in which something goes on that may become a miss
}

// New returns Targets.
func New(o Options) *Targets {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Keep <= 0 || o.Keep > ha.TargetSpan {
		o.Keep = ha.TargetSpan
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Targets{o: o, news: map[string]bool{}, waits: map[string]bool{}}
}

// most bounds what is read of one source: a cluster that is well has a few events a day. Where there are more, less far back is looked.
const most = 50_000

// List tells of every service of a cluster, and of targets whose service is gone, by their names.
func (t *Targets) List(ctx context.Context, cluster string) ([]api.TargetShown, error) {
	k, err := t.o.Picture.Known(cluster)
	if err != nil {
		return nil, err
	}
	kept, err := t.o.Store.Targets(ctx, cluster)
	if err != nil {
		return nil, err
	}
	now := t.o.Now().UTC()
	h, err := t.history(ctx, cluster, k.Created, now)
	if err != nil {
		return nil, err
	}
	if h.Exposures, err = t.o.Store.Exposures(ctx, cluster, now.Add(-ha.ExposureSpan)); err != nil {
		return nil, err
	}
	var list []api.TargetShown
	for _, s := range services(k) {
		one := api.TargetShown{Service: s.ID, Since: h.since}
		if target, is := kept[s.ID]; is {
			one.Target = &target
			delete(kept, s.ID)
		}
		one.Standing = ha.Stand(s, valueOf(one.Target), h.History, k.State, now)
		list = append(list, one)
	}
	for id, target := range kept {
		s := ha.Stand(ha.Service{ID: id}, target, ha.History{}, nil, now)
		list = append(list, api.TargetShown{Service: id, Gone: true, Target: &target, Standing: s, Since: h.since})
	}
	slices.SortFunc(list, func(a, b api.TargetShown) int { return strings.Compare(a.Service, b.Service) })
	return list, nil
}

// Set makes the target of a service exactly this.
func (t *Targets) Set(ctx context.Context, cluster, service string, target ha.Target) error {
	k, err := t.o.Picture.Known(cluster)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(services(k), func(s ha.Service) bool { return s.ID == service }) {
		return noService(cluster, service)
	}
	if err := ha.ValidateTarget(target); err != nil {
		return err
	}
	target.Since = t.o.Now().UTC()
	err = t.o.Store.SetTarget(ctx, cluster, service, target)
	if err == nil {
		t.stir(cluster)
		t.publish(cluster, service)
	}
	return err
}

// Remove takes the target of a service away.
func (t *Targets) Remove(ctx context.Context, cluster, service string) error {
	if _, err := t.o.Picture.Known(cluster); err != nil {
		return err
	}
	err := t.o.Store.RemoveTarget(ctx, cluster, service)
	if err == nil {
		t.publish(cluster, service)
	}
	return err
}

func (t *Targets) publish(cluster, service string) {
	if t.o.Live != nil {
		t.o.Live.Publish(api.Live{Topic: "target", Cluster: cluster, ID: service})
	}
}

func services(k fleet.Known) []ha.Service {
	if k.Config.Config == nil {
		return nil
	}
	return ha.Services(*k.Config.Config, k.State)
}

func valueOf(t *ha.Target) ha.Target {
	if t == nil {
		return ha.Target{}
	}
	return *t
}

// history is what happened to a cluster since a time, oldest first, and what people did.
type history struct {
	ha.History
	since time.Time
}

func (t *Targets) history(ctx context.Context, cluster string, created, now time.Time) (history, error) {
	h := history{since: now.Add(-t.o.Keep)}
	if created.After(h.since) {
		h.since = created.UTC()
	}
	events, err := t.o.Store.Timeline(ctx, cluster, api.FromEvent, h.since, time.Time{}, most)
	if err != nil {
		return h, err
	}
	if len(events) == most {
		h.since = events[most-1].At
	}
	for _, e := range slices.Backward(events) {
		h.Changes = append(h.Changes, e.Event.Happening())
	}
	operations, err := t.o.Store.Timeline(ctx, cluster, api.FromOperation, h.since, time.Time{}, most)
	if err != nil {
		return h, err
	}
	for _, o := range operations {
		w := ha.Work{Since: o.Operation.Started, Until: o.Operation.Ended, Kind: o.Operation.Kind, Object: o.Operation.Object}
		if w.Until.IsZero() {
			w.Until = now
		}
		h.Works = append(h.Works, w)
	}
	return h, nil
}
