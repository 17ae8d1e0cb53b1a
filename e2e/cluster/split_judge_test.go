package cluster_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hawser/e2e/sandbox"
	"hawser/e2e/sandbox/lun"
	"hawser/e2e/stage"
)

// waitUntil waits for a moment or until done, and ends at once where two nodes write.
func (a *arena) waitUntil(ctx context.Context, moment time.Time, done func() bool) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(moment) && !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := a.twoWriters(time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// settled says whether a node has been fenced and one that may survive has written since: the deadline was met.
func (a *arena) settled(ctx context.Context, r splitRow, since time.Time) bool {
	st, err := a.box.Status(ctx)
	if err != nil {
		return false
	}
	for _, f := range st.Fenced {
		done := f.Time.Add(f.Took)
		if !f.Time.After(since) || f.Err != "" || f.Mode == sandbox.FenceHang || f.Action == "on" {
			continue
		}
		written, err := a.written(done)
		if err != nil {
			return false
		}
		for n := range written {
			if slices.Contains(r.survivor(a), n) {
				return true
			}
		}
	}
	return false
}

func (a *arena) twoWriters(since time.Time) error {
	overlaps, err := a.box.LUN().Overlaps(since)
	if err != nil {
		return err
	}
	if len(overlaps) > 0 {
		return fmt.Errorf("%w: %v", errTwoWriters, overlaps)
	}
	return nil
}

// written are the moments at which a node wrote after a time.
func (a *arena) written(since time.Time) (map[string][]time.Time, error) {
	records, err := a.box.LUN().Journal()
	if err != nil {
		return nil, err
	}
	out := map[string][]time.Time{}
	for _, r := range records {
		if r.Time.After(since) && (r.Op == lun.Write || r.Op == lun.Mount) {
			out[r.Node] = append(out[r.Node], r.Time)
		}
	}
	return out, nil
}

// moments are those of a row: before the fault, after it, and from when nothing may change any more.
type moments struct{ begin, struck, settled time.Time }

// judge compares who wrote with what the row says.
func (a *arena) judge(ctx context.Context, r splitRow, at moments, o *splitOutcome) error {
	if err := a.twoWriters(time.Time{}); err != nil {
		return err
	}
	written, err := a.written(at.begin)
	if err != nil {
		return err
	}
	var now []string
	for n, times := range written {
		if times[len(times)-1].After(at.settled) {
			now = append(now, n)
		}
	}
	slices.Sort(now)
	o.survivor = strings.Join(now, " and ")
	if len(now) == 0 {
		o.survivor = "none"
	}
	last := at.begin
	for _, write := range written[a.active] {
		o.took = max(o.took, write.Sub(last))
		last = write
	}
	if len(now) == 1 && now[0] != a.active {
		o.took = written[now[0]][0].Sub(at.struck)
	}
	want := r.survivor(a)
	if !slices.Contains(want, o.survivor) {
		return fmt.Errorf("writing at the end: %s, want %s", o.survivor, strings.Join(want, " or "))
	}
	if o.survivor == a.active && o.took > pause {
		return fmt.Errorf("%s goes on, and was interrupted for %s", a.active, o.took)
	}
	if o.took < r.notBefore {
		return fmt.Errorf("a new active after %s, and the fence device took %s", o.took, r.notBefore)
	}
	fenced, err := a.fenced(ctx, at.begin)
	if err != nil {
		return err
	}
	if r.quiet && len(fenced) > 0 {
		return fmt.Errorf("nothing was to happen, and %v were fenced", fenced)
	}
	return nil
}

// fenced are the nodes whose power a fence device has taken since a time, or was asked to take.
func (a *arena) fenced(ctx context.Context, since time.Time) ([]string, error) {
	st, err := a.box.Status(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range st.Fenced {
		if f.Time.After(since) && f.Action != "on" {
			out = append(out, f.Plug)
		}
	}
	return out, nil
}

// asked is when the fence devices were asked: all of them, because fencing has failed only when the last has refused.
func (a *arena) asked(ctx context.Context, since time.Time) (time.Time, error) {
	st, err := a.box.Status(ctx)
	if err != nil {
		return time.Time{}, err
	}
	first := map[string]bool{}
	var last time.Time
	for _, f := range st.Fenced {
		if !first[f.Device] && f.Time.After(since) && f.Action != "on" {
			first[f.Device], last = true, f.Time
		}
	}
	if len(first) == 0 || a.second && len(first) < 2 {
		return last, fmt.Errorf("%d have been", len(first))
	}
	return last, nil
}

// naming is what the product said about why nothing starts.
type naming struct {
	reason string
	after  time.Duration // the fence devices were asked
	err    error
}

// waitNamed waits until the product names one of the row's reasons. The time is counted from when fence devices were asked.
func (a *arena) waitNamed(ctx context.Context, r splitRow, begin, struck time.Time) (n naming) {
	if len(r.names) == 0 {
		return n
	}
	asked := struck.Add(noticing)
	if a.arbiter {
		asked = struck.Add(3 * noticing)
	}
	if !r.hangs {
		if n.err = stage.Until(ctx, r.deadline, "the fence devices are asked", func(ctx context.Context) (bool, error) {
			var err error
			asked, err = a.asked(ctx, begin)
			return err == nil, err
		}); n.err != nil {
			return n
		}
	}
	if n.err = stage.Until(ctx, r.deadline, fmt.Sprintf("the product names one of %v", r.names), func(ctx context.Context) (bool, error) {
		reasons, err := a.Reasons(ctx, a.cluster)
		if err != nil {
			return false, err
		}
		for _, reason := range reasons {
			if slices.Contains(r.names, reason.Code) {
				n.reason, n.after = reason.Code, max(0, time.Since(asked))
				return true, nil
			}
		}
		return false, fmt.Errorf("it says %+v", reasons)
	}); n.err != nil {
		return n
	}
	within := nameWithin
	if len(a.Nodes()) == 4 {
		within += secondTry
	}
	if n.after > within {
		n.err = fmt.Errorf("%s was named %s after the fence devices were asked, want %s at most", n.reason, n.after, within)
	}
	return n
}
