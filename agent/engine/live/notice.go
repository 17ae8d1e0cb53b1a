package live

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hawser/agent/run"
	"hawser/agent/watch"
	"hawser/internal/ha"
)

var _ watch.Host = (*Driver)(nil) // an agent whose driver is none watches nothing

// unitProperties are what is asked of systemd. The answers come in the order of the units, with an empty line between two.
var unitProperties = []string{"LoadState", "ActiveState", "MainPID", "ControlGroup", "InvocationID", "Job"}

// Units implements watch.Host.
func (d *Driver) Units(ctx context.Context, names []string) (map[string]watch.Unit, error) {
	args := append([]string{"show", "--property=" + strings.Join(unitProperties, ","), "--"}, names...)
	out, err := d.runner.Run(ctx, run.Cmd("systemctl", args...))
	if err != nil {
		return nil, fmt.Errorf("ask systemd: %w", err)
	}
	list := map[string]watch.Unit{}
	for i, block := range bytes.Split(bytes.TrimSpace(out.Stdout), []byte("\n\n")) {
		if i >= len(names) {
			break
		}
		v := map[string]string{}
		for s := bufio.NewScanner(bytes.NewReader(block)); s.Scan(); {
			name, value, _ := strings.Cut(s.Text(), "=")
			v[name] = value
		}
		if v["LoadState"] != "loaded" {
			continue
		}
		pid, err := strconv.Atoi(v["MainPID"])
		if err != nil {
			pid = 0
		}
		list[names[i]] = watch.Unit{Active: v["ActiveState"], MainPID: pid, CGroup: v["ControlGroup"], Invocation: v["InvocationID"], Job: v["Job"] != "" && v["Job"] != "0"}
	}
	return list, nil
}

// Check implements watch.Host. Of a unit Pacemaker's monitor, and that of ocf:hawser:systemd, asks systemd for its ActiveState and job and
// nothing else, and so is it done here; all others are asked by crm_resource, which prepares their parameters as the cluster does.
func (d *Driver) Check(ctx context.Context, w ha.Watched) (int, error) {
	if unit := watch.UnitOf(w); unit != "" {
		units, err := d.Units(ctx, []string{unit})
		if err != nil {
			return 0, err
		}
		switch u, known := units[unit]; {
		case !known && !strings.HasPrefix(w.Agent, "systemd:"): // an init script, or gone: its agent says what that means
		case !known:
			return 0, fmt.Errorf("systemd does not know %s", unit)
		case u.Active == "active" || u.Active == "reloading" || u.Active == "refreshing":
			return 0, nil
		case slices.Contains([]string{"inactive", "failed"}, u.Active) && !u.Job: // with one it is being restarted
			return ocfNotRunning, nil
		default:
			return watch.Unsettled, nil
		}
	}
	code, err := d.cluster.Check(ctx, w.ID, w.Level, w.Timeout)
	return code, translate(err)
}

// ocfNotRunning is an agent's exit code.
const ocfNotRunning = 7

// Unreached implements watch.Host. A name instead of an address, a way that is not known, and a score below which the monitor is to fail are
// left to the monitor.
func (d *Driver) Unreached(ctx context.Context, w ha.Watched) (bool, error) {
	hosts := strings.Fields(w.Parameters["host_list"])
	if !ha.Pings(w.Agent) || len(hosts) == 0 || w.Parameters["failure_score"] != "" {
		return false, nil
	}
	for _, h := range hosts {
		if _, err := netip.ParseAddr(h); err != nil {
			return false, nil
		}
		out, err := d.runner.Run(ctx, run.Cmd("ip", "-o", "route", "get", h))
		if err != nil {
			return false, fmt.Errorf("way to %s: %w", h, err)
		}
		fields := strings.Fields(string(out.Stdout))
		at := slices.Index(fields, "dev")
		if at < 0 || at+1 == len(fields) {
			return false, fmt.Errorf("way to %s: no interface in %.200q", h, out.Stdout)
		}
		// An interface that somebody has taken down has no answer here: that is no lost carrier.
		carrier, err := os.ReadFile(d.path(filepath.Join("/sys/class/net", fields[at+1], "carrier")))
		if err != nil || strings.TrimSpace(string(carrier)) != "0" {
			return false, nil
		}
	}
	if err := d.cluster.Note(ctx, cmp.Or(w.Parameters["name"], ha.PingAttribute), d.node, "0"); err != nil {
		return false, translate(err)
	}
	return true, nil
}

// Fail implements watch.Host.
func (d *Driver) Fail(ctx context.Context, resource string) error {
	return translate(d.cluster.Fail(ctx, resource, d.node))
}

// Recount implements watch.Host.
func (d *Driver) Recount(ctx context.Context, attribute string, failures int) error {
	return translate(d.cluster.Count(ctx, attribute, d.node, failures))
}
