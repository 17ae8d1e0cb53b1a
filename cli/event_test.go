package cli_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"hawser/cli"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// TestEventFilters: the flags of watch mean what they mean to list: this severity or worse, this kind or all kinds below it.
func TestEventFilters(t *testing.T) {
	event := func(id int64, kind string, severity ha.Severity) api.Event {
		return api.Event{ID: id, At: day, Cluster: "demo", Kind: kind, Severity: severity, Object: "n1", Args: map[string]string{"node": "n1"}}
	}
	live := []api.Event{
		event(11, "node.joined", ha.Info), event(12, "node.lost", ha.Warning), event(13, "node.unclean", ha.Critical), event(14, "resource.stopped", ha.Critical),
	}
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"All", nil, 4},
		{"OrWorse", []string{"--severity", "warning"}, 3},
		{"Worst", []string{"--severity", "critical"}, 2},
		{"Kind", []string{"--kind", "node.lost"}, 1},
		{"Kinds", []string{"--kind", "node.*"}, 3},
		{"Both", []string{"--kind", "node.*", "--severity", "critical"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := watched(t, live, c.args...); got != c.want {
				t.Errorf("%d events, want %d", got, c.want)
			}
		})
	}
	t.Run("Unknown", func(t *testing.T) {
		if r := signedIn(t).run("event", "watch", "--severity", "bad"); r.code != cli.ExitUsage || !strings.Contains(r.err, "severity") {
			t.Errorf("exit code %d: %s", r.code, r.err)
		}
	})
}

// watched is how many of these events a watch with these flags prints.
func watched(t *testing.T, events []api.Event, args ...string) int {
	t.Helper()
	p := signedIn(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan result, 1)
	go func() { done <- p.runWith(ctx, append([]string{"event", "watch", "-o", "json"}, args...)...) }()
	var feed chan api.Live
	testkit.Eventually(t, func() error {
		p.server.mu.Lock()
		defer p.server.mu.Unlock()
		if len(p.server.listeners) == 0 || !p.server.called["event.list"] {
			return errors.New("nobody listens")
		}
		feed = p.server.listeners[0]
		return nil
	})
	last := api.Event{ID: 99, At: day, Cluster: "demo", Kind: "node.lost", Severity: ha.Critical, Object: "n3"} // every flag lets it pass
	for _, e := range append(slices.Clone(events), last) {
		feed <- api.Live{Topic: "event", Event: &e}
	}
	testkit.Eventually(t, func() error {
		if !strings.Contains(p.screen.String(), `"id":99`) {
			return errors.New("the last event has not come")
		}
		return nil
	})
	cancel()
	return strings.Count((<-done).out, "\n") - 1
}

// TestSeenByOne: an event that only one node without quorum has seen says so.
func TestSeenByOne(t *testing.T) {
	p := signedIn(t)
	p.server.events = []api.Event{{ID: 1, At: day, Cluster: "demo", Kind: "node.lost", Severity: ha.Critical, Object: "n1", Args: map[string]string{"node": "n1", api.ArgSeenBy: "n2"}}}
	if out := p.must("event", "list"); !strings.Contains(out, "Node n1 has left the cluster. Only n2 saw it") {
		t.Errorf("got %s", out)
	}
}
