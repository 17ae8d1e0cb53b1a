package cli

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/manifest"
)

// manifestCommands are the two that work on a cluster's configuration as a file.
func (a *app) manifestCommands() []*cobra.Command {
	return []*cobra.Command{
		a.verb(verb{key: "export", args: []string{"cluster"}, flags: func(f *pflag.FlagSet) {
			f.Bool("setup", false, a.t("cli.flag.with_setup"))
		}, run: exportCluster}),
		a.verb(verb{key: "apply", long: true, flags: func(f *pflag.FlagSet) {
			f.StringP("file", "f", "", a.t("cli.flag.file_manifest"))
			f.Bool("dry-run", false, a.t("cli.flag.dry_run"))
		}, run: applyFile}),
	}
}

func exportCluster(ctx context.Context, k *call) error {
	var m api.Manifest
	query := url.Values{}
	if k.isSet("setup") {
		query.Set("setup", "true")
	}
	if err := k.api.Do(ctx, client.Request{Route: "config.export", Path: k.path(), Query: query}, &m); err != nil {
		return err
	}
	if k.output == "json" {
		return k.printData(m)
	}
	_, err := fmt.Fprint(k.env.Stdout, m.YAML)
	return err
}

// applyFile prints what a file would change, and changes it. What it removes it asks about first.
func applyFile(ctx context.Context, k *call) error {
	name := k.flag("file")
	if name == "" {
		return fault.New(fault.Invalid, "cli.file_needed", "name the file: -f FILE")
	}
	text, err := k.readFile(name)
	if err != nil {
		return err
	}
	change, cluster, err := k.manifest(text)
	if err != nil {
		return err
	}
	k.args["cluster"] = cluster
	var plan api.ManifestPlan
	if err := k.do(ctx, "config.plan", change, &plan); err != nil {
		return err
	}
	if k.isSet("dry-run") && k.output != "table" {
		return k.printData(plan)
	}
	if plan.Edits == 0 {
		k.say("%s", k.t("cli.apply.nothing", "cluster", cluster))
		return nil
	}
	if k.output == "table" {
		if err := k.printDifferences(plan.Differences); err != nil {
			return err
		}
	}
	if k.isSet("dry-run") {
		return nil
	}
	w, removed := revertible, 0
	for _, d := range plan.Differences {
		if d.Change == "removed" && d.Field == "" {
			w = final
			removed++
		}
	}
	if err := k.confirm(w, "cli.ask.apply", "cluster", cluster, "count", strconv.Itoa(len(plan.Differences)), "removed", strconv.Itoa(removed)); err != nil {
		return err
	}
	change.Version = &plan.Version
	return k.start(ctx, "config.apply", change)
}

// manifest makes the request of a file: its text, the contents of the files that it refers to, and the cluster that it is for.
func (k *call) manifest(text []byte) (api.ManifestChange, string, error) {
	change := api.ManifestChange{YAML: string(text)}
	var err error
	if change.Files, err = k.referred(text, nil); err != nil {
		return change, "", err
	}
	// The same check as the server's, so that a mistake is told before anything is sent.
	d, _, err := manifest.Read(text, change.Files)
	return change, d.Cluster, err
}

// referred adds the contents of the files that a text refers to.
func (k *call) referred(text []byte, files map[string]string) (map[string]string, error) {
	names, err := manifest.Files(text)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		raw, err := k.readFile(name)
		if err != nil {
			return nil, err
		}
		if files == nil {
			files = map[string]string{}
		}
		files[name] = strings.TrimRight(string(raw), "\r\n")
	}
	return files, nil
}

// printDifferences prints one difference a line: + what comes, - what goes, ~ what changes.
func (k *call) printDifferences(list []ha.Difference) error {
	sign := map[string]string{"added": "+", "removed": "-", "changed": "~"}
	for _, d := range list {
		line := sign[d.Change] + " " + d.Object + " " + d.ID
		if d.Field != "" {
			line += " " + d.Field
		}
		switch {
		case d.Before != "" && d.After != "":
			line += ": " + d.Before + " → " + d.After
		case d.After != "":
			line += ": " + d.After
		case d.Before != "" && d.Field != "":
			line += ": " + d.Before
		}
		if _, err := fmt.Fprintln(k.env.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}

func diffRevisions(ctx context.Context, k *call) error {
	with := k.args["other"]
	if with == "" {
		with = "0"
	}
	path := map[string]string{"cluster": k.args["cluster"], "revision": k.args["revision"]}
	var c api.Comparison
	if err := k.api.Do(ctx, client.Request{Route: "revision.compare", Path: path, Query: url.Values{"with": {with}}}, &c); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(c)
	}
	if len(c.Differences) == 0 {
		k.say("%s", k.t("cli.diff.same"))
		return nil
	}
	return k.printDifferences(c.Differences)
}

// listOptions lists all properties that the installed Pacemaker knows.
func listOptions(ctx context.Context, k *call) error {
	language := map[string]string{"zh": "zh-CN"}[k.words.Language()]
	list, err := client.All[api.ClusterOption](ctx, k.api, client.Request{Route: "property.list", Path: k.path(), Query: url.Values{"language": {language}}}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.ClusterOption]{"name", func(o api.ClusterOption) string {
			if o.Scope == "property" {
				return o.Name
			}
			return o.Scope + "." + o.Name
		}},
		column[api.ClusterOption]{"value", func(o api.ClusterOption) string { return o.Value }},
		column[api.ClusterOption]{"default", func(o api.ClusterOption) string { return o.Default }},
		column[api.ClusterOption]{"type", func(o api.ClusterOption) string {
			if len(o.Options) > 0 {
				return strings.Join(o.Options, "|")
			}
			return o.Type
		}},
		column[api.ClusterOption]{"what", func(o api.ClusterOption) string {
			text := o.Short
			if o.Advanced {
				text = strings.TrimSpace(k.t("cli.advanced") + " " + text)
			}
			if o.Dangerous != "" {
				text += " " + k.t("cli.danger", "what", k.t("option.danger."+o.Dangerous))
			}
			return strings.TrimSpace(text)
		}},
	)
}

// warnOfDanger says what may come of a property's value before it is set.
func (k *call) warnOfDanger(set map[string]string) {
	for _, d := range ha.OptionDangers {
		if value, given := set[d.Name]; given && value == d.Value {
			k.say("%s=%s: %s", d.Name, value, k.t("option.danger."+d.Code))
		}
	}
}
