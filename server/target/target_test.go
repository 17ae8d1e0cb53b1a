package target_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/fleet"
	"hawser/server/target"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// kept is a store, and a picture of one cluster.
type kept struct {
	targets    map[string]ha.Target
	events     []api.Event     // oldest first
	operations []api.Operation // oldest first
	exposures  []ha.Exposure
	state      *ha.State
	created    time.Time
	later      time.Duration
	broken     bool // there is a cluster of which nothing can be read
	told       []api.Live
	noted      map[string]api.Event
	order      []string // keys of noted
}

func (k *kept) Exposures(_ context.Context, cluster string, since time.Time) ([]ha.Exposure, error) {
	if cluster == "broken" {
		return nil, errors.New("broken")
	}
	var list []ha.Exposure
	for _, e := range k.exposures {
		if e.Ended.IsZero() || e.Ended.After(since) {
			list = append(list, e)
		}
	}
	return list, nil
}

func (k *kept) PutExposures(_ context.Context, _ string, list []ha.Exposure) error {
	for _, e := range list {
		k.exposures = slices.DeleteFunc(k.exposures, func(o ha.Exposure) bool { return o.Volume == e.Volume && o.Started.Equal(e.Started) })
		k.exposures = append(k.exposures, e)
	}
	return nil
}

func (k *kept) EventsAfter(_ context.Context, after int64) ([]string, int64, error) {
	if int64(len(k.events)) > after {
		return []string{"demo"}, int64(len(k.events)), nil
	}
	return nil, after, nil
}

func (k *kept) Clusters(context.Context) ([]api.Cluster, error) {
	if k.broken {
		return []api.Cluster{{Name: "broken"}, {Name: "demo"}}, nil
	}
	return []api.Cluster{{Name: "demo"}}, nil
}

func (k *kept) Note(_ context.Context, key string, e api.Event) error {
	if _, is := k.noted[key]; !is {
		k.noted[key] = e
		k.order = append(k.order, key)
	}
	return nil
}

func (k *kept) Targets(context.Context, string) (map[string]ha.Target, error) {
	return maps.Clone(k.targets), nil
}

func (k *kept) SetTarget(_ context.Context, _, service string, t ha.Target) error {
	k.targets[service] = t
	return nil
}

func (k *kept) RemoveTarget(_ context.Context, _, service string) error {
	if _, is := k.targets[service]; !is {
		return fault.New(fault.NotFound, "target.not_found", "none")
	}
	delete(k.targets, service)
	return nil
}

func (k *kept) Timeline(_ context.Context, _, source string, since, _ time.Time, limit int) ([]api.TimelineEntry, error) {
	var list []api.TimelineEntry
	for _, e := range slices.Backward(k.events) {
		if source == api.FromEvent && !e.At.Before(since) {
			list = append(list, api.TimelineEntry{At: e.At, Event: &e})
		}
	}
	for _, o := range slices.Backward(k.operations) {
		if source == api.FromOperation && !o.Started.Before(since) {
			list = append(list, api.TimelineEntry{At: o.Started, Operation: &o})
		}
	}
	return list[:min(limit, len(list))], nil
}

func (k *kept) Known(cluster string) (fleet.Known, error) {
	if cluster != "demo" && cluster != "broken" {
		return fleet.Known{}, fault.New(fault.NotFound, "cluster.not_found", "none")
	}
	cfg := &ha.Config{Resources: []ha.Resource{{ID: "web", Kind: ha.Primitive, Agent: "systemd:web"}, {ID: "pg", Kind: ha.Group, Members: []ha.Resource{{ID: "db", Kind: ha.Primitive, Agent: "systemd:db"}}}}}
	if k.state != nil && len(k.state.Volumes) > 0 {
		cfg.Resources[1].Members = append(cfg.Resources[1].Members, ha.Resource{ID: "fs", Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: map[string]string{"device": "/dev/drbd0"}})
	}
	return fleet.Known{Setup: ha.Setup{Name: cluster}, Created: k.created, Config: fleet.Configuration{Config: cfg}, State: k.state}, nil
}

// now is noon until a test says otherwise.
func (k *kept) now() time.Time { return noon.Add(k.later) }

func (k *kept) Publish(m api.Live) { k.told = append(k.told, m) }

func newTargets(keep time.Duration) (*kept, *target.Targets) {
	k := &kept{targets: map[string]ha.Target{}, noted: map[string]api.Event{}}
	return k, target.New(target.Options{Store: k, Picture: k, Live: k, Keep: keep, Now: k.now})
}

