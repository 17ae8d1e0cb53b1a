package storetest

import (
	"testing"
	"time"

	"hawser/internal/ha"
	"hawser/server/fleet"
)

// fencing: the last fencing of each node outlives the server, and an older one never replaces it.
func fencing(t *testing.T, d Database) {
	s := d.Open(t)
	if err := s.CreateCluster(t.Context(), fleet.Cluster{Name: "c", Created: start, Setup: ha.Setup{Name: "c"}}, nil); err != nil {
		t.Fatal(err)
	}
	first := ha.FenceRecord{Node: "n1", At: start, Action: "reboot", Device: "f", Actor: "ann", Test: true}
	for _, list := range [][]ha.FenceRecord{
		{first, {Node: "n2", At: start, Action: "off"}},
		{{Node: "n2", At: start.Add(time.Hour), Action: "reboot", Client: "pacemaker-controld"}},
		{{Node: "n2", At: start.Add(-time.Hour), Action: "off"}},
	} {
		if err := s.SaveFenced(t.Context(), "c", list); err != nil {
			t.Fatal(err)
		}
	}
	all, err := d.Open(t).Fenced(t.Context())
	if err != nil || len(all["c"]) != 2 {
		t.Fatalf("got %+v, err %v", all, err)
	}
	if all["c"][0] != first || !all["c"][1].At.Equal(start.Add(time.Hour)) || all["c"][1].Client == "" {
		t.Errorf("got %+v", all["c"])
	}
	if err := s.DeleteCluster(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Fenced(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("of a cluster that is gone: %+v, err %v", all, err)
	}
}
