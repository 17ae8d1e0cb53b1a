package target_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
	"hawser/server/target"
)

// nodes answer how long operations took; what has no answer does not answer.
type nodes struct {
	mu      sync.Mutex
	answers map[string][]ha.OperationTime
	asked   []string
}

func (n *nodes) Do(_ context.Context, host string, c wire.Command, _ func(wire.Progress)) (wire.Result, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, host+" "+string(c.Name)+" "+c.Actor)
	list, has := n.answers[host]
	if !has {
		return wire.Result{}, errors.New("away")
	}
	data, err := json.Marshal(wire.OperationTimesOutput{Times: list})
	return wire.Result{Output: data}, err
}

// three is a picture of a cluster of three members, the last of which is not connected.
type three struct{ *kept }

func monitored(interval string) *ha.Config {
	return &ha.Config{Properties: map[string]string{"stonith-enabled": "false"}, Resources: []ha.Resource{{
		ID: "web", Kind: ha.Primitive, Agent: "systemd:web", Operations: []ha.Operation{{Name: "monitor", Interval: interval, Timeout: "20s"}},
	}}}
}

func (t three) Known(cluster string) (fleet.Known, error) {
	k, err := t.kept.Known(cluster)
	k.Members = []fleet.Member{{Node: "n1", Host: "h1", Connected: true}, {Node: "n2", Host: "h2", Connected: true}, {Node: "n3", Host: "h3"}}
	for i, m := range k.Members {
		k.Setup.Nodes = append(k.Setup.Nodes, ha.SetupNode{Name: m.Node, ID: i + 1})
	}
	k.Config.Config = monitored("10s")
	return k, err
}

func newBudgets() (*kept, *nodes, *target.Targets) {
	k, n := &kept{targets: map[string]ha.Target{}}, &nodes{answers: map[string][]ha.OperationTime{}}
	return k, n, target.New(target.Options{Store: k, Picture: three{k}, Agents: n, Now: func() time.Time { return noon }})
}

func took(operation string, ms int, at time.Time) ha.OperationTime {
	return ha.OperationTime{Resource: "web", Operation: operation, Node: "n1", MedianMS: ms, Count: 1, At: at}
}

// TestBudgets: every member that is connected is asked, the newest figure counts, and who does not answer is passed over.
func TestBudgets(t *testing.T) {
	k, n, targets := newBudgets()
	n.answers["h1"] = []ha.OperationTime{took("start", 900, noon.Add(-time.Hour)), took("stop", 200, noon)}
	n.answers["h2"] = []ha.OperationTime{took("start", 700, noon)}
	k.targets["web"] = ha.Target{RTOPlanned: new(int)}
	list, err := targets.Budgets(t.Context(), "ann", "demo")
	if err != nil || len(list) != 1 || list[0].Service != "web" {
		t.Fatalf("got %+v, err %v", list, err)
	}
	planned := list[0].Events[0]
	if planned.Event != ha.EventPlanned || planned.Typical.MS != 900 || !planned.Typical.Exact || planned.Answer != ha.TargetMissed || planned.Finding == nil || planned.Finding.Code != ha.FindingBudgetStart {
		t.Errorf("got %+v", planned)
	}
	slices.Sort(n.asked)
	if want := []string{"h1 cluster.times ann", "h2 cluster.times ann"}; !slices.Equal(n.asked, want) {
		t.Errorf("asked %v, want %v", n.asked, want)
	}
	delete(n.answers, "h1")
	one, err := targets.Budget(t.Context(), "ann", "demo", "web")
	if err != nil || one.Events[0].Typical.MS != 700 || one.Events[0].Typical.Exact {
		t.Errorf("one node does not answer: %+v, err %v", one.Events, err)
	}
	if _, err := targets.Budget(t.Context(), "ann", "demo", "none"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("no such service: %v", err)
	}
	if _, err := targets.Budgets(t.Context(), "ann", "other"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("no such cluster: %v", err)
	}
}

// TestBreaks: a slower monitor breaks a target that was met; without targets nobody is asked.
func TestBreaks(t *testing.T) {
	k, n, targets := newBudgets()
	n.answers["h1"] = []ha.OperationTime{took("start", 900, noon), took("stop", 200, noon)}
	list, err := targets.Breaks(t.Context(), "ann", "demo", *monitored("60s"))
	if err != nil || len(list) != 0 || len(n.asked) != 0 {
		t.Errorf("without targets: %+v, asked %v, err %v", list, n.asked, err)
	}
	twenty := 20
	k.targets["web"] = ha.Target{RTOUnplanned: &twenty}
	list, err = targets.Breaks(t.Context(), "ann", "demo", *monitored("60s"))
	if err != nil || len(list) != 1 || list[0].Code != ha.FindingBudgetMonitor || list[0].Args["event"] != string(ha.EventApplication) || list[0].Args["target"] != "20" {
		t.Errorf("got %+v, err %v", list, err)
	}
	profiles, err := targets.BreaksTiming(t.Context(), "ann", "demo", []ha.Timing{{Profile: ha.ProfileFast}, {Profile: ha.ProfileTolerant}})
	if err != nil || len(profiles) != 2 || len(profiles[0]) != 0 || len(profiles[1]) != 0 {
		t.Errorf("both are within 20 s: %+v, err %v", profiles, err)
	}
	ten := 10
	k.targets["web"] = ha.Target{RTOUnplanned: &ten}
	profiles, err = targets.BreaksTiming(t.Context(), "ann", "demo", []ha.Timing{{Profile: ha.ProfileFast}, {Profile: ha.ProfileTolerant}})
	if err != nil || len(profiles) != 2 || len(profiles[0]) != 0 || len(profiles[1]) != 1 || profiles[1][0].Code != ha.FindingBudgetToken || profiles[1][0].Args["event"] != string(ha.EventNode) {
		t.Errorf("tolerant is not within 10 s: %+v, err %v", profiles, err)
	}
	k.targets["web"] = ha.Target{RTOUnplanned: &twenty}
	if list, err = targets.Breaks(t.Context(), "ann", "demo", *monitored("12s")); err != nil || len(list) != 0 {
		t.Errorf("still met: %+v, err %v", list, err)
	}
}
