// Package assess finds out whether Hawser can manage a cluster without losing anything of its configuration.
//
// It takes a CIB through everything that the agent does with one — read, type, edit, write, patch — on copies, and compares
// what comes out with what went in by a reader of its own. Nothing is asked of a running cluster.
package assess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// The verdicts on a file.
const (
	LossFree = "loss_free"
	Lost     = "lost"
	NotCIB   = "not_cib"
)

// The results of a check.
const (
	OK      = "ok"
	Failed  = "lost"
	Skipped = "skipped"
)

// The checks, in their order. Each has its sentence in internal/words under assess.<check>.
const (
	checkIdentity  = "identity"  // read and written back, it says the same
	checkModel     = "model"     // everything shown, saved as it is shown, changes nothing
	checkPatch     = "patch"     // Pacemaker's own comparison of before and after is empty
	checkTag       = "tag"       // a tag is added and removed by the edits that users make, and nothing is left of it
	checkDecisions = "decisions" // the scheduler decides the same before, with the tag, and after
	checkWrite     = "write"     // the installed Pacemaker takes both changes, and then has what it had
)

// Check is one thing that was tried.
type Check struct {
	Name   string            `json:"name"`
	Result string            `json:"result"`
	Reason string            `json:"reason,omitempty"` // why it was skipped or what was lost: a key of internal/words
	Args   map[string]string `json:"args,omitempty"`
}

// Report is what is said of one file.
type Report struct {
	File    string       `json:"file"`
	Verdict string       `json:"verdict"`
	Why     *fault.Error `json:"why,omitempty"` // why it is no CIB
	// Writable says whether the Pacemaker of this host can write this CIB; it is missing where that could not be tried.
	Writable *bool `json:"writable,omitempty"`
	*pacemaker.Inventory
	Checks []Check `json:"checks,omitempty"`
}

// Assessor assesses CIBs.
type Assessor struct {
	Runner run.Runner // of Pacemaker's tools; those that are missing are not asked
	Temp   string     // a folder for copies, which hold secrets; empty means the system's
	Now    time.Time  // at which the scheduler judges rules about time
	// Write writes a CIB; nil means as the agent does. A test that must fail loses something here.
	Write func(*pacemaker.CIB) []byte
}

// File assesses one CIB. The error is that of ctx; whatever is wrong with the CIB is in the report.
func (a Assessor) File(ctx context.Context, name string, data []byte) (Report, error) {
	r := Report{File: name}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		r.Verdict = NotCIB
		if r.Why = fault.Public(err); r.Why == nil {
			return r, err
		}
		return r, ctx.Err()
	}
	inv := cib.Inventory()
	r.Inventory = &inv
	if most := 20_000; inv.Understood["primitive"] > most {
		r.Verdict = NotCIB
		r.Why = fault.New(fault.Invalid, "cib.too_many", "more than %d resources", most).With("limit", strconv.Itoa(most))
		return r, nil
	}
	t := &trial{Assessor: a, tools: pacemaker.Tools{Runner: a.Runner, Temp: a.Temp}, original: data, before: cib, report: &r}
	for _, step := range []func(context.Context) error{t.identity, t.model, t.patch, t.tag, t.decisions, t.write} {
		if err := errors.Join(ctx.Err(), step(ctx)); err != nil {
			return r, err
		}
	}
	r.Verdict = LossFree
	for _, c := range r.Checks {
		if c.Result == Failed {
			r.Verdict = Lost
		}
	}
	return r, nil
}

// trial is the way of one CIB through the checks.
type trial struct {
	Assessor
	tools    pacemaker.Tools
	original []byte
	before   *pacemaker.CIB
	tagged   *pacemaker.CIB // with the new tag; nil where there is nothing that could have one
	after    *pacemaker.CIB // and without it again
	report   *Report
}

func (t *trial) written(c *pacemaker.CIB) []byte {
	if t.Write != nil {
		return t.Write(c)
	}
	return c.Bytes()
}

func (t *trial) add(name, result, reason string, pairs ...string) {
	c := Check{Name: name, Result: result, Reason: reason}
	if len(pairs) > 0 {
		c.Args = map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			c.Args[pairs[i]] = pairs[i+1]
		}
	}
	t.report.Checks = append(t.report.Checks, c)
}

// same notes whether a document says what another said.
func (t *trial) same(check string, was, is []byte) bool {
	place, err := difference(was, is)
	switch {
	case err != nil:
		t.add(check, Failed, "assess.unreadable", "why", err.Error())
	case place != "":
		t.add(check, Failed, "assess.differs", "place", place)
	}
	return err == nil && place == ""
}

func (t *trial) identity(context.Context) error {
	normal, err := pacemaker.NormalXML(t.original)
	if err != nil {
		return fmt.Errorf("assess: %w", err) // it has been read before
	}
	// What is normal is judged here once more, by the letter: only white space may have become a space.
	if !bytes.Equal(withoutSpace(t.original), withoutSpace(normal)) {
		t.add(checkIdentity, Failed, "assess.differs", "place", "/")
		return nil
	}
	if t.same(checkIdentity, normal, t.written(t.before)) {
		t.add(checkIdentity, OK, "")
	}
	return nil
}

