package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/e2e/bench/table"
	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

const (
	// manyID is a group without order. Its members are services of systemd, by Pacemaker's class for them and by ocf:hawser:systemd in turn,
	// and processes that PID files name. Their names are manyUnit or manyPID with a number.
	manyID    = "many"
	manyUnit  = manyID + "-u"
	manyPID   = manyID + "-p"
	manyUnits = 14
	manyPIDs  = 6
	manyAll   = manyUnits + manyPIDs
	// soonEnough is within what a killed process has to be reported.
	soonEnough = 500 * time.Millisecond
	// recounted is how long it may take until a failure that two have found counts once.
	recounted = 15 * time.Second
)

// crowd is the group, and what a test does to it.
type crowd struct {
	watching
	dice *rand.Rand
}

// manyMember is the name of a member: those with units come first.
func manyMember(i int) string {
	if i < manyUnits {
		return manyUnit + strconv.Itoa(i)
	}
	return manyPID + strconv.Itoa(i-manyUnits)
}

// TestWatchMany does to processes what is no failure, many times over, and kills them as often: nothing of the first may ever be reported,
// and all of the second within half a second. HAWSER_WATCH_COUNT says how often of each kind, HAWSER_WATCH_SEED which dice are thrown.
func TestWatchMany(t *testing.T) {
	count, _ := strconv.Atoi(os.Getenv("HAWSER_WATCH_COUNT"))
	if count <= 0 {
		t.Skip("NOT TRIED here, but by make watch-many")
	}
	seed, err := strconv.ParseUint(os.Getenv("HAWSER_WATCH_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	}
	earlier := os.Getenv("HAWSER_WATCH_ADD")
	runs := earlierStrikes(t, earlier)
	s := protected(t)
	c := &crowd{watching{Stage: s, t: t, node: home(t, s, "beside")}, rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // dice, no secret
	c.prepare()
	this := strikes{Commit: os.Getenv("HAWSER_WATCH_COMMIT"), Date: time.Now().UTC().Format(time.DateOnly), Seed: seed}
	for _, kind := range harmless {
		done, begin, before, alarms := 0, time.Now(), time.Now(), map[int64]bool{}
		for ; done < count; done += kind.at {
			now := time.Now()
			kind.strike(c)
			c.pause(2 * time.Second)
			c.alarms(before, alarms) // a report of the round before may have come late
			before = now
		}
		c.settled()
		c.alarms(before, alarms)
		t.Logf("seed %d: %d %s in %v: %d reported", seed, done, kind.name, time.Since(begin), len(alarms))
		this.Harmless = append(this.Harmless, harm{Done: done, Reported: len(alarms)})
	}
	this.Killed = c.kills(count)
	runs = append(runs, this)
	rows := together(runs)
	for _, r := range rows {
		if !r.Met {
			t.Errorf("seed %d: %s: %v, not %s", seed, r.Metric, r.Hawser, r.Aim)
		}
	}
	if earlier != "" {
		keepStrikes(t, earlier, runs)
	}
	if path := os.Getenv("HAWSER_WATCH_DOC"); path != "" {
		text := fmt.Sprintf("# Detection by events on real nodes\n\nWritten by `make watch-many`, %s: what is no failure, and processes that were killed, one after the other at any moment between two monitors of every 10 s. Of the %d resources %d are services of systemd, by `systemd:` and by `ocf:hawser:systemd` in turn, %d are `ocf:heartbeat:anything`.\n\n%s",
			told(runs), manyAll, manyUnits, manyPIDs, table.Markdown(rows))
		if err := os.WriteFile(filepath.Clean(path), []byte(text), 0o644); err != nil { //nolint:gosec // for everybody to read
			t.Error(err)
		}
	}
}

// harmless is what is no failure.
var harmless = []struct {
	name   string
	at     int // how many at once
	strike func(*crowd)
}{
	{"processes restarted by systemd", manyUnits, (*crowd).restartedBySystemd},
	{"processes replaced by themselves, as in a reload", manyPIDs, (*crowd).replaced},
	{"processes killed and started in maintenance", manyAll, (*crowd).inMaintenance},
	{"processes stopped and started by Pacemaker", manyAll, (*crowd).stoppedAndStarted},
	{"processes restarted by Pacemaker", manyAll, (*crowd).restartedByPacemaker},
}

// prepare creates the group on a node where the database does not run.
func (c *crowd) prepare() {
	c.t.Helper()
	ctx := c.t.Context()
	for _, n := range c.Nodes() {
		unit := "[Unit]\nDescription=watched by a test\nStartLimitIntervalSec=0\n[Service]\nExecStart=/usr/bin/sleep infinity\n"
		if _, err := c.ExecInput(ctx, []byte(unit), n, "sh", "-c", "cat >/run/systemd/system/hawser-many@.service && systemctl daemon-reload"); err != nil {
			c.t.Fatal(err)
		}
	}
	group := ha.Resource{ID: manyID, Kind: ha.Group, Meta: map[string]string{"ordered": "false", "migration-threshold": "0"}}
	monitored := []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "20s"}}
	for i := range manyAll {
		r := ha.Resource{ID: manyMember(i), Kind: ha.Primitive, Operations: monitored}
		unit := "hawser-many@" + strconv.Itoa(i)
		switch {
		case i >= manyUnits:
			r.Agent = "ocf:heartbeat:anything"
			r.Parameters = map[string]string{"binfile": "/usr/bin/sleep", "cmdline_options": "infinity", "pidfile": pidFileOf(r.ID)}
		case i%2 == 1:
			r.Agent, r.Parameters = ha.SystemdAgent, map[string]string{"unit": unit}
		default:
			r.Agent = "systemd:" + unit
		}
		group.Members = append(group.Members, r)
	}
	c.cli("cluster", "properties", clusterName, ha.WatchProperty+"=on")
	c.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.t.Context()), 2*time.Minute)
		defer cancel()
		_, _ = c.CLI(ctx, "cluster", "properties", clusterName, "--unset", ha.WatchProperty, "--unset", "maintenance-mode")
		_, _ = c.CLI(ctx, "resource", "delete", clusterName, manyID, "--yes")
	})
	if err := c.Create(ctx, clusterName, api.NewResource{Resource: group}); err != nil {
		c.t.Fatal(err)
	}
	c.cli("resource", "prefer", clusterName, manyID, "--node", c.node)
	c.well()
	c.watched()
}

