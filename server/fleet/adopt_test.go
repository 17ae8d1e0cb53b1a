package fleet_test

import (
	"testing"
	"time"

	"hawser/internal/ha"
	"hawser/internal/wire"
)

// TestStandIns: where the node that decides has no agent another one is asked at once; where its agent is away, after a while.
func TestStandIns(t *testing.T) {
	s := newSite(t, "n1", "n2")
	tell := func(node, dc string) {
		t.Helper()
		st := ha.State{At: s.now, Reporter: node, Running: true, Quorate: true, DC: dc}
		if err := s.Report(t.Context(), s.ids[node], wire.Report{Cluster: "demo", Delta: ha.Delta{Full: true, State: st}}); err != nil {
			t.Fatal(err)
		}
	}
	standIn := func(want string) {
		t.Helper()
		got := ""
		for _, each := range s.StandIns() {
			got = each.Host
		}
		if got != s.ids[want] {
			t.Errorf("%q stands in, want %q (%s)", got, s.ids[want], want)
		}
	}
	tell("n1", "n3")
	tell("n2", "n3")
	standIn("n1")
	s.disconnect("n1")
	standIn("n2")
	s.connect("n1")
	tell("n1", "n3")
	standIn("n2") // it goes on
	tell("n1", "n1")
	tell("n2", "n1")
	standIn("")
	s.disconnect("n1")
	standIn("")
	s.now = s.now.Add(31 * time.Second)
	standIn("n2")
}
