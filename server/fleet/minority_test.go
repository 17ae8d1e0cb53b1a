package fleet_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// alone has a node tell what it sees without quorum, and says whether that is decided.
func (s *site) alone(name string, seq uint64, at time.Time, kind ha.ChangeKind, object string, args map[string]string) bool {
	s.t.Helper()
	err := s.Event(s.t.Context(), s.ids[name], wire.Event{
		Seq: seq, At: at, Cluster: "demo", Key: name + string(kind) + object, Inquorate: true,
		Change: ha.Change{Kind: kind, Severity: ha.Critical, Object: object, Args: args},
	})
	if err != nil && !errors.Is(err, fleet.ErrHeld) {
		s.t.Fatal(err)
	}
	return err == nil
}

// heard lets time pass, at the end of which these agents have answered.
func (s *site) heard(later time.Duration, names ...string) {
	s.now = s.now.Add(later)
	s.agents.mu.Lock()
	defer s.agents.mu.Unlock()
	for _, n := range names {
		s.agents.seen[s.ids[n]] = s.now
	}
}

// line is the time line, oldest first: kind, object and who saw it alone.
func (s *site) line() []string {
	s.t.Helper()
	page, err := s.store.Events(s.t.Context(), api.EventQuery{Cluster: "demo"})
	if err != nil {
		s.t.Fatal(err)
	}
	var list []string
	for _, e := range slices.Backward(page.Items) {
		text := e.Kind + " " + e.Object
		if by := e.Args[api.ArgSeenBy]; by != "" {
			text += " by " + by
		}
		if e.Kind == string(ha.NodeCutOff) {
			text += " " + e.Args["nodes"]
		}
		list = append(list, text)
	}
	return list
}

func (s *site) wantLine(want ...string) {
	s.t.Helper()
	if got := s.line(); !slices.Equal(got, want) {
		s.t.Errorf("time line\n got %q\nwant %q", got, want)
	}
}

// cut is a cluster of three of which n2 is cut off: n1 and n3 go on.
func cut(t *testing.T) *site {
	t.Helper()
	s := newSite(t, "n1", "n2", "n3")
	s.report("n1", state("n1", "n1", "n1", "n2", "n3"))
	s.report("n2", ha.State{Reporter: "n2", Running: true, Quorate: true, DC: "n1"})
	s.report("n3", ha.State{Reporter: "n3", Running: true, Quorate: true, DC: "n1"})
	s.report("n2", state("n2", "n2", "n2"))
	return s
}

// TestCutOff: what a node tells that is cut off is no fact where another part has quorum. It is told once, as what it is.
func TestCutOff(t *testing.T) {
	s := cut(t)
	at := s.now
	if s.alone("n2", 1, at, ha.QuorumLost, "", nil) || s.alone("n2", 2, at, ha.NodeLost, "n1", map[string]string{"node": "n1"}) {
		t.Error("decided before the others were heard")
	}
	s.wantLine()
	s.heard(2*time.Second, "n1", "n3") // may be from before the break
	if s.alone("n2", 2, at, ha.NodeLost, "n1", map[string]string{"node": "n1"}) {
		t.Error("decided too early")
	}
	s.heard(3*time.Second, "n1", "n3")
	if !s.alone("n2", 3, at, ha.NodeLost, "n3", map[string]string{"node": "n3"}) {
		t.Error("not decided although the others have quorum")
	}
	s.wantLine("node.cut_off n2 n2")
	if c := s.cluster(); !c.Quorate || c.State.Reporter != "n1" || len(c.State.Unheard) > 0 {
		t.Errorf("picture %+v", c.Cluster)
	}
	// It is fenced. When it is back it tells the end of its own stack as the cluster's, and then what it finds.
	s.event("n1", 1, 0, ha.NodeFenced, "n2", map[string]string{"node": "n2"})
	s.disconnect("n2")
	s.connect("n2")
	s.heard(time.Minute, "n1", "n2", "n3")
	if !s.alone("n2", 4, s.now, ha.ClusterStopped, "", nil) {
		t.Error("the end of a stack that was cut off waits")
	}
	s.report("n2", state("n2", "n2", "n1", "n2", "n3"))
	s.event("n2", 5, 0, ha.QuorumGained, "", nil)
	s.wantLine("node.cut_off n2 n2", "node.fenced n2")
	// From then on it is believed again.
	s.now = s.now.Add(time.Minute)
	s.event("n2", 6, 0, ha.NodeStandby, "n1", map[string]string{"node": "n1"})
	s.wantLine("node.cut_off n2 n2", "node.fenced n2", "node.standby n1")
}

// TestFirstHand: what a node knows of itself is told at once, whatever it sees of others.
func TestFirstHand(t *testing.T) {
	s := cut(t)
	if !s.alone("n2", 1, s.now, ha.ResourceFailed, "db", map[string]string{"node": "n2"}) {
		t.Error("held back")
	}
	s.wantLine("resource.failed db")
}

// TestQuorumIsLost: where all report and none has quorum it is so, and is told once.
func TestQuorumIsLost(t *testing.T) {
	s := cut(t)
	if s.alone("n2", 1, s.now, ha.QuorumLost, "", nil) {
		t.Error("decided while the others were not heard")
	}
	s.report("n1", state("n1", "n1", "n1"))
	s.report("n3", state("n3", "n3", "n3"))
	for _, n := range []string{"n1", "n2", "n3"} {
		if !s.alone(n, 1, s.now, ha.QuorumLost, "", nil) {
			t.Errorf("%s waits", n)
		}
	}
	s.wantLine("quorum.lost ")
}

// TestSeenByOne: where the others cannot be heard it is told who alone saw it, in the time line and in the verdict.
func TestSeenByOne(t *testing.T) {
	s := cut(t)
	s.disconnect("n3")
	if s.alone("n2", 1, s.now, ha.NodeLost, "n1", map[string]string{"node": "n1"}) {
		t.Error("decided while n1 may be there")
	}
	s.disconnect("n1")
	if !s.alone("n2", 1, s.now, ha.NodeLost, "n1", map[string]string{"node": "n1"}) {
		t.Error("waits for nobody")
	}
	s.wantLine("node.lost n1 by n2")
	c := s.cluster()
	if !slices.Equal(c.State.Unheard, []string{"n1", "n3"}) || c.Verdict.Reasons[0].Code != ha.ReasonMinority || c.Verdict.Reasons[0].Args["node"] != "n2" {
		t.Errorf("unheard %v, verdict %+v", c.State.Unheard, c.Verdict)
	}
	// They are back, and went on all the time: the picture is theirs.
	s.connect("n1")
	s.connect("n3")
	s.report("n1", state("n1", "n1", "n1", "n3"))
	if c := s.cluster(); !c.Quorate || len(c.State.Unheard) > 0 || c.Online != 2 {
		t.Errorf("got %+v", c.Cluster)
	}
}
