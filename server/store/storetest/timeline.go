package storetest

import (
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/fleet"
	"hawser/server/reconcile"
)

// timeline: each source by itself, of one cluster, newest first, within a span; what another line tells already is left out.
func timeline(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	for _, name := range []string{"demo", "demo2", "de_o"} {
		must(t, s.CreateCluster(ctx, fleet.Cluster{Name: name, Created: start}, nil))
	}
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	for i, e := range []api.Event{
		{At: at(3), Cluster: "demo", Kind: "node.lost", Object: "n1", Severity: ha.Critical},
		{At: at(1), Cluster: "demo", Kind: "node.joined", Object: "n1"},
		{At: at(2), Cluster: "demo2", Kind: "node.lost"},
		{At: at(3), Cluster: "demo", Kind: "node.lost", Object: "n2", Severity: ha.Critical},
	} {
		_, _, err := s.AddEvent(ctx, "", 0, string(rune('a'+i)), e)
		must(t, err)
	}
	must(t, s.SaveOperation(ctx, api.Operation{ID: "o1", Kind: "node.standby", Cluster: "demo", Object: "n1", Actor: "ann", State: "failed", Fault: fault.New(fault.Failed, "resource.not_running", "no"), Started: at(1), Ended: at(2)}, nil))
	must(t, s.SaveOperation(ctx, api.Operation{ID: "o2", Kind: "node.standby", Cluster: "demo2", State: "running", Started: at(1)}, nil))
	for i, r := range []api.Revision{
		{At: at(1), Author: "root", Origin: "outside", Action: "outside", State: "applied"}, {At: at(2), Author: "ann", Origin: "hawser", Action: "resource.edit", State: "applied", Operation: "o1"},
	} {
		r.Version = ha.Version{Epoch: i + 1}
		_, err := s.AddRevision(ctx, "demo", r, reconcile.Bodies{})
		must(t, err)
	}
	for i, e := range []api.AuditEntry{
		{Action: "cluster.remove", Object: "demo", Outcome: "denied"},
		{Action: "node.standby", Object: "demo/n1", Outcome: "ok"},
		{Action: "node.standby", Object: "demo/n2", Outcome: "denied"},
		{Action: "logs.delete", Object: "demo/b1", Outcome: "ok"},
		{Action: "logs.delete", Object: "demo2/b1", Outcome: "ok"},
		{Action: "logs.delete", Object: "deXo/b1", Outcome: "ok"},
	} {
		must(t, s.AppendAudit(ctx, func(last api.AuditEntry) (api.AuditEntry, error) {
			e.ID, e.At, e.Actor = last.ID+1, at(i), "ann"
			return e, nil
		}))
	}
	for _, c := range []struct {
		cluster, source string
		since, until    time.Time
		limit           int
		want            []string
	}{
		{"demo", api.FromEvent, time.Time{}, time.Time{}, 9, []string{"n2", "n1", "n1"}},
		{"demo", api.FromEvent, at(2), time.Time{}, 9, []string{"n2", "n1"}},
		{"demo", api.FromEvent, time.Time{}, at(3), 9, []string{"n1"}},
		{"demo", api.FromEvent, time.Time{}, time.Time{}, 1, []string{"n2"}},
		{"demo", api.FromOperation, time.Time{}, time.Time{}, 9, []string{"n1"}},
		{"demo", api.FromOperation, at(2), time.Time{}, 9, nil},
		{"demo", api.FromOperation, time.Time{}, at(1), 9, nil},
		{"demo", api.FromRevision, time.Time{}, time.Time{}, 9, []string{""}},
		{"demo", api.FromAudit, time.Time{}, time.Time{}, 9, []string{"b1", "n2", ""}},
		{"de_o", api.FromAudit, time.Time{}, time.Time{}, 9, nil},
	} {
		list, err := s.Timeline(ctx, c.cluster, c.source, c.since, c.until, c.limit)
		must(t, err)
		var got []string
		for _, e := range list {
			got = append(got, e.Object)
			if e.Source != c.source || e.At.IsZero() || e.ID == "" || e.Kind == "" {
				t.Errorf("%+v", e)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s of %s: %q, want %q", c.source, c.cluster, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s of %s: %q, want %q", c.source, c.cluster, got, c.want)
			}
		}
	}
	list, err := s.Timeline(ctx, "demo", api.FromOperation, time.Time{}, time.Time{}, 1)
	must(t, err)
	if o := list[0].Operation; o == nil || o.Fault == nil || list[0].Severity != ha.Warning || list[0].Actor != "ann" {
		t.Errorf("%+v", list[0])
	}
}

// allSecrets: each as it was put.
func allSecrets(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	must(t, s.PutSecret(ctx, "a", []byte("one")))
	must(t, s.PutSecret(ctx, "b", []byte{0, 1}))
	list, err := s.AllSecrets(ctx)
	must(t, err)
	seen := map[string]bool{}
	for _, one := range list {
		seen[string(one)] = true
	}
	if len(list) != 2 || !seen["one"] || !seen["\x00\x01"] {
		t.Errorf("%q", list)
	}
}
