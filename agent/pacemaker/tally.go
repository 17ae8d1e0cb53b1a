package pacemaker

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hawser/agent/run"
	"hawser/internal/ha"
)

// Tally is how often a primitive has failed on a node, as Pacemaker counts it: by the operation that has found it.
type Tally struct {
	Reported  int    // from outside, as crm_resource --fail does
	Attribute string // of the node, that holds this number; empty where there is none
	Monitored int    // by repeated monitors
	Calls     []int  // the numbers of those that its present life has
	Last      Ran    // what has failed last
}

// asyncmon is the operation as whose result the controller notes a failure that was reported from outside.
const asyncmon = "asyncmon"

// TallyOf reads how often a primitive has failed on a node.
func (c *CIB) TallyOf(primitive, node string) Tally {
	var t Tally
	state := c.nodeState(node)
	if state == nil {
		return t
	}
	for _, pair := range state.FindElements("transient_attributes/instance_attributes/nvpair") {
		name := pair.SelectAttrValue("name", "")
		rest, counts := strings.CutPrefix(name, "fail-count-")
		id, operation, byOperation := strings.Cut(rest, "#")
		if !counts || !byOperation || base(id) != primitive {
			continue
		}
		n, err := strconv.Atoi(pair.SelectAttrValue("value", ""))
		if err != nil {
			n = ha.Infinity
		}
		switch kind, interval, _ := strings.Cut(operation, "_"); {
		case kind == asyncmon:
			t.Reported, t.Attribute = n, name
		case kind == "monitor" && interval != "0":
			t.Monitored += n
		}
	}
	for _, r := range state.FindElements("lrm/lrm_resources/lrm_resource") {
		if base(r.SelectAttrValue("id", "")) != primitive {
			continue
		}
		for _, op := range r.SelectElements("lrm_rsc_op") {
			ran := ranOf(op)
			switch failed := strings.HasSuffix(op.SelectAttrValue("id", ""), "_last_failure_0"); {
			case failed && ran.Call > t.Last.Call:
				t.Last = ran
			case !failed && ran.Interval > 0:
				t.Calls = append(t.Calls, ran.Call)
			}
		}
	}
	return t
}

// Surplus is how often a failure that was reported from outside counts beyond once, as far as reports can be taken back. Pacemaker's
// controller counts each report twice, for the two entries of the history that it makes [2.1.5, measured]; and a repeated monitor may have
// found the same failure in the same life. t is from before the report, of a life that Pacemaker knew no failure of, and later from a life
// after that. That no failure of the later life, or of one in between, is taken for it follows from what has failed last: either the report
// itself, which was after the monitor then, or a monitor that the first life had already. Pacemaker remembers no more than one failure, so
// anything that came later would be there instead.
func (t Tally) Surplus(later Tally) int {
	reports, monitors := later.Reported-t.Reported, later.Monitored-t.Monitored
	ofOneLife := later.Last.Operation == asyncmon || later.Last.Interval > 0 && slices.Contains(t.Calls, later.Last.Call)
	if !ofOneLife || reports < 1 || reports > 2 || monitors < 0 { // what others have reported or cleaned up meanwhile is theirs
		return 0
	}
	return min(reports+monitors-1, reports)
}

// Note sets a node's attribute, with the dampening that it has.
func (t Tools) Note(ctx context.Context, attribute, node, value string) error {
	if _, err := t.run(ctx, run.Cmd("attrd_updater", "--name="+attribute, "--node="+node, "--update="+value)); err != nil {
		return fmt.Errorf("set %s of %s: %w", attribute, node, err)
	}
	return nil
}

// Count sets a node's attribute that holds a number of failures, or takes it away where there are none.
func (t Tools) Count(ctx context.Context, attribute, node string, failures int) error {
	args := []string{"--name=" + attribute, "--node=" + node, "--delete"}
	if failures > 0 {
		args[2] = "--update=" + strconv.Itoa(failures)
	}
	if _, err := t.run(ctx, run.Cmd("attrd_updater", args...)); err != nil {
		return fmt.Errorf("set %s of %s: %w", attribute, node, err)
	}
	return nil
}
