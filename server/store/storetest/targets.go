package storetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/fleet"
)

// targets: what was promised outlives the server, nothing is not zero, and it goes with its cluster.
func targets(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	for _, name := range []string{"a", "b"} {
		must(t, s.CreateCluster(ctx, fleet.Cluster{Name: name, Created: start}, nil))
	}
	of := func(n int) *int { return &n }
	must(t, s.SetTarget(ctx, "a", "g", ha.Target{RTOPlanned: of(5), RTOUnplanned: of(60)}))
	must(t, s.SetTarget(ctx, "b", "g", ha.Target{RPOPlanned: of(31_536_000)}))
	last := ha.Target{RTOUnplanned: of(30), RPOUnplanned: of(0), Since: start}
	must(t, s.SetTarget(ctx, "a", "g", last))
	code(t, s.SetTarget(ctx, "c", "g", last), fault.NotFound)
	got, err := d.Open(t).Targets(ctx, "a")
	if want := map[string]ha.Target{"g": last}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v, err %v", got, want, err)
	}
	code(t, s.RemoveTarget(ctx, "a", "h"), fault.NotFound)
	must(t, s.RemoveTarget(ctx, "a", "g"))
	code(t, s.RemoveTarget(ctx, "a", "g"), fault.NotFound)
	if got, err := s.Targets(ctx, "b"); err != nil || len(got) != 1 {
		t.Errorf("of the other cluster: %+v, err %v", got, err)
	}
	must(t, s.DeleteCluster(ctx, "b"))
	if got, err := s.Targets(ctx, "b"); err != nil || len(got) != 0 {
		t.Errorf("of a cluster that is gone: %+v, err %v", got, err)
	}
}

// exposures: each span is kept once, is found again while it goes on or has ended late enough, and goes with time and with its cluster.
func exposures(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	for _, name := range []string{"a", "b"} {
		must(t, s.CreateCluster(ctx, fleet.Cluster{Name: name, Created: start}, nil))
	}
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	span := func(volume string, from, to int, bytes int64) ha.Exposure {
		e := ha.Exposure{Volume: volume, Started: at(from), Bytes: bytes}
		if to > 0 {
			e.Ended = at(to)
		}
		return e
	}
	must(t, s.PutExposures(ctx, "a", []ha.Exposure{span("r1", 20, 0, 5), span("r0", 10, 15, 1), span("r0", 30, 0, 7)}))
	must(t, s.PutExposures(ctx, "b", []ha.Exposure{span("r0", 1, 2, 0)}))
	code(t, s.PutExposures(ctx, "c", []ha.Exposure{span("r0", 1, 2, 0)}), fault.NotFound)
	must(t, s.PutExposures(ctx, "a", []ha.Exposure{span("r0", 30, 40, 9)}))
	want := func(cluster string, since int, list ...ha.Exposure) {
		t.Helper()
		if got, err := s.Exposures(ctx, cluster, at(since)); err != nil || !slices.Equal(got, list) {
			t.Errorf("%s since %d: got %+v, want %+v, err %v", cluster, since, got, list, err)
		}
	}
	want("a", 0, span("r0", 10, 15, 1), span("r1", 20, 0, 5), span("r0", 30, 40, 9))
	want("a", 15, span("r1", 20, 0, 5), span("r0", 30, 40, 9))
	if _, err := s.Prune(ctx, at(40), 100); err != nil {
		t.Fatal(err)
	}
	want("a", 0, span("r1", 20, 0, 5), span("r0", 30, 40, 9))
	must(t, s.DeleteCluster(ctx, "a"))
	want("a", 0)
}

// news: it is told which clusters have had events since one that is known.
func news(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	add := func(cluster, key string) {
		t.Helper()
		_, _, err := s.AddEvent(ctx, "", 0, key, api.Event{At: start, Cluster: cluster, Kind: "dc.changed", Severity: ha.Info})
		must(t, err)
	}
	add("a", "1")
	add("b", "2")
	clusters, last, err := s.EventsAfter(ctx, 0)
	if err != nil || !slices.Equal(clusters, []string{"a", "b"}) || last == 0 {
		t.Errorf("%v, %d, %v", clusters, last, err)
	}
	if clusters, again, err := s.EventsAfter(ctx, last); err != nil || len(clusters) > 0 || again != last {
		t.Errorf("nothing new: %v, %d, %v", clusters, again, err)
	}
	add("b", "3")
	if clusters, again, err := s.EventsAfter(ctx, last); err != nil || !slices.Equal(clusters, []string{"b"}) || again <= last {
		t.Errorf("one more: %v, %d, %v", clusters, again, err)
	}
}
