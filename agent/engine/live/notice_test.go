package live_test

import (
	"context"
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
		if got, err := m.driver.Check(t.Context(), ha.Watched{ID: "x", Agent: "systemd:a"}); got != want || err != nil {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	state = "LoadState=not-found\nActiveState=inactive\n"
	if _, err := m.driver.Check(t.Context(), ha.Watched{ID: "x", Agent: "systemd:a"}); err == nil {
		t.Error("a unit that systemd does not know is judged")
	}
	for _, agent := range []string{"service:a", "ocf:heartbeat:Dummy"} {
		if got, err := m.driver.Check(t.Context(), ha.Watched{ID: "x", Agent: agent, Timeout: time.Second}); got != 1 || err != nil {
			t.Errorf("%s: %d, %v", agent, got, err)
		}
	}
	if err := m.driver.Fail(t.Context(), "x"); err == nil {
		t.Error("crm_resource has refused, and nobody says so")
	}
}
