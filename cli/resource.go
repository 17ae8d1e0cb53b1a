package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (a *app) resourceCommands() *cobra.Command {
	return a.group("resource",
		verb{key: "resource.list", args: []string{"cluster"}, run: listResources},
		verb{key: "resource.show", args: []string{"cluster", "resource"}, run: showResource},
		verb{key: "resource.create", args: []string{"cluster", "id", "agent", "set="}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringArray("op", nil, a.t("cli.flag.op"))
			f.StringArray("meta", nil, a.t("cli.flag.meta"))
			f.String("group", "", a.t("cli.flag.group"))
			f.Bool("clone", false, a.t("cli.flag.clone"))
			f.Bool("promotable", false, a.t("cli.flag.promotable"))
			f.Bool("disabled", false, a.t("cli.flag.disabled"))
			f.Bool("template", false, a.t("cli.flag.template"))
			f.StringP("file", "f", "", a.t("cli.flag.file_resource"))
		}, run: createResource},
		verb{key: "resource.edit", args: []string{"cluster", "resource", "set="}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringArray("op", nil, a.t("cli.flag.op_edit"))
			f.StringSlice("unset-op", nil, a.t("cli.flag.unset_op"))
			f.StringArray("meta", nil, a.t("cli.flag.meta"))
			f.StringSlice("unset-meta", nil, a.t("cli.flag.unset_meta"))
			f.StringSlice("unset", nil, a.t("cli.flag.unset"))
			f.StringP("file", "f", "", a.t("cli.flag.file_edit"))
			f.Bool("keep-running", false, a.t("cli.flag.keep_running"))
		}, run: editResource},
		a.onResource("resource.delete", revertible),
		a.onResource("resource.start", harmless),
		a.onResource("resource.stop", revertible),
		a.onResource("resource.restart", revertible),
		verb{key: "resource.move", args: []string{"cluster", "resource", "node?"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("node", "", a.t("cli.flag.move_node"))
			f.String("lifetime", "", a.t("cli.flag.move_lifetime"))
		}, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "resource.move", api.MoveResource{Node: firstOf(k.flag("node"), k.args["node"]), Lifetime: k.flag("lifetime")})
		}},
		verb{key: "resource.ban", args: []string{"cluster", "resource", "node?"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("lifetime", "", a.t("cli.flag.ban_lifetime"))
		}, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.resource.ban", "name", k.args["resource"]); err != nil {
				return err
			}
			return k.start(ctx, "resource.ban", api.BanResource{Node: k.args["node"], Lifetime: k.flag("lifetime")})
		}},
		verb{key: "resource.clear", args: []string{"cluster", "resource", "node?"}, long: true, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "resource.clear", api.ClearResource{Node: k.args["node"]})
		}},
		verb{key: "resource.place", args: []string{"cluster", "resource"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("group", "", a.t("cli.flag.place_group"))
			f.String("before", "", a.t("cli.flag.place_before"))
		}, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "resource.place", api.PlaceResource{Group: k.flag("group"), Before: k.flag("before")})
		}},
		verb{key: "resource.prefer", args: []string{"cluster", "resource"}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringSlice("node", nil, a.t("cli.flag.prefer_node"))
			f.Bool("only", false, a.t("cli.flag.prefer_only"))
		}, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "resource.prefer", api.PreferNodes{Nodes: k.list("node"), Only: k.isSet("only")})
		}},
		verb{key: "resource.failback", args: []string{"cluster", "resource", "mode"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("hours", "", a.t("cli.flag.failback_hours"))
			f.String("weekdays", "", a.t("cli.flag.failback_weekdays"))
		}, run: func(ctx context.Context, k *call) error {
			b := ha.Failback{Mode: k.args["mode"], Hours: k.flag("hours"), Weekdays: k.flag("weekdays")}
			return k.start(ctx, "resource.failback", api.SetFailback{Failback: b})
		}},
		verb{key: "resource.utilization", args: []string{"cluster", "resource", "set="}, long: true, flags: func(f *pflag.FlagSet) {
			f.StringSlice("unset", nil, a.t("cli.flag.unset"))
		}, run: func(ctx context.Context, k *call) error {
			return k.valueChange(ctx, "resource.utilization", func() (map[string]string, error) {
				var r api.Resource
				err := k.do(ctx, "resource.show", nil, &r)
				if err == nil && r.Config != nil {
					return r.Config.Utilization, nil
				}
				return nil, err
			})
		}},
		verb{key: "resource.refresh", args: []string{"cluster", "resource"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("node", "", a.t("cli.flag.cleanup_node"))
		}, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "resource.refresh", api.CleanupResource{Node: k.flag("node")})
		}},
		verb{key: "resource.cleanup", args: []string{"cluster", "resource"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("node", "", a.t("cli.flag.cleanup_node"))
		}, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "resource.cleanup", api.CleanupResource{Node: k.flag("node")})
		}},
		a.onResource("resource.manage", harmless),
		a.onResource("resource.unmanage", harmless),
	)
}

