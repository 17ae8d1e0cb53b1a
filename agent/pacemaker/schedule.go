package pacemaker

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

	"github.com/beevik/etree"

	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Look says how the scheduler is asked.
type Look struct {
	// At is the moment for which it decides: rules and expiring constraints depend on it.
	At time.Time
	// Inject are operations whose failure it has to answer, as crm_simulate's --op-inject takes them.
	Inject []string
	// Carry has the actions carried out on the copy: Decision.After is then the CIB as it would be. It takes a multiple of the time,
	// because the tool writes the whole file for each action: with 500 resources it is not done within minutes [2.1.5].
	Carry bool
	// Graph asks for the single operations and their order.
	Graph bool
	// Scores asks for the scores of this primitive on every node. Those of all resources are most of what the tool prints.
	Scores string
}

// Input is a stored input of the scheduler: a CIB as it was when it decided.
type Input struct {
	Name    string
	Written time.Time
}

// Decision is what the scheduler makes of a CIB.
type Decision struct {
	Nodes     []ha.NodeState
	Resources []ha.ResourceState // as they are
	Scores    []Score            // of the primitive in Look.Scores
	Actions   []ha.ForecastAction
	Steps     []GraphStep // where Look.Graph was set
	After     []byte      // where Look.Carry was set: the CIB once everything is done
}

// Score is what a resource has on a node when the scheduler has added everything up.
type Score struct {
	Resource string // without the number of an instance
	Instance string // as the scheduler names it
	Node     string
	Value    int
	// Final says that it is the last word about a primitive, not one of the steps towards it.
	Final bool
	// Promotion says that it is about which instance is promoted.
	Promotion bool
}

// GraphStep is one operation of a transition. Before are the indices of the steps that must have ended when it begins.
type GraphStep struct {
	Operation string // start, stop, … or fence
	Resource  string // without the number of an instance
	Node      string
	Interval  int  // milliseconds
	Pseudo    bool // takes no time: nothing is carried out
	Timeout   int  // milliseconds
	Before    []int
}

// scheduleTime bounds one decision: 32 nodes and 500 resources take a second or two, on a busy machine some more.
const scheduleTime = 2 * time.Minute

// manyPieces has glibc keep freed memory as a program needs it that makes and drops millions of small pieces: with 32 nodes and 500
// resources the scheduler then takes a fifth less time. Other libraries do not know the variable.
const manyPieces = "GLIBC_TUNABLES=glibc.malloc.mxfast=0:glibc.malloc.tcache_count=2000"

// Schedule asks Pacemaker's scheduler about a copy of a CIB. The tool runs as a child of its own, on files of mode 0600, because
// it aborts on a CIB that is newer than itself [2.1.5]: that is a Failed fault.
func (t Tools) Schedule(ctx context.Context, cib []byte, o Look) (Decision, error) {
	dir, err := os.MkdirTemp(t.Temp, "schedule-") // mode 0700: the files hold secrets
	if err != nil {
		return Decision{}, fmt.Errorf("ask scheduler: %w", err)
	}
	defer os.RemoveAll(dir)
	in, out, graph := filepath.Join(dir, "in.xml"), filepath.Join(dir, "out.xml"), filepath.Join(dir, "graph.xml")
	if err := os.WriteFile(in, cib, 0o600); err != nil {
		return Decision{}, fmt.Errorf("ask scheduler: %w", err)
	}
	args := []string{"--output-as=xml", "--xml-file=" + in}
	if o.Scores != "" {
		args = append(args, "--show-scores")
	}
	if !o.At.IsZero() {
		args = append(args, "--set-datetime="+o.At.UTC().Format("2006-01-02T15:04:05Z"))
	}
	for _, spec := range o.Inject {
		args = append(args, "--op-inject="+spec)
	}
	if o.Carry {
		args = append(args, "--simulate", "--save-output="+out)
	} else {
		args = append(args, "--run")
	}
	if o.Graph {
		args = append(args, "--save-graph="+graph)
	}
	printed, err := t.Runner.Run(ctx, run.Cmd("crm_simulate", args...).With(manyPieces).Within(scheduleTime))
	if err != nil {
		if ctx.Err() != nil || run.Missing(err) || errors.Is(err, context.DeadlineExceeded) {
			return Decision{}, fmt.Errorf("ask scheduler: %w", err)
		}
		return Decision{}, fault.New(fault.Failed, "insight.scheduler_refuses", "Pacemaker's scheduler does not take this configuration: %w", err).With("why", run.Words(err))
	}
	d, err := parseDecision(scoresOf(o.Scores, printed.Stdout))
	if err != nil {
		return d, err
	}
	if o.Graph {
		data, err := os.ReadFile(graph)
		if err != nil {
			return d, fmt.Errorf("ask scheduler: %w", err)
		}
		if d.Steps, err = parseGraph(data); err != nil {
			return d, err
		}
	}
	if o.Carry {
		if d.After, err = os.ReadFile(out); err != nil {
			return d, fmt.Errorf("ask scheduler: %w", err)
		}
	}
	return d, nil
}

// scoresOf leaves out the lines with scores of anything but one primitive and its instances: with 500 resources on 32 nodes reading them
// all takes longer than the decision.
func scoresOf(primitive string, printed []byte) []byte {
	var kept []byte
	for line := range bytes.Lines(printed) {
		is := bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("<node_weight ")) || bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("<promotion_score "))
		if !is || bytes.Contains(line, []byte(` id="`+primitive+`"`)) || bytes.Contains(line, []byte(` id="`+primitive+`:`)) {
			kept = append(kept, line...)
		}
	}
	return kept
}