func pidFileOf(id string) string { return "/run/hawser-" + id + ".pid" }

func (c *crowd) well() {
	c.t.Helper()
	if err := c.WaitWell(c.t.Context(), clusterName, stage.Group, manyID); err != nil {
		c.t.Fatal(err)
	}
}

// watched waits until the node watches all of them.
func (c *crowd) watched() {
	c.t.Helper()
	err := stage.Until(c.t.Context(), time.Minute, "all of "+manyID+" to be watched", func(ctx context.Context) (bool, error) {
		st, err := c.State(ctx, clusterName)
		n := 0
		for _, w := range st.WatchedBy(c.node) {
			if strings.HasPrefix(w.Resource, manyID+"-") {
				n++
			}
		}
		return n == manyAll, errors.Join(err, fmt.Errorf("%d are", n))
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// pause waits for a moment, and nobody knows for how long.
func (c *crowd) pause(most time.Duration) {
	timer := time.NewTimer(time.Duration(c.dice.Int64N(int64(most))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.t.Context().Done():
	}
}

func (c *crowd) sh(script string) string { return c.on("sh", "-c", script) }

// alarms notes what has been reported since. It is asked after each round: no more than the last events are listed.
func (c *crowd) alarms(since time.Time, seen map[int64]bool) {
	c.t.Helper()
	list, err := c.reported(c.t.Context(), since)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range list {
		if strings.HasPrefix(e.Object, manyID+"-") && !seen[e.ID] {
			c.t.Logf("reported: %+v", e)
			seen[e.ID] = true
		}
	}
}

// none is a figure that has to be 0.
func none(metric string, n int) table.Row { return table.Below(metric, "", float64(n), 0, 1) }

func (c *crowd) restartedBySystemd() { c.sh("systemctl restart 'hawser-many@*.service'") }

// succeed has a process begin and then end the one whose place it takes, as a daemon that reloads itself does.
const succeed = `for f in /run/hawser-many-*.pid; do old=$(cat $f); setsid sleep infinity </dev/null >/dev/null 2>&1 & echo $! >$f.new; mv $f.new $f; kill -9 $old; done`

func (c *crowd) replaced() { c.sh(succeed) }

func (c *crowd) inMaintenance() {
	c.cli("cluster", "properties", clusterName, "maintenance-mode=true")
	c.sh("systemctl kill --signal=KILL 'hawser-many@*.service'; for f in /run/hawser-many-*.pid; do kill -9 $(cat $f); done")
	c.pause(2 * time.Second)
	c.sh(fmt.Sprintf(`for i in $(seq 0 %d); do systemctl start hawser-many@$i.service; done; for f in /run/hawser-many-*.pid; do setsid sleep infinity </dev/null >/dev/null 2>&1 & echo $! >$f; done`, manyUnits-1))
	c.cli("cluster", "properties", clusterName, "--unset", "maintenance-mode")
	c.well()
}

func (c *crowd) stoppedAndStarted() {
	c.cli("resource", "stop", clusterName, manyID)
	c.pause(time.Second)
	c.cli("resource", "start", clusterName, manyID)
	c.well()
}

func (c *crowd) restartedByPacemaker() { c.cli("resource", "restart", clusterName, manyID); c.well() }

// killed is a process that was killed, and what came of it.
type killed struct {
	id string
	at time.Time
	ms float64 // until it was reported; 0 where Pacemaker's own monitor was sooner
}

// kills kills one process after the other, each when Pacemaker has nothing left to do, and says what became of them. For Pacemaker the start of a
// unit ends up to two seconds after its process has begun: who is killed until then is a start that has failed, which it finds itself and counts as
// INFINITY. And what follows a failure on one node would take the processors, which all nodes share here, from the next report.
func (c *crowd) kills(count int) deaths {
	c.t.Helper()
	c.cli("resource", "cleanup", clusterName, manyID)
	c.watched()
	d, times := deaths{Done: count}, map[string]int{}
	for done := 1; done <= count; done++ {
		c.on("crm_resource", "--wait", "--timeout", "60")
		c.pause(2 * time.Second)
		k := c.killOne()
		times[k.id]++
		if k.ms > 0 {
			d.Milliseconds = append(d.Milliseconds, k.ms)
		} else if after, found := c.foundBy(k); found && after <= soonEnough {
			d.Own++
		} else {
			d.Missed++
			c.t.Logf("kill %d: nobody has reported %s; found by a monitor: %t, after %v", done, k.id, found, after)
		}
		if k.ms > milliseconds(soonEnough) {
			c.t.Logf("kill %d: %s was reported after %v ms:\n%s", done, k.id, k.ms, c.sh("journalctl --no-pager --output=short-precise --unit=hawser-agent --unit=pacemaker --grep="+k.id+" --since=@"+strconv.FormatInt(k.at.Unix(), 10)))
		}
	}
	d.More, d.Fewer = c.counts(times)
	return d
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// strike kills the process that a command prints, prints when, and waits until there is another one. It looks only now and then, and on the node:
// the processors are those of whoever reports.
const strike = `pid() { %s; }; old=$(pid); date +%%s.%%N; kill -9 $old; for look in $(seq 120); do sleep 0.5; now=$(pid) && [ -n "$now" ] && [ $now != 0 ] && [ $now != $old ] && kill -0 $now && exit 0; done; exit 1`

// killOne kills the process of a resource, waits until there is another one, and for the report. Asking the server for it
// meanwhile would take the processors, which all nodes share here, from who reports.
func (c *crowd) killOne() killed {
	c.t.Helper()
	k := killed{id: manyMember(c.dice.IntN(manyAll))}
	pid := "cat " + pidFileOf(k.id)
	if unit, is := strings.CutPrefix(k.id, manyUnit); is {
		pid = "systemctl show --property=MainPID --value hawser-many@" + unit + ".service"
	}
	at, err := strconv.ParseFloat(c.sh(fmt.Sprintf(strike, pid)), 64)
	if err != nil {
		c.t.Fatal(err)
	}
	k.at = time.UnixMicro(int64(at * 1e6))
	k.ms = c.reportOf(k)
	return k
}

// foundBy is how long after the kill a monitor of Pacemaker's found it.
func (c *crowd) foundBy(k killed) (time.Duration, bool) {
	out, _ := c.Exec(c.t.Context(), c.node, "journalctl", "--quiet", "--no-pager", "--output=short-unix", "--identifier=pacemaker-controld", "--grep=Result of monitor operation for "+k.id+" on .*: (?!ok$)",
		"--since=@"+strconv.FormatInt(k.at.Unix(), 10)) // fails where there is no such line
	for line := range strings.Lines(string(out)) {
		seconds, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if at, err := strconv.ParseFloat(seconds, 64); err == nil {
			if after := time.UnixMicro(int64(at * 1e6)).Sub(k.at); after >= 0 {
				return after, true
			}
		}
	}
	return 0, false
}

// reportOf waits for the report of a process that was killed. There is none where a monitor was sooner.
func (c *crowd) reportOf(k killed) (ms float64) {
	_ = stage.Until(c.t.Context(), quietFor, "the event of "+k.id, func(ctx context.Context) (bool, error) {
		list, err := c.reported(ctx, k.at)
		for _, e := range list {
			if e.Object == k.id {
				took, err := strconv.ParseFloat(e.Args["ms"], 64)
				if err == nil {
					ms = max(took, 1)
				}
				return err == nil, err
			}
		}
		return false, err
	})
	return ms
}

// counts says how many failures Pacemaker counts that were none, and how many it has missed.
func (c *crowd) counts(times map[string]int) (more, fewer int) {
	c.t.Helper()
	err := stage.Until(c.t.Context(), recounted, "each failure to count once", func(ctx context.Context) (bool, error) {
		st, err := c.State(ctx, clusterName)
		if err != nil {
			return false, err
		}
		counted := map[string]int{}
		for _, f := range st.Failures {
			counted[f.Resource] = f.Count
		}
		more, fewer = 0, 0
		for id, n := range times {
			more += max(counted[id]-n, 0)
			fewer += max(n-counted[id], 0)
		}
		return more+fewer == 0, fmt.Errorf("%d too many, %d too few", more, fewer)
	})
	if err != nil {
		c.t.Log(err)
	}
	return more, fewer
}
