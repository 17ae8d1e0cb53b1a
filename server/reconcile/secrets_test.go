package reconcile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

// TestSecrets: a password goes into a file on every node and never into the configuration; the file goes with the device.
func TestSecrets(t *testing.T) {
	s := demo(t)
	const password, other = "correct-horse", "battery-staple"
	device := func(value string) *ha.Resource {
		return &ha.Resource{ID: "ipmi", Kind: ha.Primitive, Agent: "stonith:fence_x", Parameters: map[string]string{"password": value, "login_passwd": "kept where nothing else can be had"}}
	}
	s.do(reconcile.Request{Kind: "resource.create", Cluster: "demo", Object: "ipmi", Resource: device(password)})
	files := func() map[string]int {
		s.mu.Lock()
		defer s.mu.Unlock()
		found := map[string]int{}
		for _, h := range s.hosts {
			for _, value := range h.secrets {
				found[value]++
			}
		}
		return found
	}
	if got := files(); got[password] != 3 || len(got) != 1 {
		t.Errorf("files %v", got)
	}
	made := s.config.Resources[len(s.config.Resources)-1].Parameters
	if made["password"] != "" || !strings.HasPrefix(made["password_script"], "cat /var/lib/hawser/secrets/fence-") || made["login_passwd"] == "" {
		t.Errorf("parameters %v", made)
	}
	ops, err := s.store.Operations(t.Context(), api.OperationQuery{})
	if err != nil {
		t.Fatal(err)
	}
	revisions, err := s.store.Revisions(t.Context(), "demo", api.RevisionQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, told := range []any{ops, revisions, s.config} {
		if data, err := json.Marshal(told); err != nil || strings.Contains(string(data), password) {
			t.Errorf("%T tells the password (%v)", told, err)
		}
	}

	edited := *device(other)
	s.do(reconcile.Request{Kind: "resource.edit", Cluster: "demo", Object: "ipmi", Resource: &edited})
	if got := files(); got[other] != 3 || len(got) != 1 {
		t.Errorf("after another password: %v", got)
	}

	// A node that is added later gets the file, too.
	s.enrol("n4", 4)
	n4 := setup("x", "n1", "n2", "n3", "n4").Nodes[3]
	s.do(reconcile.Request{Kind: "node.add", Cluster: "demo", Object: "n4", Node: &n4})
	if got := files(); got[other] != 4 {
		t.Errorf("with a fourth node: %v", got)
	}

	s.do(reconcile.Request{Kind: "resource.delete", Cluster: "demo", Object: "ipmi"})
	if got := files(); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

// TestSecretsTakenBack: where the device is not made, no file stays.
func TestSecretsTakenBack(t *testing.T) {
	s := demo(t)
	_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "resource.create", Cluster: "demo", Object: "1st", Resource: &ha.Resource{
		ID: "1st", Kind: ha.Primitive, Agent: "stonith:fence_x", Parameters: map[string]string{"password": "x"},
	}})
	if f := fault.Public(err); f == nil || f.Code != fault.Invalid {
		t.Fatalf("got %v", err)
	}
	for _, h := range s.hosts {
		if len(h.secrets) > 0 {
			t.Errorf("%s: %v", h.name, h.secrets)
		}
	}
}

func (s *site) withSBD(watchdogs ...ha.WatchdogFact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hosts {
		h.sbd = ha.SBDHost{Installed: true, Watchdogs: watchdogs}
		h.disks = map[string]ha.SBDDisk{"/dev/a": {Device: "/dev/a", Content: ha.DiskEmpty}, "/dev/b": {Device: "/dev/b", Content: ha.DiskEmpty}, "/dev/used": {Device: "/dev/used", Content: "ext4"}}
	}
}

