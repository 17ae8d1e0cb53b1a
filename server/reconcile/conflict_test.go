package reconcile_test

import (
	"strings"
	"testing"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/words"
	"hawser/server/reconcile"
)

// TestLoserIsToldWhoWasFirst: whoever changes what somebody else has changed meanwhile is refused, and told whose changes came first
// and what they were, be they made here or past Hawser.
func TestLoserIsToldWhoWasFirst(t *testing.T) {
	s := demo(t)
	k, err := s.machines.fleet.Known("demo")
	if err != nil {
		t.Fatal(err)
	}
	seen := k.Config.Config.Version
	s.do(reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Set: map[string]string{"no-quorum-policy": "freeze"}, Version: &seen})
	s.byHand(func(c *ha.Config) {
		c.Resources = append(c.Resources, ha.Resource{ID: "theirs", Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"})
	})
	late := reconcile.Request{Kind: "cluster.properties", Cluster: "demo", Actor: "bob", Set: map[string]string{"no-quorum-policy": "stop"}, Version: &seen}
	check := func(t *testing.T, err error) {
		t.Helper()
		f := fault.Public(err)
		if f == nil || f.Code != fault.Conflict {
			t.Fatalf("got %v, want a conflict", err)
		}
		var told strings.Builder
		en := words.For(words.English)
		told.WriteString(en.Fault(f))
		for _, field := range f.Fields {
			told.WriteString("\n" + en.Field(field))
		}
		for _, want := range []string{"ann", "no-quorum-policy", "freeze", "root@n2", "theirs"} {
			if !strings.Contains(told.String(), want) {
				t.Errorf("no %q in what the loser is told:\n%s", want, told.String())
			}
		}
	}
	_, err = s.engine.Begin(t.Context(), late)
	check(t, err)
	if k, err = s.machines.fleet.Known("demo"); err != nil || k.Config.Config.Properties["no-quorum-policy"] != "freeze" {
		t.Errorf("the first one's change is lost: %v", k.Config.Config.Properties)
	}
}