// onResource makes a command that does one thing to a resource.
func (a *app) onResource(route string, w weight) verb {
	return verb{key: route, args: []string{"cluster", "resource"}, long: true, run: func(ctx context.Context, k *call) error {
		if err := k.confirm(w, "cli.ask."+route, "name", k.args["resource"]); err != nil {
			return err
		}
		return k.start(ctx, route, nil)
	}}
}

func listResources(ctx context.Context, k *call) error {
	list, err := client.All[api.Resource](ctx, k.api, client.Request{Route: "resource.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	rows := make([]resourceRow, 0, len(list))
	for _, r := range list {
		rows = append(rows, resourceRow{r, r.Agent})
	}
	return printList(k.app, rows,
		column[resourceRow]{"id", func(r resourceRow) string {
			if r.Parent != "" {
				return "  " + r.ID
			}
			return r.ID
		}},
		column[resourceRow]{"type", func(r resourceRow) string { return k.t("cli.kind." + r.Type) }},
		column[resourceRow]{"agent", func(r resourceRow) string { return r.Agent }},
		column[resourceRow]{"role", func(r resourceRow) string { return k.role(r.Resource) }},
		column[resourceRow]{"node", func(r resourceRow) string { return r.Node }},
	)
}

// resourceRow is a resource as scripts get it: what they may rely on is there for a group too, which has no agent.
type resourceRow struct {
	api.Resource
	Agent string `json:"agent"`
}

// role is what a resource does, with what is not as usual.
func (k *call) role(r api.Resource) string {
	parts := []string{k.t("cli.role." + strings.ToLower(r.Role))}
	for _, mark := range []struct {
		on  bool
		key string
	}{{r.Failed, "failed"}, {r.Blocked, "blocked"}, {r.Disabled, "disabled"}, {!r.Managed, "unmanaged"}} {
		if mark.on {
			parts = append(parts, k.t("cli.resource_is."+mark.key))
		}
	}
	return strings.Join(parts, k.t("cli.comma"))
}

// failback says when a service returns, nothing where there is nowhere to return to.
func (a *app) failback(b *ha.Failback) string {
	if b == nil {
		return ""
	}
	return a.t("failback."+b.Mode, "hours", b.Hours, "weekdays", firstOf(b.Weekdays, "1-7"))
}

func showResource(ctx context.Context, k *call) error {
	var r api.Resource
	if err := k.do(ctx, "resource.show", nil, &r); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(r)
	}
	if err := k.printFacts(r, "id", r.ID, "type", k.t("cli.kind."+r.Type), "agent", r.Agent, "parent", r.Parent, "role", k.role(r), "node", r.Node, "failback", k.failback(r.Failback)); err != nil {
		return err
	}
	if c := r.Config; c != nil {
		if err := k.printSection("cli.section.parameters", c.Parameters); err != nil {
			return err
		}
		if err := k.printSection("cli.section.meta", c.Meta); err != nil {
			return err
		}
		operations := map[string]string{}
		for _, o := range c.Operations {
			operations[strings.TrimSpace(o.Name+" "+o.Interval)] = strings.TrimSpace(strings.Join([]string{pair("timeout", o.Timeout), pair("on-fail", o.OnFail), pair("role", o.Role)}, " "))
			for _, name := range slices.Sorted(maps.Keys(o.Parameters)) {
				operations[strings.TrimSpace(o.Name+" "+o.Interval)] += " " + pair(name, o.Parameters[name])
			}
		}
		if err := k.printSection("cli.section.operations", operations); err != nil {
			return err
		}
	}
	for _, f := range r.Failures {
		key := "cli.resource.failure"
		if f.Count >= ha.Infinity {
			key = "cli.resource.failure_limit"
		}
		line := k.t(key, "operation", f.Operation, "node", f.Node, "exit", firstOf(f.Exit, fmt.Sprint(f.ExitCode)), "count", fmt.Sprint(f.Count))
		if _, err := fmt.Fprintln(k.env.Stdout, strings.TrimSpace(line+" "+f.Reason)); err != nil {
			return err
		}
	}
	return nil
}

func pair(name, value string) string {
	if value == "" {
		return ""
	}
	return name + "=" + value
}

// printSection writes a titled map, nothing where it is empty.
func (k *call) printSection(title string, m map[string]string) error {
	if len(m) == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(k.env.Stdout, "\n%s\n", k.t(title)); err != nil {
		return err
	}
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		rows = append(rows, []string{"  " + name, m[name]})
	}
	return align(k.env.Stdout, rows)
}

// printMap writes names and values.
func (k *call) printMap(m map[string]string) error {
	if k.output != "table" {
		return k.printData(m)
	}
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		rows = append(rows, []string{name, m[name]})
	}
	return align(k.env.Stdout, rows)
}

