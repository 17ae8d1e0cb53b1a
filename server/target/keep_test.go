package target_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hawser/internal/ha"
	"hawser/server/target"
)

// watched is a cluster with a service on a volume, and somebody who looks after its targets.
type watched struct {
	*kept
	t       *testing.T
	targets *target.Targets
}

func newWatched(t *testing.T) *watched {
	k, targets := newTargets(0)
	w := &watched{k, t, targets}
	w.volume(false, 0)
	return w
}

// at goes on to a second after noon.
func (w *watched) at(second int) *watched {
	w.later = time.Duration(second) * time.Second
	w.state.At = w.now()
	return w
}

// volume has both sides tell that they are alike, or that they have lost each other.
func (w *watched) volume(apart bool, outOfSync int64) *watched {
	side := func(node, peer string) ha.VolumeState {
		p := ha.VolumePeer{Node: peer, Connection: ha.PeerConnected, Replication: ha.ReplicaEstablish, Disk: ha.DiskUpToDate, OutOfSync: outOfSync}
		if apart {
			p.Connection, p.Replication = ha.PeerConnecting, "Off"
		}
		return ha.VolumeState{Name: "data", Node: node, Up: true, Device: "/dev/drbd0", Protocol: "C", Disk: ha.DiskUpToDate, Peers: []ha.VolumePeer{p}}
	}
	w.state = &ha.State{At: w.now(), Running: true, Quorate: true, Volumes: []ha.VolumeState{side("n1", "n2"), side("n2", "n1")}}
	return w
}

func (w *watched) event(second int, kind ha.ChangeKind, object string) *watched {
	e := event(noon.Add(time.Duration(second)*time.Second), kind, object)
	e.Args["volume"] = object
	w.events = append(w.events, e)
	return w
}

// look looks, as a server does that runs on, or has just started.
func (w *watched) look() *watched {
	w.t.Helper()
	if err := w.targets.Look(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return w
}

// is says when the volume was exposed, in seconds after noon.
func (w *watched) is(want string) *watched {
	w.t.Helper()
	var list []string
	for _, e := range w.exposures {
		end := "…"
		if !e.Ended.IsZero() {
			end = fmt.Sprintf("%.0f", e.Ended.Sub(noon).Seconds())
		}
		list = append(list, fmt.Sprintf("%.0f-%s:%d", e.Started.Sub(noon).Seconds(), end, e.Bytes))
	}
	if got := strings.Join(list, " "); got != want {
		w.t.Errorf("exposed %q, want %q", got, want)
	}
	return w
}

// TestExposures: what goes on is kept with the time of its event and with the most that was out of sync; it ends when an event says so.
func TestExposures(t *testing.T) {
	w := newWatched(t).look().is("")
	w.at(20).event(11, ha.VolumeDisconnected, "data").volume(true, 100).look().is("11-…:100")
	w.at(30).volume(true, 105).look().is("11-…:100") // not much more
	w.at(40).volume(true, 400).look().is("11-…:400")
	w.at(50).volume(true, 50).look().is("11-…:400")
	w.at(70).event(61, ha.VolumeSyncDone, "data").volume(false, 0).look().is("11-61:400")
	list, err := w.targets.Exposures(t.Context(), "demo", "data")
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := w.targets.Exposures(t.Context(), "demo", "other"); err != nil || len(list) > 0 {
		t.Errorf("of another volume: %v, %v", list, err)
	}
	shown, err := w.targets.List(t.Context(), "demo")
	if err != nil || shown[0].Service != "pg" || shown[0].Standing.Exposed == nil || shown[0].Standing.Exposed.Lasted != 50 || shown[0].Standing.Exposed.Worst.Bytes != 400 || shown[1].Standing.Exposed != nil {
		t.Errorf("%+v, %v", shown, err)
	}
}

// TestExposuresUnseen: what nobody saw going on is known from its events; what no event tells, from the state; a server that starts anew
// tells nothing twice.
func TestExposuresUnseen(t *testing.T) {
	w := newWatched(t).at(100).event(11, ha.VolumeDisconnected, "data").event(20, ha.VolumeConnected, "data").look().is("11-20:0")
	w.targets = target.New(target.Options{Store: w, Picture: w, Now: w.now})
	w.look().is("11-20:0")
	w.at(110).volume(true, 0).look().at(120).look().is("11-20:0 110-…:0")
	w.at(130).volume(false, 0).look().is("11-20:0 110-130:0")
	w.at(140).volume(true, 0).look().at(150)
	w.state.Volumes = nil // it was deleted
	w.look().is("11-20:0 110-130:0 140-150:0")
}

// TestExposuresStale: an old state says nothing, and events that came meanwhile are looked at once there is a new one.
func TestExposuresStale(t *testing.T) {
	w := newWatched(t)
	w.event(11, ha.VolumeDisconnected, "data").event(20, ha.VolumeConnected, "data")
	w.later = time.Minute // the state is of noon
	w.look().is("").at(60).look().is("11-20:0")
}

// TestExposuresLong: what is over for longer than is told of is not written down, however far back events go.
func TestExposuresLong(t *testing.T) {
	const day = 24 * 60 * 60
	newWatched(t).event(-50*day, ha.VolumeDisconnected, "data").event(-40*day, ha.VolumeConnected, "data").look().is("")
	newWatched(t).event(-31*day, ha.VolumeDisconnected, "data").event(-29*day, ha.VolumeConnected, "data").look().is(fmt.Sprintf("%d-%d:0", -31*day, -29*day))
}

// TestLookBroken: a cluster of which nothing can be read keeps nobody from looking at the others.
func TestLookBroken(t *testing.T) {
	w := newWatched(t).at(100).event(11, ha.VolumeDisconnected, "data").event(20, ha.VolumeConnected, "data")
	w.broken = true
	if err := w.targets.Look(t.Context()); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("err %v", err)
	}
	w.is("11-20:0")
}

