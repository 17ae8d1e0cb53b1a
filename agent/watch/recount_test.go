package watch

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// ledger is a node of which a test writes the history and the counts of db.
type ledger struct {
	*world
	mu       sync.Mutex
	history  []string
	counts   map[string]string
	asked    int
	recounts []string
	fails    func() // what happens when a failure is reported
}

// happened is an entry of the history.
func happened(id, operation string, call, interval, code int) string {
	return fmt.Sprintf(`<lrm_rsc_op id="db_%s" operation=%q call-id="%d" rc-code="%d" op-status="0" interval="%d" transition-key="3:%d:0:key"/>`, id, operation, call, code, interval, call)
}

func (l *ledger) write(counts map[string]string, history ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts, l.history, l.asked = counts, history, 0
}

func (l *ledger) CIB(ctx context.Context) ([]byte, error) {
	data, err := l.world.CIB(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	text := string(data)
	begin, end := strings.Index(text, `<transient_attributes id="1">`), strings.Index(text, `</node_state>`)
	return []byte(text[:begin] + `<transient_attributes id="1">` + nvpairs("instance_attributes", "t", l.counts) + `</transient_attributes><lrm id="1"><lrm_resources><lrm_resource id="db">` +
		strings.Join(l.history, "") + `</lrm_resource></lrm_resources></lrm>` + text[end:]), nil
}

func (l *ledger) Fail(context.Context, string) error {
	l.fails()
	return nil
}

func (l *ledger) Recount(_ context.Context, attribute string, failures int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recounts = append(l.recounts, fmt.Sprintf("%s=%d", attribute, failures))
	return nil
}

func (l *ledger) seen() (int, []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked, l.recounts
}

// TestRecount: a failure that was reported counts once afterwards, however often Pacemaker has counted it; nothing else is taken back.
func TestRecount(t *testing.T) {
	const reported, monitored = "fail-count-db#asyncmon_0", "fail-count-db#monitor_10000"
	started, watched := happened("last_0", "start", 10, 0, 0), happened("monitor_10000", "monitor", 11, 10000, 0)
	again, watchedAgain := happened("last_0", "start", 20, 0, 0), happened("monitor_10000", "monitor", 21, 10000, 0)
	byMonitor, byReport := happened("last_failure_0", "monitor", 11, 10000, 7), happened("last_failure_0", "asyncmon", 14, 0, 1)
	type counts = map[string]string
	for name, c := range map[string]struct {
		before, after counts
		history       []string // afterwards
		want          string
	}{
		"once":                         {nil, counts{reported: "1"}, []string{again, watchedAgain, byReport}, ""},
		"found after the report":       {nil, counts{reported: "1", monitored: "1"}, []string{again, watchedAgain, byMonitor}, reported + "=0"},
		"found before the report":      {nil, counts{reported: "1", monitored: "1"}, []string{again, watchedAgain, byReport}, reported + "=0"},
		"not the first":                {counts{reported: "2", monitored: "4"}, counts{reported: "3", monitored: "5"}, []string{again, watchedAgain, byReport}, reported + "=2"},
		"stopped for good":             {nil, counts{reported: "1", monitored: "1"}, []string{happened("last_0", "stop", 16, 0, 0), byMonitor}, reported + "=0"},
		"found earlier":                {counts{monitored: "1"}, counts{reported: "1", monitored: "1"}, []string{again, watchedAgain, byReport}, ""},
		"forgotten meanwhile":          {nil, nil, []string{again, watchedAgain}, ""},
		"the next life fails":          {nil, counts{reported: "1", monitored: "1"}, []string{again, watchedAgain, happened("last_failure_0", "monitor", 21, 10000, 7)}, ""},
		"a life in between has failed": {nil, counts{reported: "1", monitored: "1"}, []string{happened("last_0", "start", 30, 0, 0), happened("last_failure_0", "monitor", 21, 10000, 7)}, ""},
		"counted twice":                {nil, counts{reported: "2"}, []string{again, watchedAgain, byReport}, reported + "=1"},
		"counted twice, not the first": {counts{reported: "1"}, counts{reported: "3"}, []string{again, watchedAgain, byReport}, reported + "=2"},
		"counted twice, and found":     {nil, counts{reported: "2", monitored: "1"}, []string{again, watchedAgain, byReport}, reported + "=0"},
		"reported by others as well":   {nil, counts{reported: "3"}, []string{again, watchedAgain, byReport}, ""},
		"cleaned up meanwhile":         {counts{monitored: "1"}, counts{reported: "2"}, []string{again, watchedAgain, byReport}, ""},
		"of another":                   {nil, counts{reported: "1", "fail-count-db2#monitor_10000": "1", "fail-count-db#start_0": "INFINITY"}, []string{again, byReport}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &ledger{world: newWorld(t)}
			l.kill()
			l.write(c.before, started, watched)
			// Until it has been stopped nothing is known, whatever has been counted.
			l.fails = func() { l.write(c.after, happened("last_0", "asyncmon", 14, 0, 1), watched, byReport) }
			pace := hurry
			pace.Recount = 10 * time.Millisecond
			g := &guard{bell: &bell{}, world: l.world, noticed: make(chan Noticed, 10)}
			g.Watcher = New(Options{Host: l, Node: "n1", Sources: []Source{g.bell}, InFlight: l.inFlight, Pace: pace})
			g.start(t)
			g.ring("db", ha.WatchProcess)
			asked := func(times int) {
				t.Helper()
				testkit.Eventually(t, func() error {
					if n, _ := l.seen(); n < times {
						return fmt.Errorf("asked %d times", n)
					}
					return nil
				})
			}
			g.calm(t)
			asked(3)
			if _, done := l.seen(); len(done) > 0 {
				t.Errorf("%v before it was stopped", done)
			}
			l.write(c.after, c.history...)
			g.looks.Wait()
			if _, done := l.seen(); strings.Join(done, " ") != c.want {
				t.Errorf("%v, not %s", done, c.want)
			}
		})
	}
}