func TestSBDRefused(t *testing.T) {
	s := demo(t)
	refused := func(want ha.SBD) string {
		t.Helper()
		_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "sbd.set", Cluster: "demo", SBD: &want})
		f := fault.Public(err)
		if f == nil || len(f.Fields) == 0 {
			t.Fatalf("not refused: %v", err)
		}
		return f.Fields[0].Path + " " + f.Fields[0].Reason
	}
	if got := refused(ha.SBD{}); got != "devices sbd.not_installed" {
		t.Error(got)
	}
	s.withSBD()
	if got := refused(ha.SBD{}); got != "watchdog sbd.no_watchdog" {
		t.Error(got)
	}
	s.withSBD(ha.WatchdogFact{Device: "/dev/watchdog0", Identity: "iTCO_wdt"})
	if got := refused(ha.SBD{Watchdog: "/dev/watchdog7"}); got != "watchdog sbd.no_watchdog" {
		t.Error(got)
	}
	if got := refused(ha.SBD{Watchdogs: map[string]string{"n2": "/dev/watchdog7"}}); got != "watchdogs.n2 sbd.no_watchdog" {
		t.Error(got)
	}
	if got := refused(ha.SBD{Watchdogs: map[string]string{"n9": "/dev/watchdog0"}}); got != "watchdogs.n9 sbd.unknown_node" {
		t.Error(got)
	}
	if got := refused(ha.SBD{Devices: []string{"/dev/used"}}); got != "devices[0] sbd.device_used" {
		t.Error(got)
	}
	if got := refused(ha.SBD{Devices: []string{"/dev/used"}, Override: "xfs"}); got != "devices[0] sbd.device_used" {
		t.Error(got)
	}
	if got := refused(ha.SBD{Devices: []string{"/dev/a", "/dev/a"}}); got != "devices[1] sbd.device_twice" {
		t.Error(got)
	}
	if got := refused(ha.SBD{Devices: []string{"/dev/a;reboot"}}); got != "devices[0] sbd.device_invalid" {
		t.Error(got)
	}
}

// TestSBDTwoNodes: the watchdog alone needs a majority.
func TestSBDTwoNodes(t *testing.T) {
	s := newSite(t, "n1", "n2")
	set := setup("pair", "n1", "n2")
	s.do(reconcile.Request{Kind: "cluster.create", Cluster: "pair", Setup: &set})
	s.withSBD(ha.WatchdogFact{Device: "/dev/watchdog0", Identity: "iTCO_wdt"})
	_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "sbd.set", Cluster: "pair", SBD: &ha.SBD{}})
	if f := fault.Public(err); f == nil || f.Reason != "sbd.two_nodes" {
		t.Errorf("got %v", err)
	}
	s.do(reconcile.Request{Kind: "sbd.set", Cluster: "pair", SBD: &ha.SBD{Devices: []string{"/dev/a"}}})
}

