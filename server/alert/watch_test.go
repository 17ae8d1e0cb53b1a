package alert_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/alert"
)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (w *world) sweep() {
	w.t.Helper()
	if err := w.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// open returns the kinds and objects of what is open.
func (w *world) open() []string {
	w.t.Helper()
	list, err := w.store.OpenAlarms(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, a := range list {
		out = append(out, string(a.Kind)+" "+a.Object)
	}
	return out
}

func (w *world) want(what string, open ...string) {
	w.t.Helper()
	if got := w.open(); !slices.Equal(got, open) {
		w.t.Errorf("%s: open %q, want %q", what, got, open)
	}
}

// timed is a world whose clock the test moves.
func timed(t *testing.T, change ...func(*alert.Options)) (*world, *clock) {
	c := &clock{now: time.Now()}
	return newWorld(t, append(change, func(o *alert.Options) { o.Now = c.Now })...), c
}

// TestEndedByState: an alarm whose end nobody has told ends when the cluster's state has shown it for a while; not by a state that
// is old, and not before.
func TestEndedByState(t *testing.T) {
	w, c := timed(t)
	w.lose("n1")
	w.happen(ha.ResourceStopped, ha.Warning, "vip", "resource", "vip", "node", "n1")
	both := []string{"node.away n1", "resource.stopped vip"}
	state := func(vip ha.ResourceState) ha.State {
		return ha.State{At: c.Now(), Running: true, Quorate: true, Nodes: []ha.NodeState{{Name: "n1"}, {Name: "n2", Online: true}}, Resources: []ha.ResourceState{vip}}
	}
	up := ha.ResourceState{ID: "vip", Kind: ha.Primitive, Role: "Started", Nodes: []string{"n2"}, Managed: true}
	w.sweep()
	w.want("nobody reports", both...)
	w.picture.states = map[string]ha.State{"demo": state(up)}
	w.sweep()
	w.want("its event is on its way", both...)
	c.pass(time.Minute)
	w.sweep()
	w.want("the state is old", both...)
	for range 2 {
		c.pass(15 * time.Second)
		w.picture.states["demo"] = state(up)
		w.sweep()
	}
	w.want("shown for 15 s", both...)
	c.pass(10 * time.Second)
	w.picture.states["demo"] = state(up)
	w.sweep()
	w.want("shown for 25 s", "node.away n1")
	list, err := w.List(t.Context(), api.AlarmQuery{Kind: "resource.*"})
	if err != nil || len(list.Items) != 1 || list.Items[0].ResolvedBy != api.ByState {
		t.Errorf("got %+v, %v", list.Items, err)
	}
	// A cluster that is managed here no more.
	delete(w.picture.states, "demo")
	w.picture.gone = map[string]bool{"demo": true}
	w.sweep()
	c.pass(30 * time.Second)
	w.sweep()
	w.want("the cluster is gone")
}

// TestAgentAway: an agent that is away for a while is told of, once, unless its node is lost as well.
func TestAgentAway(t *testing.T) {
	w, c := timed(t)
	seen := c.Now()
	host := func(name string, connected bool) api.Host {
		return api.Host{Name: name, Cluster: "demo", Connected: connected, Seen: seen, Expires: c.Now().AddDate(1, 0, 0)}
	}
	state := func() {
		w.picture.states = map[string]ha.State{"demo": {At: c.Now(), Running: true, Quorate: true, Nodes: []ha.NodeState{{Name: "n1", Online: true}, {Name: "n2"}}}}
	}
	w.picture.hosts = []api.Host{host("n1", false), host("n2", false), host("n3", true)}
	c.pass(time.Minute)
	state()
	w.sweep()
	w.want("for a minute")
	c.pass(90 * time.Second)
	state()
	w.sweep()
	w.sweep()
	w.want("longer", "agent.away n1")
	if n := len(w.picture.notes); n != 1 {
		t.Errorf("%d events", n)
	}
	w.picture.hosts = []api.Host{host("n1", true), host("n2", false)}
	w.sweep()
	w.want("it is back")
	w.picture.hosts = []api.Host{host("n1", false)}
	seen = c.Now()
	w.picture.hosts = []api.Host{host("n1", false)}
	c.pass(10 * time.Minute)
	state()
	w.sweep()
	w.want("away again", "agent.away n1")
	w.picture.hosts = nil
	w.sweep()
	w.want("the host was put out")
}

// TestCertificates: one that ends soon is told of, worse when it is very soon, and over when it was renewed.
func TestCertificates(t *testing.T) {
	var end time.Time
	w, c := timed(t, func(o *alert.Options) {
		o.Certificates = func() map[string]time.Time { return map[string]time.Time{"ca": end} }
	})
	end = c.Now().AddDate(0, 0, 20)
	w.sweep()
	w.want("in 20 days")
	c.pass(7 * 24 * time.Hour)
	w.sweep()
	w.sweep()
	w.want("in 13 days", "certificate.expiring ca")
	c.pass(11 * 24 * time.Hour)
	w.sweep()
	w.sweep()
	list, err := w.List(t.Context(), api.AlarmQuery{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Severity != ha.Critical || list.Items[0].Count != 2 || list.Items[0].Args["days"] != "2" {
		t.Errorf("in 2 days: %+v, %v", list.Items, err)
	}
	end = c.Now().AddDate(1, 0, 0)
	w.sweep()
	w.want("renewed")
}

// TestDiskFull: a disk that is nearly full is told of until there is room again, not when it is just above.
func TestDiskFull(t *testing.T) {
	w, c := timed(t)
	host := func(free uint64) {
		w.picture.hosts = []api.Host{{Name: "n1", Connected: true, Expires: c.Now().AddDate(1, 0, 0), Facts: ha.Facts{DiskBytes: 100 << 30, DiskFree: free}}}
		w.sweep()
	}
	host(3 << 30)
	w.want("3 of 100 GiB")
	host(1 << 30)
	w.want("1 of 100 GiB", "disk.full n1")
	host(3 << 30)
	w.want("not much more", "disk.full n1")
	host(10 << 30)
	w.want("10 of 100 GiB")
}

// TestSilenceEndsByItself: what a silence has kept back is told when its time is over.
func TestSilenceEndsByItself(t *testing.T) {
	w, c := timed(t)
	w.channel("ops", api.ChannelForm{Kind: api.ChannelMail, Enabled: true, Language: "en", Mail: &api.MailSettings{
		Server: "127.0.0.1", Port: 1, Security: "none", Sender: "ha@site.example", Recipients: []string{"ops@site.example"},
	}})
	if _, err := w.Silence(t.Context(), "ann", api.NewSilence{Object: "n1", Until: c.Now().Add(time.Hour), Reason: "new memory"}); err != nil {
		t.Fatal(err)
	}
	w.lose("n1")
	count := func() int {
		p, err := w.Messages(t.Context(), api.MessageQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return len(p.Items)
	}
	w.sweep()
	if n := count(); n != 0 {
		t.Errorf("%d messages during the silence", n)
	}
	c.pass(2 * time.Hour)
	w.sweep()
	w.sweep()
	if n := count(); n != 1 {
		t.Errorf("%d messages after it", n)
	}
}
