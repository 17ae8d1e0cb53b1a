package cli

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (a *app) healthCommands() *cobra.Command {
	return a.group("health",
		verb{key: "health.show", args: []string{"cluster"}, run: showHealth},
		verb{key: "health.set", args: []string{"cluster"}, long: true, flags: a.healthFlags, run: func(ctx context.Context, k *call) error {
			shown, changed, err := k.healthPolicy(ctx)
			if err != nil {
				return err
			}
			if !changed {
				return fault.New(fault.Invalid, "cli.health_needed", "say what is to change, for example --move red")
			}
			return k.start(ctx, "health.set", api.SetHealth{HealthPolicy: shown.Policy, Version: shown.Version})
		}},
		verb{key: "health.unset", args: []string{"cluster"}, long: true, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.health.unset", "name", k.args["cluster"]); err != nil {
				return err
			}
			return k.start(ctx, "health.unset", nil)
		}},
		verb{key: "health.whatif", args: []string{"cluster"}, flags: func(f *pflag.FlagSet) {
			a.healthFlags(f)
			f.StringSlice("colour", nil, a.t("cli.flag.health.colour"))
			f.Bool("steps", false, a.t("cli.flag.whatif.steps"))
		}, run: whatIfHealth},
		verb{key: "health.history", args: []string{"cluster", "node"}, run: healthHistory},
	)
}

// healthFlags are what a policy is made of. A rule is written as it stands in the CIB; what it does not name stays.
func (a *app) healthFlags(f *pflag.FlagSet) {
	f.String("move", "", a.t("cli.flag.health.move"))
	for _, k := range ha.HealthKinds {
		f.String(string(k), "", a.t("cli.flag.health."+string(k)))
	}
	f.String("node", "", a.t("cli.flag.health.node"))
	f.StringSlice("inherit", nil, a.t("cli.flag.health.inherit"))
	f.StringSlice("except", nil, a.t("cli.flag.health.except"))
	f.StringSlice("no-except", nil, a.t("cli.flag.health.no_except"))
}

// healthPolicy is the policy that there is with what the flags change, and whether they change anything.
func (k *call) healthPolicy(ctx context.Context) (shown api.HealthShown, changed bool, err error) {
	if err := k.do(ctx, "health.show", nil, &shown); err != nil {
		return shown, false, err
	}
	p, node := &shown.Policy, k.flag("node")
	if move := k.flag("move"); move != "" {
		p.Move, changed = ha.HealthMove(move), true
	}
	for _, kind := range ha.HealthKinds {
		text := k.flag(string(kind))
		if text == "" {
			continue
		}
		base := *p.Rule(kind)
		if node != "" {
			base = p.RuleFor(node, kind)
		}
		rule, err := ha.ParseHealthRule(kind, text, base)
		if err != nil {
			if f := fault.Public(err); f.Code != fault.Internal {
				return shown, false, f
			}
			return shown, false, fault.New(fault.Invalid, "cli.health_rule", "--%s: %s is not understood", kind, err.Error()).With("name", "--"+string(kind), "value", err.Error())
		}
		changed = true
		if node != "" {
			p.Node(node).SetRule(kind, &rule)
		} else {
			*p.Rule(kind) = rule
		}
	}
	for _, name := range k.list("inherit") {
		if node == "" || !slices.Contains(ha.HealthKinds, ha.HealthKind(name)) {
			return shown, false, fault.New(fault.Invalid, "cli.health_inherit", "--inherit takes cpu, mem or disk, and needs --node")
		}
		p.Node(node).SetRule(ha.HealthKind(name), nil)
		changed = true
	}
	p.Nodes = slices.DeleteFunc(p.Nodes, func(n ha.NodeHealthRules) bool { return n.CPU == nil && n.Memory == nil && n.Disk == nil })
	for _, id := range k.list("except") {
		if !slices.Contains(p.Except, id) {
			p.Except = append(p.Except, id)
		}
		changed = true
	}
	for _, id := range k.list("no-except") {
		p.Except = slices.DeleteFunc(p.Except, func(o string) bool { return o == id })
		changed = true
	}
	return shown, changed, nil
}

func showHealth(ctx context.Context, k *call) error {
	var h api.HealthShown
	if err := k.do(ctx, "health.show", nil, &h); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(h)
	}
	k.line(k.t("health.move." + string(h.Policy.Move)))
	for _, kind := range ha.HealthKinds {
		k.line(fmt.Sprintf("%s: %s", k.t("health.kind."+string(kind)), h.Policy.Rule(kind).Text()))
	}
	for _, n := range h.Policy.Nodes {
		for _, kind := range ha.HealthKinds {
			if own := n.Rule(kind); own != nil {
				k.line(fmt.Sprintf("%s, %s: %s", n.Node, k.t("health.kind."+string(kind)), own.Text()))
			}
		}
	}
	if len(h.Policy.Except) > 0 {
		k.line(k.t("cli.health.except", "list", strings.Join(h.Policy.Except, k.t("cli.comma"))))
	}
	if len(h.Held) > 0 {
		key := "cli.health.held"
		if h.Policy.Move == ha.MovePrefer {
			key = "cli.health.follow"
		}
		k.line(k.t(key, "list", strings.Join(h.Held, k.t("cli.comma"))))
	}
	for _, a := range h.Agents {
		k.line(k.t("finding.health_agent", "resource", a.Resource, "agent", a.Agent, "kind", string(a.Kind)))
	}
	for _, m := range h.Mistakes {
		k.line(k.t("finding.health_unread", "name", strings.TrimSpace(m.Node+" "+m.Name), "value", m.Value, "why", m.Why))
	}
	k.line("")
	type row struct {
		node  api.HealthNode
		value string
		kind  ha.KindHealth
	}
	var rows []row
	for _, n := range h.Nodes {
		if n.Health == nil {
			rows = append(rows, row{node: n})
			continue
		}
		for _, one := range n.Health.Kinds {
			rows = append(rows, row{n, k.readings(one), one})
		}
	}
	return printList(k.app, rows,
		column[row]{"node", func(r row) string { return r.node.Node }},
		column[row]{"kind", func(r row) string {
			if r.kind.Kind == "" {
				return ""
			}
			return k.t("health.kind." + string(r.kind.Kind))
		}},
		column[row]{"colour", func(r row) string { return k.colour(r.node, r.kind) }},
		column[row]{"since", func(r row) string { return clock(r.kind.Since) }},
		column[row]{"value", func(r row) string { return r.value }},
	)
}

