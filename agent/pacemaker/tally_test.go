package pacemaker_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/ha"
)

// TestTallyOf: what Pacemaker counts, told from what it counts of others and of other operations. When a failure counts twice is in
// agent/watch.
func TestTallyOf(t *testing.T) {
	counts := `<nvpair name="fail-count-db#asyncmon_0" value="2"/><nvpair name="fail-count-db#monitor_10000" value="3"/><nvpair name="fail-count-db#monitor_60000" value="INFINITY"/>
<nvpair name="fail-count-db#start_0" value="INFINITY"/><nvpair name="fail-count-db#monitor_0" value="9"/><nvpair name="last-failure-db#asyncmon_0" value="1700000000"/><nvpair name="fail-count-db2#asyncmon_0" value="7"/>`
	failure := `<lrm_rsc_op id="db_last_failure_0" operation="monitor" call-id="8" rc-code="7" op-status="0" interval="10000"/>`
	got := stood(t, member, "", counts, did("start", 7, 0, 0, 0, 0), did("monitor", 8, 0, 0, 10000, 0), did("monitor", 9, 0, 0, 60000, 0), failure).TallyOf("db", "N1")
	if got.Reported != 2 || got.Attribute != "fail-count-db#asyncmon_0" || got.Monitored != 3+ha.Infinity || !slices.Equal(got.Calls, []int{8, 9}) || got.Last.Operation != "monitor" || got.Last.Call != 8 {
		t.Errorf("%+v", got)
	}
	if got := stood(t, member, "", "").TallyOf("db", "n2"); !reflect.DeepEqual(got, pacemaker.Tally{}) {
		t.Errorf("of a node that nobody knows: %+v", got)
	}
}

func TestCount(t *testing.T) {
	var f run.Fake
	code := 0
	f.Program("attrd_updater", func(context.Context, run.Command) run.Output { return run.Output{Code: code} })
	tools := pacemaker.Tools{Runner: &f}
	for _, n := range []int{2, 0} {
		if err := tools.Count(t.Context(), "fail-count-db#asyncmon_0", "n1", n); err != nil {
			t.Error(err)
		}
	}
	for i, want := range []string{"--update=2", "--delete"} {
		if got := f.Seen()[i].String(); got != "attrd_updater --name=fail-count-db#asyncmon_0 --node=n1 "+want {
			t.Errorf("asked with %s", got)
		}
	}
	if code = 102; tools.Count(t.Context(), "fail-count-db#asyncmon_0", "n1", 1) == nil {
		t.Error("it was refused, and nobody says so")
	}
}
