package logs_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/fleet"
	"hawser/server/logs"
)

var dawn = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// past is what is kept, and what Pacemaker decided; n3 does not say.
type past struct {
	entries   []api.TimelineEntry
	sorted    int // of entries, when they were last in order
	decisions []ha.Decision
}

func (p *past) Known(cluster string) (fleet.Known, error) {
	if cluster != "demo" {
		return fleet.Known{}, fault.New(fault.NotFound, "cluster.not_found", "no cluster")
	}
	return fleet.Known{}, nil
}

func (p *past) Timeline(_ context.Context, _, source string, since, until time.Time, limit int) ([]api.TimelineEntry, error) {
	if p.sorted != len(p.entries) {
		slices.SortFunc(p.entries, func(a, b api.TimelineEntry) int {
			if c := b.At.Compare(a.At); c != 0 {
				return c
			}
			return strings.Compare(b.ID, a.ID)
		})
		p.sorted = len(p.entries)
	}
	var list []api.TimelineEntry
	for _, e := range p.entries {
		if e.Source == source && !e.At.Before(since) && (until.IsZero() || e.At.Before(until)) {
			list = append(list, e)
		}
	}
	return list[:min(len(list), limit)], nil
}

func (p *past) Decisions(_ context.Context, _, _ string, since, until time.Time, limit int) ([]ha.Decision, []string, error) {
	var list []ha.Decision
	for _, d := range p.decisions {
		if !d.At.Before(since) && (until.IsZero() || d.At.Before(until)) {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b ha.Decision) int { return b.At.Compare(a.At) })
	return list[:min(len(list), limit)], []string{"n3"}, nil
}

func (p *past) event(id int, at time.Duration, kind, object string, severity ha.Severity, args map[string]string) {
	e := api.Event{ID: int64(id), At: dawn.Add(at), Kind: kind, Object: object, Severity: severity, Args: args}
	p.entries = append(p.entries, api.TimelineEntry{ID: fmt.Sprintf("event-%012d", id), At: e.At, Source: api.FromEvent, Severity: severity, Kind: kind, Object: object, Event: &e})
}