// parseDecision reads what crm_simulate prints.
func parseDecision(data []byte) (Decision, error) {
	var d Decision
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return d, fmt.Errorf("parse crm_simulate: %w", err)
	}
	root := doc.Root()
	if root == nil || root.SelectElement("actions") == nil {
		return d, errors.New("parse crm_simulate: no actions")
	}
	p := status{zone: time.UTC, counts: map[[2]string]int{}}
	for _, e := range root.FindElements("cluster_status/nodes/node") {
		p.node(e)
	}
	if list := root.FindElement("cluster_status/resources"); list != nil {
		for _, e := range list.ChildElements() {
			if r, known := p.resource(e); known {
				d.Resources = append(d.Resources, r)
			}
		}
	}
	d.Nodes = p.state.Nodes
	for _, e := range root.FindElements("allocations/*") {
		if s, is := score(e); is {
			d.Scores = append(d.Scores, s)
		}
	}
	for _, e := range root.SelectElement("actions").ChildElements() {
		if a, known := action(e); known {
			d.Actions = append(d.Actions, a)
		}
	}
	return d, nil
}

// score reads a line of the scores. The functions' names have changed over the versions (native_color, pcmk__native_allocate,
// pcmk__primitive_assign): what is common to them tells which is which.
func score(e *etree.Element) (Score, bool) {
	function := e.SelectAttrValue("function", "")
	s := Score{Instance: e.SelectAttrValue("id", ""), Node: e.SelectAttrValue("node", "")}
	s.Resource = base(s.Instance)
	switch e.Tag {
	case "node_weight":
		s.Final = strings.Contains(function, "native") || strings.Contains(function, "primitive")
	case "promotion_score":
		s.Promotion = true
	default:
		return s, false
	}
	s.Value = ha.Score(e.SelectAttrValue("score", "0"))
	return s, s.Instance != "" && s.Node != ""
}

// actionKinds are the scheduler's words for what becomes of a resource.
var actionKinds = []string{"start", "stop", "move", "migrate", "restart", "recover", "reload", "promote", "demote"}

// action reads one line of the scheduler's summary.
func action(e *etree.Element) (ha.ForecastAction, bool) {
	a := ha.ForecastAction{Reason: e.SelectAttrValue("reason", ""), Blocked: yes(e, "blocked")}
	switch e.Tag {
	case "node_action":
		a.To = e.SelectAttrValue("node", "")
		switch task := e.SelectAttrValue("task", ""); {
		case task == "Fence (on)":
			a.Kind = "unfence"
		case strings.HasPrefix(task, "Fence"):
			a.Kind = "fence"
		}
		return a, a.Kind != ""
	case "rsc_action":
		a.Kind = strings.ToLower(e.SelectAttrValue("action", ""))
		if a.Kind == "reload-agent" {
			a.Kind = "reload"
		}
		if !slices.Contains(actionKinds, a.Kind) {
			return a, false
		}
		a.Resource = base(e.SelectAttrValue("resource", ""))
		node := e.SelectAttrValue("node", "")
		a.From, a.To = e.SelectAttrValue("source", ""), e.SelectAttrValue("dest", "")
		switch a.Kind {
		case "start":
			a.To = firstNonEmpty(a.To, node)
		case "stop":
			a.From, a.To = firstNonEmpty(a.From, node), ""
		default:
			a.From = firstNonEmpty(a.From, node)
			a.To = firstNonEmpty(a.To, a.From)
		}
		a.Role = role(firstNonEmpty(e.SelectAttrValue("next-role", ""), e.SelectAttrValue("role", "")))
		return a, true
	}
	return a, false
}

func firstNonEmpty(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// parseGraph reads a transition graph into its operations, each with those before it.
func parseGraph(data []byte) ([]GraphStep, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, fmt.Errorf("parse transition graph: %w", err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "transition_graph" {
		return nil, errors.New("parse transition graph: none")
	}
	number := map[string]int{} // by the graph's own ID
	var steps []GraphStep
	var inputs []*etree.Element
	for _, synapse := range root.SelectElements("synapse") {
		for _, e := range synapse.FindElements("action_set/*") {
			number[e.SelectAttrValue("id", "")] = len(steps)
			steps = append(steps, graphStep(e))
			inputs = append(inputs, synapse.SelectElement("inputs"))
		}
	}
	for i, in := range inputs {
		if in == nil {
			continue
		}
		for _, trigger := range in.FindElements("trigger/*") {
			if before, has := number[trigger.SelectAttrValue("id", "")]; has {
				steps[i].Before = append(steps[i].Before, before)
			}
		}
	}
	return steps, nil
}

func graphStep(e *etree.Element) GraphStep {
	s := GraphStep{Operation: e.SelectAttrValue("operation", ""), Node: e.SelectAttrValue("on_node", ""), Pseudo: e.Tag == "pseudo_event"}
	attributes := e.SelectElement("attributes")
	if attributes != nil {
		s.Timeout, _ = strconv.Atoi(attributes.SelectAttrValue("CRM_meta_timeout", ""))
		s.Interval, _ = strconv.Atoi(attributes.SelectAttrValue("CRM_meta_interval", ""))
	}
	switch {
	case e.Tag == "crm_event" && s.Operation == "stonith":
		s.Operation = Fencing
		if attributes != nil && attributes.SelectAttrValue("CRM_meta_stonith_action", "") == "on" {
			s.Operation = "unfence"
		}
		return s
	case e.Tag == "crm_event":
		s.Pseudo = true // clear_failcount and the like: an update of the CIB
	}
	if p := e.SelectElement("primitive"); p != nil {
		s.Resource = base(p.SelectAttrValue("id", ""))
	} else if key := operationKey.FindStringSubmatch(e.SelectAttrValue("operation_key", "")); key != nil {
		s.Resource = base(key[1])
	}
	return s
}
