package simulated_test

import (
	"context"
	"sync/atomic"
	"testing"

	"hawser/agent/corosync"
	"hawser/agent/engine"
	"hawser/agent/engine/simulated"
	"hawser/agent/run"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// asked counts how often the scheduler is asked.
type asked struct {
	run.System
	times atomic.Int32
}

func (a *asked) Run(ctx context.Context, c run.Command) (run.Output, error) {
	if c.Name == "crm_simulate" {
		a.times.Add(1)
	}
	return a.System.Run(ctx, c)
}

// TestStop: a shutdown that is ordered and not carried out yet does not keep the scheduler busy until nobody asks it any more. All hosts
// wait for one that stops.
func TestStop(t *testing.T) {
	testkit.Need(t, "pacemaker-tools")
	scheduler := &asked{}
	d, err := simulated.New(simulated.Options{Dir: t.TempDir(), Node: "n1", Runner: scheduler})
	if err != nil {
		t.Fatal(err)
	}
	s := ha.Setup{Name: "sim", Timing: ha.Timing{Profile: ha.ProfileBalanced}.Resolved(1), Nodes: []ha.SetupNode{{Name: "n1", ID: 1, Addresses: []string{"10.71.0.1"}}}}
	conf, err := corosync.New(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.WriteFiles(t.Context(), engine.Files{Conf: conf.Bytes(), Authkey: make([]byte, 256)}); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	scheduler.times.Store(0)
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st, err := d.State(t.Context()); err != nil || st.Running {
		t.Errorf("it runs: %v, err %v", st.Running, err)
	}
	if n := scheduler.times.Load(); n > 5 {
		t.Errorf("the scheduler was asked %d times", n)
	}
}
