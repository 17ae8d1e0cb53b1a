package live_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hawser/agent/run"
	"hawser/agent/watch"
	"hawser/internal/ha"
)

// TestUnits: what systemd says of several units at once, in the order in which it was asked.
func TestUnits(t *testing.T) {
	m := newMachine(t)
	m.Program("systemctl", func(_ context.Context, c run.Command) run.Output {
		if got := c.String(); got != "systemctl show --property=LoadState,ActiveState,MainPID,ControlGroup,InvocationID,Job -- a.service b.service c.service" {
			t.Errorf("asked with %s", got)
		}
		return run.Output{Stdout: []byte("MainPID=42\nControlGroup=/system.slice/a.service\nInvocationID=cafe\nLoadState=loaded\nActiveState=active\n\nMainPID=0\nControlGroup=\nLoadState=not-found\nActiveState=inactive\n\nMainPID=0\nControlGroup=\nLoadState=loaded\nActiveState=failed\n")}
	})
	got, err := m.driver.Units(t.Context(), []string{"a.service", "b.service", "c.service"})
	want := map[string]watch.Unit{"a.service": {Active: "active", MainPID: 42, CGroup: "/system.slice/a.service", Invocation: "cafe"}, "c.service": {Active: "failed"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestCheck: systemd says how its units are; everything else is asked by crm_resource.
func TestCheck(t *testing.T) {
	m := newMachine(t)
	state := ""
	m.Program("systemctl", func(context.Context, run.Command) run.Output { return run.Output{Stdout: []byte(state)} })
	m.Program("crm_resource", func(_ context.Context, c run.Command) run.Output {
		return run.Output{Code: 1, Stdout: []byte("Operation force-check for " + strings.TrimPrefix(c.Args[1], "--resource=") + " (x) returned 1 (error)\n")}
	})
	for text, want := range map[string]int{
		"LoadState=loaded\nActiveState=active\n": 0, "LoadState=loaded\nActiveState=reloading\n": 0,
		"LoadState=loaded\nActiveState=failed\n": 7, "LoadState=loaded\nActiveState=inactive\n": 7,
		"LoadState=loaded\nActiveState=inactive\nJob=0\n": 7, "LoadState=loaded\nActiveState=inactive\nJob=4711\n": watch.Unsettled,
		"LoadState=loaded\nActiveState=activating\n": watch.Unsettled, "LoadState=loaded\nActiveState=deactivating\n": watch.Unsettled,
	} {
		state = text
		for _, w := range []ha.Watched{{ID: "x", Agent: "systemd:a"}, {ID: "x", Agent: ha.SystemdAgent, Parameters: map[string]string{"unit": "a"}}} {
			if got, err := m.driver.Check(t.Context(), w); got != want || err != nil {
				t.Errorf("%s, %q: %d, %v", w.Agent, text, got, err)
			}
		}
	}
	state = "LoadState=not-found\nActiveState=inactive\n"
	if _, err := m.driver.Check(t.Context(), ha.Watched{ID: "x", Agent: "systemd:a"}); err == nil {
		t.Error("a unit that systemd does not know is judged")
	}
	unit := map[string]string{"unit": "a"}
	for _, w := range []ha.Watched{{Agent: "service:a"}, {Agent: ha.SystemdAgent, Parameters: unit}, {Agent: "ocf:heartbeat:Dummy"}} {
		w.ID, w.Timeout = "x", time.Second
		if got, err := m.driver.Check(t.Context(), w); got != 1 || err != nil {
			t.Errorf("%s: %d, %v", w.Agent, got, err)
		}
	}
	state = "LoadState=loaded\nActiveState=active\n"
	if got, err := m.driver.Check(t.Context(), ha.Watched{ID: "x", Agent: ha.SystemdAgent, Parameters: unit, Ruled: true, Timeout: time.Second}); got != 1 || err != nil {
		t.Errorf("a unit that a rule may name otherwise is not asked by its agent: %d, %v", got, err)
	}
	if err := m.driver.Fail(t.Context(), "x"); err == nil {
		t.Error("crm_resource has refused, and nobody says so")
	}
}

// TestUnreached: that nobody is reached is noted where every way leads over an interface without a carrier, and nowhere else.
func TestUnreached(t *testing.T) {
	ping := func(change ...string) ha.Watched {
		p := map[string]string{"host_list": "10.0.9.254 10.0.9.253", "name": "seen"}
		for i := 0; i < len(change); i += 2 {
			p[change[i]] = change[i+1]
		}
		return ha.Watched{ID: "ping", Agent: "ocf:pacemaker:ping", Parameters: p}
	}
	for name, c := range map[string]struct {
		carrier string // of eth0, "" for no such file
		w       ha.Watched
		want    bool
		fails   bool
	}{
		"no carrier":              {"0\n", ping(), true, false},
		"a carrier":               {"1\n", ping(), false, false},
		"taken down":              {"", ping(), false, false},
		"another way":             {"0\n", ping("host_list", "10.0.9.254 10.0.8.1"), false, false},
		"a name":                  {"0\n", ping("host_list", "gateway"), false, false},
		"nobody to ask":           {"0\n", ping("host_list", ""), false, false},
		"its monitor is to fail":  {"0\n", ping("failure_score", "1"), false, false},
		"no way":                  {"0\n", ping("host_list", "10.0.7.1"), false, true},
		"an answer without a way": {"0\n", ping("host_list", "10.0.6.1"), false, true},
		"another agent":           {"0\n", ha.Watched{ID: "x", Agent: "ocf:heartbeat:ethmonitor", Parameters: ping().Parameters}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			for dev, carrier := range map[string]string{"eth0": c.carrier, "eth1": "1\n"} {
				dir := filepath.Join(m.root, "sys/class/net", dev)
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				if carrier == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, "carrier"), []byte(carrier), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			m.Program("ip", func(_ context.Context, c run.Command) run.Output {
				to := c.Args[len(c.Args)-1]
				switch {
				case strings.HasPrefix(to, "10.0.9."):
					return run.Output{Stdout: []byte(to + " dev eth0 src 10.0.9.1 uid 0 \\    cache \n")}
				case strings.HasPrefix(to, "10.0.8."):
					return run.Output{Stdout: []byte(to + " via 10.0.1.1 dev eth1 src 10.0.1.2 uid 0 \\    cache \n")}
				case strings.HasPrefix(to, "10.0.6."):
					return run.Output{Stdout: []byte("unreachable " + to + "\n")}
				}
				return run.Output{Code: 2, Stderr: []byte("RTNETLINK answers: Network is unreachable")}
			})
			var noted string
			m.Program("attrd_updater", func(_ context.Context, c run.Command) run.Output {
				noted = c.String()
				return run.Output{}
			})
			got, err := m.driver.Unreached(t.Context(), c.w)
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("%t, %v; want %t, fails %t", got, err, c.want, c.fails)
			}
			if want := "attrd_updater --name=seen --node=m1 --update=0"; c.want && noted != want || !c.want && noted != "" {
				t.Errorf("noted %q", noted)
			}
		})
	}
}