// TestSBD: Pacemaker hears of SBD only when the daemon runs everywhere, and a disk that is not the same on every node is found.
func TestSBD(t *testing.T) {
	s := demo(t)
	s.withSBD(ha.WatchdogFact{Device: "/dev/watchdog0", Identity: "Software Watchdog", Soft: true})
	s.do(reconcile.Request{Kind: "sbd.set", Cluster: "demo", SBD: &ha.SBD{}})
	if got := s.config.Properties["stonith-watchdog-timeout"]; got != "" {
		t.Errorf("Pacemaker waits %s for a watchdog that nobody feeds", got)
	}
	v, err := s.engine.SBD(t.Context(), "ann", "demo")
	if err != nil || !v.Configured || v.Active {
		t.Fatalf("got %+v, err %v", v, err)
	}
	s.do(reconcile.Request{Kind: "sbd.set", Cluster: "demo", SBD: &ha.SBD{Restart: true}})
	if got := s.config.Properties["stonith-watchdog-timeout"]; got != "10s" {
		t.Errorf("stonith-watchdog-timeout %q", got)
	}
	s.do(reconcile.Request{Kind: "sbd.set", Cluster: "demo", SBD: &ha.SBD{Devices: []string{"/dev/a"}, Restart: true}})
	if v, err = s.engine.SBD(t.Context(), "ann", "demo"); err != nil || !v.Active || v.Resource != "sbd" || len(v.Devices) != 1 {
		t.Errorf("got %+v, err %v", v, err)
	}
	if got, has := s.config.Properties["stonith-watchdog-timeout"]; has {
		t.Errorf("stonith-watchdog-timeout %q", got)
	}
	// Over to the watchdog alone and back: nothing of the other kind is left, and each is one revision that can be taken back.
	for _, devices := range [][]string{{}, {"/dev/a"}, {"/dev/b"}} {
		op := s.do(reconcile.Request{Kind: "sbd.set", Cluster: "demo", SBD: &ha.SBD{Devices: devices, Restart: true}})
		v, err := s.engine.SBD(t.Context(), "ann", "demo")
		if err != nil || !v.Active || (v.Resource != "") != (len(devices) > 0) {
			t.Errorf("%v: got %+v, err %v", devices, v, err)
		}
		if _, watchdog := s.config.Properties["stonith-watchdog-timeout"]; watchdog != (len(devices) == 0) {
			t.Errorf("%v: properties %v", devices, s.config.Properties)
		}
		if op.Revision == 0 {
			t.Errorf("%v: no revision", devices)
		}
	}
	_, err = s.engine.Begin(t.Context(), reconcile.Request{Kind: "sbd.remove", Cluster: "demo"})
	if f := fault.Public(err); f == nil || f.Reason != "sbd.only_fencing" {
		t.Errorf("got %v", err)
	}
	s.do(reconcile.Request{Kind: "sbd.remove", Cluster: "demo", Force: true})
	if v, err = s.engine.SBD(t.Context(), "ann", "demo"); err != nil || v.Configured || v.Resource != "" {
		t.Errorf("got %+v, err %v", v, err)
	}

	s.mu.Lock()
	other := s.by("n2")
	other.disks["/dev/a"] = ha.SBDDisk{Device: "/dev/a", Content: ha.DiskEmpty, Multipath: true} // another disk of that name
	s.mu.Unlock()
	op := s.end(s.begin(reconcile.Request{Kind: "sbd.set", Cluster: "demo", SBD: &ha.SBD{Devices: []string{"/dev/a"}}}))
	if op.Fault == nil || op.Fault.Reason != "sbd.not_shared" || op.Fault.Args["node"] != "n2" {
		t.Errorf("operation %+v", op)
	}
}

// TestPlanSBD: what a wish would mean is said, and a wish that would be refused is refused alike; no host is touched.
func TestPlanSBD(t *testing.T) {
	s := demo(t)
	s.withSBD(ha.WatchdogFact{Device: "/dev/watchdog0"}, ha.WatchdogFact{Device: "/dev/watchdog1"})
	p, err := s.engine.PlanSBD(t.Context(), "ann", "demo", ha.SBD{
		Devices: []string{"/dev/a"}, Timeout: 30, Watchdog: "/dev/watchdog0", Watchdogs: map[string]string{"n2": "/dev/watchdog1"},
	})
	if err != nil || !p.Restart || p.Times.Msgwait != 60 || p.Times.Stonith != 72 || len(p.Disks) != 1 || p.Disks[0].Content != ha.DiskEmpty {
		t.Fatalf("got %+v, err %v", p, err)
	}
	if p.Nodes["n1"] != "/dev/watchdog0" || p.Nodes["n2"] != "/dev/watchdog1" {
		t.Errorf("watchdogs %v", p.Nodes)
	}
	if _, err := s.engine.PlanSBD(t.Context(), "ann", "demo", ha.SBD{Devices: []string{"/dev/used"}}); fault.Public(err) == nil {
		t.Errorf("a disk that is in use is planned with: %v", err)
	}
	if v, err := s.engine.SBD(t.Context(), "ann", "demo"); err != nil || v.Configured {
		t.Errorf("planning has set it up: %+v, err %v", v, err)
	}
	s.do(reconcile.Request{Kind: "sbd.set", Cluster: "demo", SBD: &ha.SBD{Watchdogs: map[string]string{"n2": "/dev/watchdog1"}}})
	v, err := s.engine.SBD(t.Context(), "ann", "demo")
	if err != nil || v.Nodes["n2"].Settings["SBD_WATCHDOG_DEV"] != "/dev/watchdog1" || v.Nodes["n1"].Settings["SBD_WATCHDOG_DEV"] != ha.WatchdogDefault {
		t.Errorf("got %+v, err %v", v, err)
	}
}
