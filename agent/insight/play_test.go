package insight_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/insight"
	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// at is the moment for which the scheduler decides in these tests.
var at = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func scheduler(t *testing.T) pacemaker.Tools {
	t.Helper()
	testkit.Need(t, "pacemaker-tools")
	return pacemaker.Tools{Runner: run.System{}, Temp: t.TempDir()}
}

// read returns a CIB of testdata.
func read(t *testing.T, name string) *pacemaker.CIB {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		t.Fatal(err)
	}
	return cib
}

// play forecasts a scenario on testdata/three.xml: three nodes, a fence device on n2, a group of fs and db and vip on n1 whose
// operations have measured times, a promotable clone that is promoted on n2, and a clone everywhere.
func play(t *testing.T, change func(*insight.Play)) (ha.Forecast, error) {
	t.Helper()
	cib := read(t, "three.xml")
	p := insight.Play{Now: cib, Changed: cib.Clone(), Quorate: true, Times: &pacemaker.Times{}, At: at, NodeDetection: 2 * time.Second}
	change(&p)
	return insight.Forecast(t.Context(), scheduler(t), p)
}

// told writes the actions as "kind resource from>to".
func told(f ha.Forecast) string {
	var list []string
	for _, a := range f.Actions {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s>%s", a.Kind, a.Resource, a.From, a.To)))
	}
	return strings.Join(list, "; ")
}