// colour says how a kind is, or why it has no colour.
func (k *call) colour(n api.HealthNode, one ha.KindHealth) string {
	switch {
	case n.Health == nil:
		return k.t("cli.health.untold")
	case one.Off != "":
		return k.t("health.off."+one.Off, "resource", one.Agent)
	case one.Colour == "":
		return ""
	}
	return k.t("health.colour." + string(one.Colour))
}

// readings are the values of a kind with their thresholds.
func (k *call) readings(one ha.KindHealth) string {
	var parts []string
	for _, r := range one.Readings {
		name := k.t("health.measure." + r.Measure)
		if r.Error != "" {
			parts = append(parts, name+": "+r.Error)
			continue
		}
		text := fmt.Sprintf("%s %.0f %%", name, r.Percent)
		if r.Red > 0 {
			text += fmt.Sprintf(" (%d/%d)", r.Yellow, r.Red)
		}
		parts = append(parts, strings.TrimSpace(text+" "+r.Object))
	}
	return strings.Join(parts, k.t("cli.comma"))
}

// whatIfHealth says what would move: by the policy that is or the one that the flags make, and with the colours that are or are given.
func whatIfHealth(ctx context.Context, k *call) error {
	shown, changed, err := k.healthPolicy(ctx)
	if err != nil {
		return err
	}
	var q api.HealthQuestion
	if changed {
		q.Policy = &shown.Policy
	}
	for _, text := range k.list("colour") {
		node, rest, _ := strings.Cut(text, ":")
		kind, colour, ok := strings.Cut(rest, "=")
		if !ok {
			return fault.New(fault.Invalid, "cli.health_colour", "%q is not NODE:KIND=COLOUR, for example n1:cpu=red", text).With("value", text)
		}
		q.Colours = append(q.Colours, ha.NodeColour{Node: node, Kind: ha.HealthKind(kind), Colour: ha.Colour(colour)})
	}
	var p api.HealthPlan
	if err := k.do(ctx, "health.whatif", q, &p); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(p)
	}
	k.line(k.t("health.move." + string(p.Policy.Move)))
	for _, c := range p.Colours {
		if c.Colour != ha.Green {
			k.line(fmt.Sprintf("%s, %s: %s", c.Node, k.t("health.kind."+string(c.Kind)), k.t("health.colour."+string(c.Colour))))
		}
	}
	for _, n := range p.Unknown {
		k.line(n + ": " + k.t("cli.health.untold"))
	}
	return k.printForecast(p.Forecast)
}

// historyShown are how many samples a table shows: one a minute.
const historyEvery = time.Minute

func healthHistory(ctx context.Context, k *call) error {
	var h ha.HealthHistory
	if err := k.do(ctx, "health.history", nil, &h); err != nil {
		return err
	}
	query := url.Values{"cluster": {k.args["cluster"]}, "object": {k.args["node"]}, "kind": {"health.*"}}
	events, err := client.All[api.Event](ctx, k.api, client.Request{Route: "event.list", Query: query}, 100)
	if err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(struct {
			ha.HealthHistory
			Events []api.Event `json:"events"`
		}{h, events})
	}
	for _, e := range slices.Backward(events) {
		k.line(clock(e.At) + "  " + k.event(e))
	}
	if len(events) == 0 {
		k.line(k.t("cli.health.no_events"))
	}
	k.line("")
	var rows []ha.HealthSample
	for _, s := range h.Samples {
		if n := len(rows); n == 0 || s.At.Sub(rows[n-1].At) >= historyEvery {
			rows = append(rows, s)
		}
	}
	columns := []column[ha.HealthSample]{{"time", func(s ha.HealthSample) string { return clock(s.At) }}}
	seen := map[string]bool{}
	for _, s := range rows {
		for m := range s.Values {
			seen[m] = true
		}
	}
	for _, m := range []string{ha.MeasureCPU, ha.MeasureMemory, ha.MeasureSpace, ha.MeasureIOWait, ha.MeasureSMART} {
		if seen[m] {
			columns = append(columns, column[ha.HealthSample]{m, func(s ha.HealthSample) string {
				v, has := s.Values[m]
				if !has {
					return ""
				}
				return strconv.FormatFloat(v, 'f', -1, 64) + " %"
			}})
		}
	}
	return printList(k.app, rows, columns...)
}