func (p *past) show(t *testing.T, q api.TimelineQuery, audit bool) api.Timeline {
	t.Helper()
	line := logs.Timeline{Kept: p, Decider: p, Picture: p}
	out, err := line.Show(t.Context(), "admin", "demo", q, audit)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func ids(line api.Timeline) string {
	var list []string
	for _, e := range line.Items {
		list = append(list, strings.TrimLeft(strings.TrimPrefix(e.ID, e.Source+"-"), "0"))
	}
	return strings.Join(list, " ")
}

func incident() *past {
	p := &past{}
	p.event(1, 0, "node.lost", "n1", ha.Critical, map[string]string{"node": "n1"})
	p.event(2, 3*time.Second, "resource.moved", "vip", ha.Warning, map[string]string{"resource": "vip", "from": "n1", "to": "n2"})
	p.decisions = []ha.Decision{{At: dawn.Add(time.Second), Node: "n2", Input: "pe-warn-7.bz2", Kind: "warn", Actions: []ha.ForecastAction{
		{Kind: "fence", To: "n1"}, {Kind: "move", Resource: "vip", From: "n1", To: "n2"},
	}}}
	for id, e := range map[string]api.TimelineEntry{
		"operation-o1": {At: dawn.Add(time.Minute), Kind: "resource.cleanup", Object: "vip", Actor: "li", Operation: &api.Operation{Kind: "resource.cleanup"}},
		"revision-4":   {At: dawn.Add(2 * time.Minute), Kind: "outside", Actor: "root", Revision: &api.Revision{Number: 4, Differences: []ha.Difference{{ID: "vip", Field: "meta.target-role", After: "Stopped"}}}},
		"audit-9":      {At: dawn.Add(3 * time.Minute), Kind: "node.fence", Object: "n2", Actor: "wang", Severity: ha.Warning, Audit: &api.AuditEntry{Outcome: "denied"}},
	} {
		e.ID, e.Source = id, strings.SplitN(id, "-", 2)[0]
		if e.Severity == "" {
			e.Severity = ha.Info
		}
		p.entries = append(p.entries, e)
	}
	return p
}

// TestTimeline: everything in one order, and every filter.
func TestTimeline(t *testing.T) {
	p := incident()
	decision := fmt.Sprintf("n2-%d-pe-warn-7.bz2", dawn.Add(time.Second).UnixMicro())
	all := p.show(t, api.TimelineQuery{}, true)
	if got, want := ids(all), "9 4 o1 2 "+decision+" 1"; got != want || all.Next != "" || !slices.Equal(all.Silent, []string{"n3"}) {
		t.Errorf("all: %q, want %q; %+v", got, want, all.Silent)
	}
	if got := ids(p.show(t, api.TimelineQuery{}, false)); strings.HasPrefix(got, "9") {
		t.Errorf("the audit log is shown to somebody who may not see it: %q", got)
	}
	for _, c := range []struct {
		name string
		q    api.TimelineQuery
		want string
	}{
		{"Source", api.TimelineQuery{Source: []string{"operation", "revision"}}, "4 o1"},
		{"Kind", api.TimelineQuery{Kind: "node.lost"}, "1"},
		{"Kinds", api.TimelineQuery{Kind: "node.*"}, "9 1"},
		{"Severity", api.TimelineQuery{Severity: "critical"}, decision + " 1"},
		{"Node", api.TimelineQuery{Node: "n1"}, "2 " + decision + " 1"},
		{"Resource", api.TimelineQuery{Resource: "vip"}, "4 o1 2 " + decision},
		{"Actor", api.TimelineQuery{Actor: "li"}, "o1"},
		{"Since", api.TimelineQuery{Since: dawn.Add(time.Minute)}, "9 4 o1"},
		{"Until", api.TimelineQuery{Until: dawn.Add(time.Second)}, "1"},
		{"TextInChinese", api.TimelineQuery{Text: "节点 n1"}, "1"},
		{"TextInEnglish", api.TimelineQuery{Text: "HAS MOVED"}, "2"},
		{"TextOfDecision", api.TimelineQuery{Text: "pe-warn-7"}, decision},
		{"TextOfDifference", api.TimelineQuery{Text: "target-role"}, "4"},
		{"Nothing", api.TimelineQuery{Text: "no such thing"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ids(p.show(t, c.q, true)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	line := logs.Timeline{Kept: p, Decider: p, Picture: p}
	for reason, q := range map[string]api.TimelineQuery{"cursor.invalid": {Cut: api.Cut{Cursor: "7"}}, "logs.backwards": {Since: dawn, Until: dawn}} {
		if _, err := line.Show(t.Context(), "admin", "demo", q, true); len(fault.Public(err).Fields) != 1 || fault.Public(err).Fields[0].Reason != reason {
			t.Errorf("%s: %v", reason, err)
		}
	}
	if _, err := line.Show(t.Context(), "admin", "other", api.TimelineQuery{}, true); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("another cluster: %v", err)
	}
}

// TestTimelinePages: whatever the size of a page, each entry comes once and in order, also where many happened at the same moment.
func TestTimelinePages(t *testing.T) {
	p := incident()
	for i := range 230 {
		p.event(100+i, time.Hour+time.Duration(i/50)*time.Microsecond, "link.lost", "n1|n2|0", ha.Warning, nil)
	}
	for i := range 220 {
		p.decisions = append(p.decisions, ha.Decision{At: dawn.Add(time.Hour + time.Duration(i)*time.Nanosecond*700), Node: "n1", Input: fmt.Sprint("pe-input-", i), Kind: "input"})
	}
	want := strings.Fields(ids(p.show(t, api.TimelineQuery{Cut: api.Cut{Limit: 5000}}, true)))
	for _, limit := range []int{1, 7, 100, 500} {
		var got []string
		q := api.TimelineQuery{Cut: api.Cut{Limit: limit}}
		for {
			part := p.show(t, q, true)
			got = append(got, strings.Fields(ids(part))...)
			if len(part.Items) > limit {
				t.Fatalf("%d of %d", len(part.Items), limit)
			}
			if part.Next == "" {
				break
			}
			q.Cursor = part.Next
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %d entries, want %d", limit, len(got), len(want))
		}
	}
	if len(want) != 6+230+220 {
		t.Errorf("%d entries in all", len(want))
	}
	// A filter that fits little looks through so much and no more, and says where to go on.
	for i := range 6000 {
		p.event(10_000+i, 2*time.Hour+time.Duration(i)*time.Second, "link.lost", "n1|n2|0", ha.Warning, nil)
	}
	q := api.TimelineQuery{Node: "n1", Kind: "node.lost"}
	part := p.show(t, q, true)
	if len(part.Items) != 0 || part.Next == "" {
		t.Fatalf("%d entries, next %q", len(part.Items), part.Next)
	}
	q.Cursor = part.Next
	if part = p.show(t, q, true); ids(part) != "1" || part.Next != "" {
		t.Errorf("%q, next %q", ids(part), part.Next)
	}
}