// TestForecastOfRemotes: a remote or guest node that is lost is fenced, or brought back with what carries it, and what ran there goes on
// elsewhere; the members' quorum is not touched. testdata/remote.xml has r1 through n1 with d1, and g1 carried by vm on n2 with d2.
func TestForecastOfRemotes(t *testing.T) {
	for node, want := range map[string][]string{
		"r1": {"fence  >r1", "move d1 r1>"},
		"g1": {"recover vm n2>n2", "recover d2 g1>g1"},
	} {
		cib := read(t, "remote.xml")
		f, err := insight.Forecast(t.Context(), scheduler(t), insight.Play{
			Now: cib, Changed: cib.Clone(), Lose: []string{node}, Quorate: true, Times: &pacemaker.Times{}, At: at, NodeDetection: 2 * time.Second,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(told(f), w) {
				t.Errorf("%s: no %q in %s", node, w, told(f))
			}
		}
		if !f.Quorate || f.Detection == nil || f.Detection.Kind != "monitor" {
			t.Errorf("%s: quorate %t, detected by %+v", node, f.Quorate, f.Detection)
		}
	}
	cib := read(t, "remote.xml")
	if _, err := insight.Forecast(t.Context(), scheduler(t), insight.Play{Now: cib, Changed: cib.Clone(), Lose: []string{"r9"}, Times: &pacemaker.Times{}, At: at}); fault.Public(err) == nil {
		t.Errorf("a node that is not there: %v", err)
	}
}

func edit(t *testing.T, p *insight.Play, edits ...ha.Edit) {
	t.Helper()
	if err := p.Changed.Apply(edits); err != nil {
		t.Fatal(err)
	}
}

func TestForecast(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(*insight.Play)
		actions  string
		services []ha.Interruption
	}{
		{"nothing", func(*insight.Play) {}, "", nil},
		{
			"standby", func(p *insight.Play) {
				edit(t, p, ha.Edit{Op: ha.SetNodeAttributes, Node: "n1", Values: map[string]string{"standby": "on"}})
			},
			"move fs n1>n3; move db n1>n3; move vip n1>n3; stop ping n1>; stop st n1>",
			// vip, db and fs stop one after the other (60, 900, 300 ms), probes go on meanwhile; fs, db and vip start (400, 1500, 80 ms).
			[]ha.Interruption{{Service: "g", Ends: true, OutageMS: 60 + 900 + 300 + 400 + 1500 + 80, Exact: true}},
		},
		{
			"a node's services are stopped", func(p *insight.Play) { p.Stop = []string{"n1"} },
			"move fs n1>n3; move db n1>n3; move vip n1>n3; stop ping n1>; stop st n1>",
			[]ha.Interruption{{Service: "g", Ends: true, OutageMS: 60 + 900 + 300 + 400 + 1500 + 80, Exact: true}},
		},
		{
			"a group is restarted", func(p *insight.Play) {
				p.Begin = p.Changed.Clone()
				if err := p.Begin.Apply([]ha.Edit{{Op: ha.SetMeta, ID: "g", Values: map[string]string{"target-role": "Stopped"}}}); err != nil {
					t.Fatal(err)
				}
				p.Then = [][]ha.Edit{{{Op: ha.SetMeta, ID: "g", Unset: []string{"target-role"}}}}
			},
			"stop fs n1>; stop db n1>; stop vip n1>; start fs >n1; start db >n1; start vip >n1",
			[]ha.Interruption{{Service: "g", Ends: true, OutageMS: 60 + 900 + 300 + 400 + 1500 + 80, Exact: true}},
		},
		{
			"node lost", func(p *insight.Play) { p.Lose = []string{"n1"} },
			"fence  >n1; move fs n1>n3; move db n1>n3; move vip n1>n3; stop ping n1>; stop st n1>",
			[]ha.Interruption{{Service: "g", Ends: true, DetectMS: 2000, OutageMS: 2000 + 400 + 1500 + 80, Missing: []string{"fence n1"}}},
		},
		{
			"monitor of a member fails", func(p *insight.Play) { p.Fail = []ha.FailedMonitor{{Resource: "db"}} },
			"recover db n1>n1; restart vip n1>n1",
			// vip stops, db stops and starts, vip starts; the failure is noticed after half of 10 s.
			[]ha.Interruption{{Service: "g", Ends: true, DetectMS: 5000, OutageMS: 5000 + 60 + 900 + 1500 + 80, Exact: true}},
		},
		{
			"quorum lost", func(p *insight.Play) { p.Quorate = false },
			"stop fence n2>; stop fs n1>; stop db n1>; stop vip n1>; stop ping n1>; stop ping n2>; stop ping n3>; stop st n1>; stop st n2>; stop st n3>",
			[]ha.Interruption{{Service: "g", Exact: true}, {Service: "ping-clone", Exact: true}, {Service: "st-clone", Exact: true}},
		},
		{
			"the promoted instance's node is lost", func(p *insight.Play) { p.Lose = []string{"n2"} },
			"fence  >n2; move fence n2>n1; stop ping n2>; promote st n1>n1; stop st n2>",
			[]ha.Interruption{{Service: "st-clone", Ends: true, DetectMS: 2000, OutageMS: 2000 + 150, Missing: []string{"fence n2"}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := play(t, c.change)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(told(f))
			for _, s := range f.Services {
				t.Logf("%+v", s)
			}
			for _, s := range f.Steps {
				t.Logf("%+v", s)
			}
			if got := told(f); got != c.actions {
				t.Errorf("actions\ngot  %s\nwant %s", got, c.actions)
			}
			if c.services != nil && !slices.EqualFunc(f.Services, c.services, func(a, b ha.Interruption) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
				t.Errorf("services\ngot  %+v\nwant %+v", f.Services, c.services)
			}
			if !f.Rest || f.Busy {
				t.Errorf("rest %v, busy %v", f.Rest, f.Busy)
			}
		})
	}
}

// TestForecastOfCleanup: a node on which a resource has failed too often may run it again once that is forgotten; what only a probe can
// tell is named.
func TestForecastOfCleanup(t *testing.T) {
	text := string(read(t, "three.xml").Bytes())
	count := `<nvpair id="status-%[1]s-fc" name="fail-count-db#start_0" value="INFINITY"/></instance_attributes></transient_attributes><lrm id="%[1]s">`
	marked := regexp.MustCompile(`</instance_attributes>\s*</transient_attributes>\s*<lrm id="3">`).ReplaceAllString(text, fmt.Sprintf(count, "3"))
	if marked == text {
		t.Fatal("the test's data has no place for a count of failures on n3")
	}
	to := func(forget bool) string {
		t.Helper()
		cib, err := pacemaker.ParseCIB([]byte(marked))
		if err != nil {
			t.Fatal(err)
		}
		p := insight.Play{Now: cib, Changed: cib.Clone(), Quorate: true, Times: &pacemaker.Times{}, At: at}
		edit(t, &p, ha.Edit{Op: ha.SetNodeAttributes, Node: "n1", Values: map[string]string{"standby": "on"}})
		if forget {
			p.Begin = p.Changed.Clone()
			if doubtful := p.Begin.Forget(func(id string) bool { return id == "db" }, ""); len(doubtful) > 0 {
				t.Errorf("in doubt: %v", doubtful)
			}
		}
		f, err := insight.Forecast(t.Context(), scheduler(t), p)
		if err != nil {
			t.Fatal(err)
		}
		return told(f)
	}
	if got := to(false); !strings.Contains(got, "move db n1>n2") {
		t.Errorf("with the failures: %s", got)
	}
	if got := to(true); !strings.Contains(got, "move db n1>n3") {
		t.Errorf("once they are forgotten: %s", got)
	}
	failed := strings.Replace(text, `operation_key="fs_start_0"`, `operation_key="fs_stop_0"`, 1)
	failed = regexp.MustCompile(`(id="fs_last_0"[^>]*)operation="start"([^>]*)rc-code="0"`).ReplaceAllString(failed, `${1}operation="stop"${2}rc-code="1"`)
	cib, err := pacemaker.ParseCIB([]byte(failed))
	if err != nil {
		t.Fatal(err)
	}
	if got := cib.Forget(func(string) bool { return true }, "n1"); !slices.Equal(got, []string{"fs"}) {
		t.Errorf("in doubt: %v", got)
	}
}

// TestForecastRefuses: what cannot happen is not played.
func TestForecastRefuses(t *testing.T) {
	for reason, change := range map[string]func(*insight.Play){
		"whatif.node_not_there": func(p *insight.Play) { p.Lose = []string{"n9"} },
		"whatif.not_primitive":  func(p *insight.Play) { p.Fail = []ha.FailedMonitor{{Resource: "g"}} },
		"whatif.no_monitor":     func(p *insight.Play) { p.Fail = []ha.FailedMonitor{{Resource: "vip"}} },
		"resource.unknown":      func(p *insight.Play) { p.Fail = []ha.FailedMonitor{{Resource: "nobody"}} },
	} {
		t.Run(reason, func(t *testing.T) {
			_, err := play(t, change)
			if f := fault.Public(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Reason != reason {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestForecastOfNewerCIB: the tool aborts on it, and that is told.
func TestForecastOfNewerCIB(t *testing.T) {
	cib, err := pacemaker.ParseCIB([]byte(strings.Replace(string(read(t, "three.xml").Bytes()), `validate-with="pacemaker-3.9"`, `validate-with="pacemaker-9.9"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = insight.Forecast(t.Context(), scheduler(t), insight.Play{Now: cib, Changed: cib.Clone(), Quorate: true, Times: &pacemaker.Times{}, At: at})
	if f := fault.Public(err); f == nil || f.Reason != "insight.scheduler_refuses" {
		t.Errorf("got %v", err)
	}
}