func withoutSpace(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	return bytes.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, data)
}

// model saves everything as it is shown. What Hawser refuses to save, it also leaves as it is.
func (t *trial) model(ctx context.Context) error {
	edits := asShown(t.before.Config())
	saved, refused := t.before.Clone(), 0
	if err := saved.Apply(edits); err != nil { // one by one, to leave out what is refused
		if saved, refused, err = oneByOne(ctx, t.before, edits); err != nil {
			return err
		}
	}
	if t.same(checkModel, t.before.Bytes(), t.written(saved)) {
		t.add(checkModel, OK, "", "count", strconv.Itoa(len(edits)-refused), "refused", strconv.Itoa(refused))
	}
	return nil
}

func oneByOne(ctx context.Context, before *pacemaker.CIB, edits []ha.Edit) (*pacemaker.CIB, int, error) {
	saved, refused := before.Clone(), 0
	for i := range edits {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if trial := saved.Clone(); trial.Apply(edits[i:i+1]) == nil {
			saved = trial
		} else {
			refused++
		}
	}
	return saved, refused, nil
}

// asShown are the edits that save a configuration as it is shown.
func asShown(cfg ha.Config) []ha.Edit {
	var edits []ha.Edit
	values := func(op ha.EditOp, node string, values map[string]string) {
		if len(values) > 0 {
			edits = append(edits, ha.Edit{Op: op, Node: node, Values: values})
		}
	}
	values(ha.SetProperties, "", cfg.Properties)
	values(ha.SetResourceDefault, "", cfg.ResourceDefaults)
	values(ha.SetOpDefault, "", cfg.OperationDefaults)
	for _, n := range cfg.Nodes {
		values(ha.SetNodeAttributes, n.Name, n.Attributes)
		values(ha.SetUtilization, n.Name, n.Utilization)
	}
	var walk func(list []ha.Resource)
	walk = func(list []ha.Resource) {
		for _, r := range list {
			edits = append(edits, ha.Edit{Op: ha.UpdateResource, Resource: &r})
			walk(r.Members)
		}
	}
	walk(cfg.Resources)
	for _, c := range cfg.Constraints {
		if !c.Complex {
			edits = append(edits, ha.Edit{Op: ha.CreateConstraint, Constraint: &c}, ha.Edit{Op: ha.UpdateConstraint, Constraint: &c})
		}
	}
	for _, s := range cfg.AttributeSets {
		edits = append(edits, ha.Edit{Op: ha.PutAttributes, Attributes: &s})
	}
	for rest := cfg.Levels; len(rest) > 0; {
		target := slices.DeleteFunc(slices.Clone(rest), func(l ha.FenceLevel) bool { return !l.SameTarget(rest[0]) })
		edits = append(edits, ha.Edit{Op: ha.SetFenceLevels, Levels: target})
		first := rest[0]
		rest = slices.DeleteFunc(slices.Clone(rest), first.SameTarget)
	}
	for _, tag := range cfg.Tags {
		edits = append(edits, ha.Edit{Op: ha.CreateTag, Tag: &tag}, ha.Edit{Op: ha.UpdateTag, Tag: &tag})
	}
	return edits
}

// patch asks Pacemaker whether it sees a difference between the file and what is written of it.
func (t *trial) patch(ctx context.Context) error {
	dir, err := os.MkdirTemp(t.Temp, "assess-") // mode 0700: the files hold secrets
	if err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	defer os.RemoveAll(dir)
	old, new := filepath.Join(dir, "old.xml"), filepath.Join(dir, "new.xml")
	if err := errors.Join(os.WriteFile(old, t.original, 0o600), os.WriteFile(new, t.written(t.before), 0o600)); err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	out, err := t.Runner.Run(ctx, run.Cmd("crm_diff", "--original", old, "--new", new))
	switch {
	case run.Missing(err):
		t.add(checkPatch, Skipped, "assess.no_tool", "tool", "crm_diff")
	case run.Code(err) == 1:
		t.add(checkPatch, Failed, "assess.patch_not_empty")
	case err != nil:
		t.add(checkPatch, Skipped, "assess.tool_failed", "tool", "crm_diff", "why", words(err))
	case len(bytes.TrimSpace(out.Stdout)) > 0:
		t.add(checkPatch, Failed, "assess.patch_not_empty")
	default:
		t.add(checkPatch, OK, "")
	}
	return ctx.Err()
}

// words is what a tool said, short enough for a line. Cibadmin prints the CIB that it could not write, too, which holds
// secrets: lines of XML are left out.
func words(err error) string {
	said := "exit status " + strconv.Itoa(run.Code(err))
	for line := range strings.Lines(run.Words(err)) {
		if text := strings.TrimSpace(line); text != "" && !strings.ContainsAny(text, "<>") {
			said = text
		}
	}
	return said[:min(300, len(said))]
}