func event(at time.Time, kind ha.ChangeKind, object string) api.Event {
	return api.Event{At: at, Kind: string(kind), Severity: ha.Warning, Object: object, Args: map[string]string{"node": "n1"}}
}

// TestList: every service is there, with its target or without; so is a target whose service is gone. What happened and what people
// did is read off the store.
func TestList(t *testing.T) {
	k, targets := newTargets(0)
	k.targets["pg"], k.targets["old"] = ha.Target{RTOPlanned: new(int)}, ha.Target{RPOPlanned: new(int)}
	at := noon.Add(-time.Hour)
	k.events = []api.Event{
		event(noon.AddDate(0, 0, -91), ha.ResourceFailed, "db"), event(at.Add(2*time.Second), ha.ResourceStopped, "db"), event(at.Add(6*time.Second), ha.ResourceStarted, "db"),
		event(noon.Add(-time.Minute), ha.ResourceFailed, "web"),
	}
	k.operations = []api.Operation{{Kind: "resource.move", Object: "pg", Started: at, Ended: at.Add(8 * time.Second)}}
	list, err := targets.List(t.Context(), "demo")
	if err != nil || len(list) != 3 || list[0].Service != "old" || list[1].Service != "pg" || list[2].Service != "web" {
		t.Fatalf("got %+v, err %v", list, err)
	}
	if old := list[0]; !old.Gone || old.Target == nil || old.Standing.RPOPlanned.Answer != ha.TargetUnknown {
		t.Errorf("got %+v", old)
	}
	pg := list[1]
	if r := pg.Standing.RTOPlanned; pg.Gone || r.Number != 1 || r.Worst.Seconds != 4 || r.Answer != ha.TargetMissed || pg.Standing.RTOUnplanned.Number != 0 {
		t.Errorf("got %+v", pg)
	}
	if r := list[2].Standing.RTOUnplanned; list[2].Target != nil || r.Number != 1 || r.Last.Seconds != 60 || !r.Last.Until.IsZero() || r.Answer != "" {
		t.Errorf("got %+v", list[2])
	}
	if !pg.Since.Equal(noon.Add(-ha.TargetSpan)) {
		t.Errorf("since %v", pg.Since)
	}
}

// TestSince: no further back than events are kept, than the cluster is there, or than was read.
func TestSince(t *testing.T) {
	k, targets := newTargets(30 * 24 * time.Hour)
	since := func() time.Time {
		t.Helper()
		list, err := targets.List(t.Context(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Since
	}
	if got := since(); !got.Equal(noon.AddDate(0, 0, -30)) {
		t.Errorf("kept: since %v", got)
	}
	k.created = noon.AddDate(0, 0, -7)
	if got := since(); !got.Equal(k.created) {
		t.Errorf("made: since %v", got)
	}
	for i := range 50_001 {
		k.events = append(k.events, event(noon.Add(time.Duration(i-50_001)*time.Second), ha.DCChanged, "n1"))
	}
	if got := since(); !got.Equal(noon.Add(-50_000 * time.Second)) {
		t.Errorf("read: since %v", got)
	}
}

// TestSet: only for what is a service, and only what promises something; browsers are told.
func TestSet(t *testing.T) {
	k, targets := newTargets(0)
	some, tooLong := ha.Target{RTOUnplanned: new(int)}, 31_536_001
	set := some
	set.Since = noon
	for _, c := range []struct {
		cluster, service string
		target           ha.Target
		want             fault.Code
	}{
		{"other", "pg", some, fault.NotFound},
		{"demo", "db", some, fault.NotFound}, // inside of a group
		{"demo", "pg", ha.Target{}, fault.Invalid},
		{"demo", "pg", ha.Target{RPOPlanned: &tooLong}, fault.Invalid},
	} {
		if err := targets.Set(t.Context(), c.cluster, c.service, c.target); fault.CodeOf(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if len(k.targets) > 0 || len(k.told) > 0 {
		t.Fatalf("kept %v, told %v", k.targets, k.told)
	}
	if err := targets.Set(t.Context(), "demo", "pg", some); err != nil || k.targets["pg"] != set {
		t.Errorf("kept %v, err %v", k.targets, err)
	}
	if err := targets.Remove(t.Context(), "demo", "pg"); err != nil || len(k.targets) > 0 {
		t.Errorf("kept %v, err %v", k.targets, err)
	}
	if err := targets.Remove(t.Context(), "demo", "pg"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("removed twice: %v", err)
	}
	if len(k.told) != 2 || k.told[0] != (api.Live{Topic: "target", Cluster: "demo", ID: "pg"}) {
		t.Errorf("told %+v", k.told)
	}
}
