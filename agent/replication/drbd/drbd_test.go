package drbd_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/replication/drbd"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// host is a host with DRBD's files, and programs that say what a test has them say. What the kernel does is tried on a real one.
type host struct {
	*run.Fake
	driver *drbd.Driver
	root   string

	mu     sync.Mutex
	events string
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{Fake: &run.Fake{}, root: t.TempDir(), events: "exists -\n"}
	h.put(t, "/proc/drbd", "version: 8.4.11 (api:1/proto:86-101)\n", 0o444)
	h.Program("drbdsetup", func(ctx context.Context, c run.Command) run.Output {
		if len(c.Args) == 1 { // events2 that goes on
			<-ctx.Done()
			return run.Output{}
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		return run.Output{Stdout: []byte(h.events)}
	})
	h.Program("drbdadm", func(_ context.Context, c run.Command) run.Output {
		switch c.Args[0] {
		case "--version":
			return run.Output{Code: 1, Stdout: []byte("DRBDADM_BUILDTAG=x\nDRBDADM_VERSION_CODE=0x091600\nDRBDADM_VERSION=9.22.0\n")}
		case "get-gi":
			return run.Output{Stdout: []byte("1111111111111111:2222222222222222:3333333333333333:0000000000000000:1:1:0:0:0:0:0\n")}
		}
		return run.Output{}
	})
	h.driver = h.open()
	return h
}

// open starts the driver anew, as another process would.
func (h *host) open() *drbd.Driver {
	return drbd.New(drbd.Options{Node: "n1", Runner: h, Root: h.root, State: filepath.Join(h.root, "state.json"), Write: engine.WriteFile})
}

func (h *host) put(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(h.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func (h *host) text(name string) string {
	data, err := os.ReadFile(filepath.Join(h.root, name))
	if err != nil {
		return ""
	}
	return string(data)
}

// kernel has the kernel say how volume data is.
func (h *host) kernel(role, disk, connection, replication, peerDisk, more string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := "name:data peer-node-id:0 conn-name:peer "
	h.events = "exists resource name:data role:" + role + " suspended:no\nexists connection " + at + "connection:" + connection + " role:Secondary congested:no\n" +
		"exists device name:data volume:0 minor:3 disk:" + disk + "\nexists peer-device " + at + "volume:0 replication:" + replication + " peer-disk:" + peerDisk +
		" resync-suspended:no received:0 sent:0 " + more + "\nexists -\n"
}

func (h *host) status(t *testing.T) ha.VolumeState {
	t.Helper()
	list, err := h.driver.Status(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	return list[0]
}

func volume() ha.Volume {
	return ha.Volume{
		Name: "data", Driver: ha.DRBD, Device: "/dev/drbd3", Protocol: "C",
		Replicas: []ha.Replica{
			{Node: "n1", ID: 0, Disk: "/dev/vg0/data", Address: "10.0.0.1", Port: 7788}, {Node: "n2", ID: 1, Disk: "/dev/vg0/data", Address: "10.0.0.2", Port: 7788},
		},
		Options: map[string]map[string]string{"net": {"cram-hmac-alg": "sha256", "verify-alg": "sha256"}},
	}
}

const secret = "planted-Secret"

func reason(err error) string {
	if err == nil {
		return ""
	}
	return fault.Public(err).Reason
}

// TestConfigure: the file is for root alone, bears the mark, is written once, and keeps its secret; no argument of any program holds that.
func TestConfigure(t *testing.T) {
	h := newHost(t)
	if err := h.driver.Configure(t.Context(), volume(), secret); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(h.root, "/etc/drbd.d/data.res"))
	if err != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(h.text("/etc/drbd.d/data.res"), "# Written by Hawser") || !strings.Contains(h.text("/etc/drbd.d/data.res"), secret) {
		t.Errorf("%v, %v:\n%s", info, err, h.text("/etc/drbd.d/data.res"))
	}
	v := volume()
	v.Protocol = "A"
	if err := h.driver.Configure(t.Context(), v, ""); err != nil || !strings.Contains(h.text("/etc/drbd.d/data.res"), secret) || !strings.Contains(h.text("/etc/drbd.d/data.res"), "protocol A;") {
		t.Errorf("changed to %s, %v", h.text("/etc/drbd.d/data.res"), err)
	}
	list, err := h.driver.Volumes(t.Context())
	if err != nil || len(list) != 1 || list[0].Foreign || list[0].File != "/etc/drbd.d/data.res" || list[0].Options["net"]["shared-secret"] != "***" || list[0].Exposed != "" {
		t.Errorf("%+v, %v", list, err)
	}
	for _, c := range h.Seen() {
		if strings.Contains(strings.Join(c.Args, " "), secret) {
			t.Errorf("the secret stands in %s", c)
		}
	}
	for range 2 {
		if err := h.driver.Forget(t.Context(), "data"); err != nil || h.text("/etc/drbd.d/data.res") != "" {
			t.Errorf("forgotten: %v", err)
		}
	}
}

// TestRefusedByTool: what drbdadm does not take is not left behind, and what it says does not tell the secret.
func TestRefusedByTool(t *testing.T) {
	h := newHost(t)
	h.Program("drbdadm", func(context.Context, run.Command) run.Output {
		return run.Output{Code: 10, Stderr: []byte("data.res:5: Parse error at " + secret)}
	})
	err := h.driver.Configure(t.Context(), volume(), secret)
	if reason(err) != "volume.refused" || strings.Contains(fault.Public(err).Message+fault.Public(err).Args["why"], secret) || h.text("/etc/drbd.d/data.res") != "" {
		t.Errorf("%v, left: %q", err, h.text("/etc/drbd.d/data.res"))
	}
}

// TestForeign: files of others are read, judged, and never written.
func TestForeign(t *testing.T) {
	h := newHost(t)
	body := "resource %s { device /dev/drbd%s; disk /dev/sdb; meta-disk internal; on n1 { address 10.0.0.1:77%s; } on n2 { address 10.0.0.2:77%s; } }\n"
	foreign := func(name, number, more string) string {
		return strings.NewReplacer("%s", "").Replace(strings.Replace(strings.Replace(strings.Replace(strings.Replace(body, "%s", name, 1), "%s", number, 1), "%s", number, 1), "%s", number, 1)) + more
	}
	h.put(t, "/etc/drbd.conf", "include \"drbd.d/global_common.conf\";\ninclude \"drbd.d/*.res\";\n", 0o644)
	h.put(t, "/etc/drbd.d/global_common.conf", "global { usage-count no; }\ncommon { net { protocol B; shared-secret common-secret; cram-hmac-alg sha1; } }\n", 0o644)
	h.put(t, "/etc/drbd.d/data.res", foreign("data", "03", ""), 0o600)
	h.put(t, "/etc/drbd.d/others.res", foreign("r1", "11", "")+foreign("r2", "12", ""), 0o644)
	h.put(t, "/etc/drbd.d/broken.res", "resource x {", 0o644)
	before := h.text("/etc/drbd.d/data.res")
	list, err := h.driver.Volumes(t.Context())
	if err != nil || len(list) != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
	byName := map[string]ha.Volume{}
	for _, v := range list {
		byName[v.Name] = v
		if !v.Foreign {
			t.Errorf("%s is called Hawser's", v.Name)
		}
	}
	if v := byName["r2"]; v.File != "/etc/drbd.d/others.res" || v.Protocol != "B" || v.Inherited["net"]["cram-hmac-alg"] != "sha1" || v.Exposed != "/etc/drbd.d/global_common.conf" {
		t.Errorf("%+v", v)
	}
	if v := byName["broken"]; v.Unread == nil || v.Unread.Reason != "volume.syntax_end" {
		t.Errorf("%+v", v)
	}
	for what, err := range map[string]error{
		"configure": h.driver.Configure(t.Context(), volume(), secret), "forget": h.driver.Forget(t.Context(), "data"), "forget of another file's": h.driver.Forget(t.Context(), "r1"),
		"create": h.driver.Create(t.Context(), "data", nil), "a part": h.driver.Forget(t.Context(), "data/0"),
	} {
		if reason(err) != "volume.foreign" {
			t.Errorf("%s: %v", what, err)
		}
	}
	own := volume()
	own.Name, own.Device, own.Replicas[0].Port = "own", "/dev/drbd11", 9000
	if got := reason(h.driver.Configure(t.Context(), own, secret)); got != "volume.device_taken" {
		t.Errorf("device of a foreign volume: %s", got)
	}
	own.Device, own.Replicas[0].Port = "/dev/drbd50", 7711
	if got := reason(h.driver.Configure(t.Context(), own, secret)); got != "volume.port_taken" {
		t.Errorf("port of a foreign volume: %s", got)
	}
	own.Replicas[0].Port, own.Replicas[0].Disk = 9000, "/dev/sdb"
	if got := reason(h.driver.Configure(t.Context(), own, secret)); got != "volume.disk_taken" {
		t.Errorf("disk of a foreign volume: %s", got)
	}
	if h.text("/etc/drbd.d/data.res") != before {
		t.Error("a foreign file was written")
	}
}

// TestNoModule: without DRBD in the kernel nothing is written, and what is missing is named.
func TestNoModule(t *testing.T) {
	h := newHost(t)
	if err := os.Remove(filepath.Join(h.root, "/proc/drbd")); err != nil {
		t.Fatal(err)
	}
	h.Program("modprobe", func(context.Context, run.Command) run.Output {
		return run.Output{Code: 1, Stderr: []byte("modprobe: FATAL: Module drbd not found")}
	})
	err := h.driver.Configure(t.Context(), volume(), secret)
	if reason(err) != "volume.no_module" || !strings.Contains(fault.Public(err).Args["why"], "not found") || h.text("/etc/drbd.d/data.res") != "" {
		t.Errorf("%v", err)
	}
	kernel, tools, err := h.driver.Versions(t.Context())
	if kernel != "" || tools != "9.22.0" || err != nil {
		t.Errorf("%q, %q, %v", kernel, tools, err)
	}
	i, err := h.driver.Inspect(t.Context(), "")
	if err != nil || i.Driver != "" || results(i) != "drbd_module failed, drbd_tools ok, drbd_agent failed" {
		t.Errorf("%+v, %v", i, err)
	}
	for mode, want := range map[os.FileMode]string{0o644: "failed", 0o755: "ok"} {
		h.put(t, "/usr/lib/ocf/resource.d/linbit/drbd", "#!/bin/sh\n", mode)
		if i, err := h.driver.Inspect(t.Context(), ""); err != nil || results(i) != "drbd_module failed, drbd_tools ok, drbd_agent "+want {
			t.Errorf("the agent with mode %o: %s, %v", mode, results(i), err)
		}
	}
	before := len(h.Seen())
	if list, err := h.driver.Status(t.Context()); err != nil || len(list) != 0 || len(h.Seen()) != before {
		t.Errorf("a host without volumes: %v, %v, %d programs", list, err, len(h.Seen())-before)
	}
	h.Program("modinfo", func(context.Context, run.Command) run.Output { return run.Output{Stdout: []byte("8.4.11\n")} })
	if kernel, _, _ := h.driver.Versions(t.Context()); kernel != "8.4.11" {
		t.Errorf("a module that is not loaded: %q", kernel)
	}
}

func results(i ha.VolumeInspection) string {
	var list []string
	for _, c := range i.Checks {
		list = append(list, c.Code+" "+c.Result)
	}
	return strings.Join(list, ", ")
}

// TestProgress: rate and time left are taken of two looks, by the kernel's own count.
func TestProgress(t *testing.T) {
	h := newHost(t)
	if err := h.driver.Configure(t.Context(), volume(), secret); err != nil {
		t.Fatal(err)
	}
	proc := func(left string) {
		h.put(t, "/proc/drbd", "version: 8.4.11 (api:1/proto:86-101)\n 3: cs:SyncSource ro:Secondary/Secondary ds:UpToDate/Inconsistent C r-----\n    ns:0 oos:"+left+"\n\t[>...] sync'ed:  4.7% ("+left+"/262144)K\n", 0o644)
	}
	h.put(t, "/sys/class/block/drbd3/size", "524288\n", 0o444)
	h.kernel("Secondary", "UpToDate", "Connected", "SyncSource", "Inconsistent", "out-of-sync:249856")
	proc("249856")
	before := time.Now()
	s := h.status(t)
	first := time.Now()
	if p := s.Peers[0]; s.Size != 256<<20 || p.Node != "n2" || p.Done < 4.6 || p.Done > 4.8 || p.OutOfSync != 249856<<10 || p.Rate != 0 {
		t.Errorf("first look: %+v", s)
	}
	time.Sleep(600 * time.Millisecond) // the time between two looks is what is measured
	proc("200000")
	second := time.Now()
	p := h.status(t).Peers[0]
	// As fast as so much less in the time that lay between the looks, which is longer on a busy machine.
	const less, left = (249856 - 200000) << 10, 200000 << 10
	slowest, fastest := less/time.Since(before).Seconds(), less/second.Sub(first).Seconds()
	if rate := float64(p.Rate); rate < slowest*0.9 || rate > fastest*1.1 || float64(p.Left) < left/fastest-1 || float64(p.Left) > left/slowest+1 || p.Done < 23 || p.Done > 24 {
		t.Errorf("second look: %+v, between %.0f and %.0f B/s", p, slowest, fastest)
	}
	h.kernel("Secondary", "UpToDate", "Connected", "Established", "UpToDate", "")
	proc("0")
	if p := h.status(t).Peers[0]; p.Done != 0 || p.Rate != 0 || p.Left != 0 {
		t.Errorf("done: %+v", p)
	}
}

// TestSplit: the kernel says once that there is a split brain, to who listens. What this side can show outlives the driver.
func TestSplit(t *testing.T) {
	h := newHost(t)
	said := make(chan string)
	h.Program("drbdsetup", func(ctx context.Context, c run.Command) run.Output {
		if len(c.Args) == 1 {
			_, _ = c.Stdout.Write([]byte("exists resource name:data role:Primary\nexists -\n"))
			for {
				select {
				case <-ctx.Done():
					return run.Output{}
				case line := <-said:
					_, _ = c.Stdout.Write([]byte(line[:5])) // in pieces, as a pipe gives it
					_, _ = c.Stdout.Write([]byte(line[5:] + "\n"))
				}
			}
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		return run.Output{Stdout: []byte(h.events)}
	})
	if err := h.driver.Configure(t.Context(), volume(), secret); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	signs, ended := make(chan struct{}, 100), make(chan error)
	go func() { ended <- h.driver.Watch(ctx, func() { signs <- struct{}{} }) }()
	<-signs
	h.kernel("Primary", "UpToDate", "Connected", "Established", "UpToDate", "")
	if s := h.status(t); s.Split != nil {
		t.Fatalf("%+v", s)
	}
	h.kernel("Primary", "UpToDate", "Connecting", "Off", "DUnknown", "out-of-sync:100")
	h.status(t)
	said <- "change connection name:data connection:StandAlone" // a person by hand: no split brain
	h.kernel("Primary", "UpToDate", "StandAlone", "Off", "DUnknown", "out-of-sync:100")
	if s := h.status(t); s.Split != nil {
		t.Errorf("a closed connection alone: %+v", s.Split)
	}
	said <- "call helper name:data peer-node-id:0 conn-name:peer helper:split-brain"
	deadline := time.After(20 * time.Second)
	var s ha.VolumeState
	for s.Split == nil {
		select {
		case <-signs:
			s = h.status(t)
		case <-deadline:
			t.Fatal("nobody has heard of the split brain")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	h.put(t, "/proc/mounts", "/dev/sda1 / ext4 rw 0 0\n/dev/drbd3 /srv/the\\040data ext4 rw 0 0\n", 0o444)
	h.driver = h.open()
	side, err := h.driver.Split(t.Context(), "data")
	if err != nil || !side.Primary || !side.WasPrimary || side.From.IsZero() || side.Until.Before(side.From) || side.Since.IsZero() || side.Changed != 100<<10 || side.Mounted != "/srv/the data" || len(side.Generation) != 4 {
		t.Errorf("after a restart: %+v, %v", side, err)
	}
	if s := h.status(t); s.Split == nil {
		t.Error("after a restart the split brain is forgotten")
	}
	h.kernel("Primary", "UpToDate", "Connected", "Off", "DUnknown", "")
	if s := h.status(t); s.Split != nil {
		t.Log("while they shake hands nothing is told")
	}
	h.kernel("Primary", "UpToDate", "Connected", "Established", "UpToDate", "")
	if s := h.status(t); s.Split != nil {
		t.Errorf("resolved: %+v", s.Split)
	}
}

// TestActs: what is so already starts no program that changes anything, and what the kernel refuses is told by its reason.
func TestActs(t *testing.T) {
	h := newHost(t)
	if err := h.driver.Configure(t.Context(), volume(), secret); err != nil {
		t.Fatal(err)
	}
	h.kernel("Secondary", "UpToDate", "Connected", "Established", "UpToDate", "")
	changed := func() string {
		var list []string
		for _, c := range h.Seen() {
			if c.Name == "drbdadm" && c.Args[0] != "dump" && c.Args[0] != "--version" && c.Args[0] != "get-gi" {
				list = append(list, strings.Join(c.Args, " "))
			}
		}
		return strings.Join(list, "; ")
	}
	for _, a := range []ha.VolumeAction{ha.VolumeDemote, ha.VolumeConnect, ha.VolumeAttach, ha.VolumeDiscard, ha.VolumeResume} {
		if err := h.driver.Act(t.Context(), "data", a, 0); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	if err := h.driver.Up(t.Context(), "data"); err != nil {
		t.Error(err)
	}
	if got := changed(); got != "" {
		t.Errorf("it was so already: %s", got)
	}
	for _, a := range []ha.VolumeAction{ha.VolumePromote, ha.VolumeDisconnect, ha.VolumeDetach, ha.VolumePause, ha.VolumeVerify, ha.VolumeInvalidate} {
		if err := h.driver.Act(t.Context(), "data", a, 0); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	if err := h.driver.Act(t.Context(), "data", ha.VolumeLimit, 10<<20); err != nil {
		t.Error(err)
	}
	if got := changed(); got != "primary data; disconnect data; detach data; pause-sync data; verify data; invalidate data/0; disk-options --c-plan-ahead=0 --resync-rate=10240K data" {
		t.Errorf("done: %s", got)
	}
	for words, want := range map[string]string{
		"3: State change failed: (-12) Device is held open by someone": "volume.in_use", "3: State change failed: (-2) Need access to UpToDate data": "volume.no_data",
		"3: State change failed: (-1) Multiple primaries not allowed by config": "volume.other_primary", "something else": "volume.failed",
	} {
		h.Program("drbdadm", func(context.Context, run.Command) run.Output { return run.Output{Code: 11, Stderr: []byte(words)} })
		if got := reason(h.driver.Act(t.Context(), "data", ha.VolumePromote, 0)); got != want {
			t.Errorf("%s: %s", words, got)
		}
	}
	h.Program("drbdadm", func(context.Context, run.Command) run.Output { return run.Output{} })
	h.kernel("Primary", "UpToDate", "StandAlone", "Off", "DUnknown", "")
	for a, want := range map[ha.VolumeAction]string{
		ha.VolumeDiscard: "volume.primary", ha.VolumeInvalidate: "volume.primary", ha.VolumeVerify: "volume.not_connected", "tickle": "volume.action_unknown",
	} {
		if got := reason(h.driver.Act(t.Context(), "data", a, 0)); got != want {
			t.Errorf("%s: %s", a, got)
		}
	}
}

// TestFirstSync: it makes no side overwrite data that the other has.
func TestFirstSync(t *testing.T) {
	h := newHost(t)
	if err := h.driver.Configure(t.Context(), volume(), secret); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ disk, connection, replication, peer, want, does string }{
		{"Inconsistent", "Connecting", "Off", "DUnknown", "volume.not_connected", ""},
		{"Inconsistent", "Connected", "Established", "UpToDate", "volume.peer_has_data", ""},
		{"UpToDate", "Connected", "SyncSource", "Inconsistent", "", ""},
		{"UpToDate", "Connected", "Established", "UpToDate", "", ""},
		{"Diskless", "Connected", "Established", "Inconsistent", "volume.no_disk", ""},
		{"Inconsistent", "Connected", "Established", "Inconsistent", "", "primary --force data; secondary data"},
	} {
		h.kernel("Secondary", c.disk, c.connection, c.replication, c.peer, "")
		before := len(h.Seen())
		if got := reason(h.driver.FirstSync(t.Context(), "data", ha.SyncFull)); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
		var did []string
		for _, s := range h.Seen()[before:] {
			if s.Name == "drbdadm" {
				did = append(did, strings.Join(s.Args, " "))
			}
		}
		if got := strings.Join(did, "; "); got != c.does {
			t.Errorf("%+v: did %s", c, got)
		}
	}
}