// TestMissedSet: a target that is set while its service is away already is missed as soon as it is set.
func TestMissedSet(t *testing.T) {
	w := newWatched(t).event(0, ha.ResourceFailed, "db").at(100).look().at(110).look()
	if len(w.order) > 0 {
		t.Errorf("told %v", w.order)
	}
	if err := w.targets.Set(t.Context(), "demo", "pg", ha.Target{RTOUnplanned: new(int)}); err != nil {
		t.Fatal(err)
	}
	if w.look(); len(w.order) != 1 {
		t.Errorf("told %v", w.order)
	}
}

// TestMissed: each miss is told once, with what was promised and what came of it; what was over before the target was set is none.
func TestMissed(t *testing.T) {
	of := func(n int) *int { return &n }
	w := newWatched(t)
	if err := w.targets.Set(t.Context(), "demo", "pg", ha.Target{RTOUnplanned: of(20), RPOUnplanned: of(30)}); err != nil {
		t.Fatal(err)
	}
	told := func(want ...string) {
		t.Helper()
		var list []string
		for _, key := range w.order {
			e := w.noted[key]
			list = append(list, fmt.Sprint(e.Kind, " ", e.Object, " ", e.Args["goal"], " ", e.Args["promised"], " ", e.Args["seconds"]))
		}
		if got := strings.Join(list, ", "); got != strings.Join(want, ", ") {
			t.Errorf("told %s, want %s", got, strings.Join(want, ", "))
		}
	}
	before := noon.Add(-time.Hour)
	w.events = append(w.events, event(before, ha.ResourceFailed, "db"), event(before.Add(time.Minute), ha.ResourceStarted, "db"))
	w.look()
	told()
	w.at(5).event(5, ha.ResourceFailed, "db").event(6, ha.VolumeDisconnected, "data").volume(true, 1).look().at(24).look()
	told()
	w.at(26).look().at(30).look()
	told("target.rto_missed pg rto_unplanned 20 21")
	w.at(40).event(38, ha.ResourceStarted, "db").look().at(50).look()
	told("target.rto_missed pg rto_unplanned 20 21", "target.rpo_missed pg rpo_unplanned 30 34")
	w.at(60).event(55, ha.VolumeConnected, "data").volume(false, 0).look().at(70).look()
	w.targets = target.New(target.Options{Store: w, Picture: w, Now: w.now})
	w.look()
	told("target.rto_missed pg rto_unplanned 20 21", "target.rpo_missed pg rpo_unplanned 30 34")
	if e := w.noted[w.order[1]]; e.Cluster != "demo" || e.Severity != ha.Warning || e.Args["volume"] != "data" || e.Args["service"] != "pg" || e.Args["since"] == "" {
		t.Errorf("%+v", e)
	}
	// A second outage is a second miss; one that is short enough is none.
	w.at(200).event(100, ha.ResourceFailed, "db").event(110, ha.ResourceStarted, "db").event(150, ha.ResourceFailed, "db").event(180, ha.ResourceStarted, "db").look()
	told("target.rto_missed pg rto_unplanned 20 21", "target.rpo_missed pg rpo_unplanned 30 34", "target.rto_missed pg rto_unplanned 20 30")
}