func createResource(ctx context.Context, k *call) error {
	var body api.NewResource
	if file := k.flag("file"); file != "" {
		if err := k.readYAML(file, &body); err != nil {
			return err
		}
		body.Group = firstOf(k.flag("group"), body.Group)
	} else {
		r := ha.Resource{ID: k.args["id"], Kind: ha.Primitive, Agent: k.args["agent"]}
		var err error
		if r.Parameters, err = k.pairs(k.values); err != nil {
			return err
		}
		if r.Meta, err = k.pairs(k.list("meta")); err != nil {
			return err
		}
		if r.Operations, err = k.operations("op"); err != nil {
			return err
		}
		if k.isSet("template") {
			r.Kind = ha.Template
		}
		if name, is := strings.CutPrefix(r.Agent, "@"); is { // its definition is a template's
			r.Agent, r.Template = "", name
		}
		if k.isSet("disabled") {
			r.Meta["target-role"] = "Stopped"
		}
		if k.isSet("clone") || k.isSet("promotable") {
			outer := ha.Resource{ID: r.ID + "-clone", Kind: ha.Clone, Members: []ha.Resource{r}}
			if k.isSet("promotable") {
				outer.Meta = map[string]string{"promotable": "true"}
			}
			r = outer
		}
		body = api.NewResource{Resource: r, Group: k.flag("group")}
	}
	if err := ha.ValidateResource(body.Resource); err != nil {
		return err
	}
	for _, c := range body.Constraints {
		if err := ha.ValidateConstraint(c); err != nil {
			return err
		}
	}
	return k.start(ctx, "resource.create", body)
}

// operations reads --op NAME:key=value,key=value.
func (k *call) operations(flag string) ([]ha.Operation, error) {
	var out []ha.Operation
	for _, text := range k.list(flag) {
		name, rest, _ := strings.Cut(text, ":")
		op := ha.Operation{Name: name}
		for _, one := range strings.FieldsFunc(rest, func(r rune) bool { return r == ',' }) {
			key, value, ok := strings.Cut(one, "=")
			if !ok {
				return nil, fault.New(fault.Invalid, "cli.op_invalid", "%q is not NAME:KEY=VALUE,…", text).With("value", text)
			}
			switch key {
			case "interval":
				op.Interval = value
			case "timeout":
				op.Timeout = value
			case "on-fail", "onFail":
				op.OnFail = value
			case "role":
				op.Role = value
			case "description", "start-delay", "interval-origin", "enabled", "record-pending":
				op.Options = change(op.Options, map[string]string{key: value}, nil)
			default: // the agent's own, for example OCF_CHECK_LEVEL
				op.Parameters = change(op.Parameters, map[string]string{key: value}, nil)
			}
		}
		out = append(out, op)
	}
	return out, nil
}

// editResource sends the whole resource back with the changes made in it, and with the version that was read: if somebody
// else was faster, the server says so.
func editResource(ctx context.Context, k *call) error {
	var now api.Resource
	if err := k.do(ctx, "resource.show", nil, &now); err != nil {
		return err
	}
	if now.Config == nil {
		return fault.New(fault.Unreachable, "verdict.no_report", "no node has reported yet")
	}
	body := api.EditResource{Resource: *now.Config, KeepRunning: k.isSet("keep-running"), Version: now.Version}
	r := &body.Resource
	if file := k.flag("file"); file != "" {
		body.Resource = ha.Resource{}
		if err := k.readYAML(file, &body.Resource); err != nil {
			return err
		}
	}
	set, err := k.pairs(k.values)
	if err != nil {
		return err
	}
	meta, err := k.pairs(k.list("meta"))
	if err != nil {
		return err
	}
	operations, err := k.operations("op")
	if err != nil {
		return err
	}
	r.Parameters = change(r.Parameters, set, k.list("unset"))
	r.Meta = change(r.Meta, meta, k.list("unset-meta"))
	for _, o := range operations {
		i := slices.IndexFunc(r.Operations, func(had ha.Operation) bool { return had.Name == o.Name && had.Role == o.Role })
		if i < 0 {
			r.Operations = append(r.Operations, o)
			continue
		}
		r.Operations[i] = over(r.Operations[i], o)
	}
	for _, name := range k.list("unset-op") {
		r.Operations = slices.DeleteFunc(r.Operations, func(o ha.Operation) bool { return o.Name == name })
	}
	if err := ha.ValidateResource(*r); err != nil {
		return err
	}
	return k.start(ctx, "resource.edit", body)
}

// change returns m with names set and removed.
func change(m, set map[string]string, unset []string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, m)
	maps.Copy(out, set)
	for _, name := range unset {
		delete(out, name)
	}
	return out
}

// over returns an operation with what the other one says put over it.
func over(had, o ha.Operation) ha.Operation {
	had.Interval = firstOf(o.Interval, had.Interval)
	had.Timeout = firstOf(o.Timeout, had.Timeout)
	had.OnFail = firstOf(o.OnFail, had.OnFail)
	if len(o.Options) > 0 {
		had.Options = change(had.Options, o.Options, nil)
	}
	if len(o.Parameters) > 0 {
		had.Parameters = change(had.Parameters, o.Parameters, nil)
	}
	return had
}
