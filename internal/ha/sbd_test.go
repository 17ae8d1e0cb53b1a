package ha_test

import (
	"fmt"
	"strings"
	"testing"

	"hawser/internal/ha"
)

// TestSBDTimes: the field's rules, from the watchdog upwards.
func TestSBDTimes(t *testing.T) {
	disk := []string{"/dev/a"}
	for _, c := range []struct {
		name      string
		sbd       ha.SBD
		multipath bool
		want      string // watchdog msgwait stonith-watchdog stonith delay; rules
	}{
		{"DisklessStock", ha.SBD{}, false, "5 0 10 60 13; stock stonith_watchdog stonith_stock delay_diskless"},
		{"DiskStock", ha.SBD{Devices: disk}, false, "5 10 0 60 13; stock msgwait power_stock stonith_stock delay_disk"},
		{"Given", ha.SBD{Devices: disk, Timeout: 30}, false, "30 60 0 72 63; given msgwait power stonith_disk delay_disk"},
		{"Multipath", ha.SBD{Devices: disk}, true, "15 30 0 60 33; multipath msgwait power stonith_stock delay_disk"},
		{"MultipathWithoutDisk", ha.SBD{}, true, "5 0 10 60 13; stock stonith_watchdog stonith_stock delay_diskless"},
		{"Path", ha.SBD{Devices: disk, Path: 40}, true, "45 90 0 108 93; path msgwait power stonith_disk delay_disk"},
		{"DisklessLong", ha.SBD{Timeout: 40}, false, "40 0 80 96 83; given stonith_watchdog stonith_diskless delay_diskless"},
	} {
		got := c.sbd.Times(3, c.multipath)
		var rules []string
		for _, d := range got.Derivation {
			rules = append(rules, d.Rule)
		}
		if text := fmt.Sprint(got.Watchdog, got.Msgwait, got.StonithWatchdog, got.Stonith, got.DelayStart) + "; " + strings.Join(rules, " "); text != c.want {
			t.Errorf("%s: got %q, want %q", c.name, text, c.want)
		}
		// fence_sbd waits for msgwait, and within Pacemaker's own limit.
		if len(c.sbd.Devices) > 0 && (got.Power <= got.Msgwait || got.Power >= got.Stonith) {
			t.Errorf("%s: power_timeout %d between msgwait %d and stonith-timeout %d", c.name, got.Power, got.Msgwait, got.Stonith)
		}
	}
	if got := reasons(ha.ValidateSBD(ha.SBD{Timeout: 10, Path: 20})); got != "watchdogTimeout sbd.timeout_low" {
		t.Error(got)
	}
	if got := reasons(ha.ValidateSBD(ha.SBD{Devices: []string{"/dev/a", "/dev/b", "/dev/c", "/dev/d"}})); got != "devices sbd.too_many" {
		t.Error(got)
	}
}

func TestViewSBD(t *testing.T) {
	on := func(soft bool) ha.SBDHost {
		return ha.SBDHost{Installed: true, Active: true, Enabled: true, Settings: map[string]string{"SBD_WATCHDOG_TIMEOUT": "30", "SBD_DEVICE": ""}, Watchdogs: []ha.WatchdogFact{{Device: "/dev/watchdog0", Soft: soft}}}
	}
	cfg := ha.Config{Properties: map[string]string{"stonith-watchdog-timeout": "10s"}}
	hosts := map[string]ha.SBDHost{"n1": on(false), "n2": on(true)}
	v := ha.ViewSBD(&cfg, []string{"n1", "n2"}, hosts, 3)
	var codes []string
	for _, f := range v.Findings {
		codes = append(codes, f.Code+" "+f.Args["node"]+f.Args["name"])
		if !contains(ha.SBDFindings, f.Code) {
			t.Errorf("unknown finding %s", f.Code)
		}
	}
	if got := strings.Join(codes, "; "); got != "softdog n2; times_differ stonith-watchdog-timeout; times_differ stonith-timeout" || !v.Active {
		t.Errorf("got %q, active %t", got, v.Active)
	}
}

// TestViewSBDDisks: a node that does not see its disk is named as such, and not as one with another disk; what the header says counts.
func TestViewSBDDisks(t *testing.T) {
	on := func(d ha.SBDDisk) ha.SBDHost {
		d.Device = "/dev/a"
		return ha.SBDHost{
			Installed: true, Active: true, Enabled: true, Settings: map[string]string{"SBD_WATCHDOG_TIMEOUT": "15", "SBD_DEVICE": "/dev/a"},
			Watchdogs: []ha.WatchdogFact{{Device: "/dev/watchdog0"}}, Disks: []ha.SBDDisk{d},
		}
	}
	header := ha.SBDDisk{Content: ha.DiskSBD, UUID: "1", Watchdog: 15, Msgwait: 30}
	long := header
	long.Watchdog, long.Msgwait = 60, 120
	nodes := []string{"n1", "n2"}
	for _, c := range []struct {
		one, two ha.SBDDisk
		want     string
	}{
		{header, header, ""},
		{header, ha.SBDDisk{Failed: true}, "device_lost n2"},
		{ha.SBDDisk{Missing: true}, header, "device_lost n1"},
		{long, long, "header_times "},
	} {
		v := ha.ViewSBD(nil, nodes, map[string]ha.SBDHost{"n1": on(c.one), "n2": on(c.two)}, 3)
		var codes []string
		for _, f := range v.Findings {
			codes = append(codes, f.Code+" "+f.Args["node"])
		}
		if got := strings.Join(codes, "; "); got != c.want {
			t.Errorf("%+v, %+v: got %q, want %q", c.one, c.two, got, c.want)
		}
	}
}
