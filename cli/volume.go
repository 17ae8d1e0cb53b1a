package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (a *app) volumeCommands() *cobra.Command {
	watch := func(f *pflag.FlagSet) { f.Bool("watch", false, a.t("cli.flag.watch_sync")) }
	shape := func(f *pflag.FlagSet) {
		f.String("driver", "", a.t("cli.flag.volume_driver"))
		f.String("protocol", "", a.t("cli.flag.protocol"))
		f.Int("port", 0, a.t("cli.flag.volume_port"))
		f.Int("minor", 0, a.t("cli.flag.minor"))
		f.StringSlice("address", nil, a.t("cli.flag.volume_address"))
		f.StringArray("destroy", nil, a.t("cli.flag.volume_destroy"))
		f.StringArray("option", nil, a.t("cli.flag.volume_option"))
		f.Bool("skip-sync", false, a.t("cli.flag.skip_sync"))
		f.String("from", "", a.t("cli.flag.sync_from"))
	}
	verbs := []verb{
		{key: "volume.list", args: []string{"cluster"}, run: listVolumes},
		{key: "volume.show", args: []string{"cluster", "volume"}, flags: watch, run: showVolume},
		{key: "volume.check", args: []string{"cluster", "volume", "replicas="}, flags: shape, run: checkVolume},
		{key: "volume.parse", args: []string{"path"}, run: parseVolumes},
		{key: "volume.create", args: []string{"cluster", "volume", "replicas="}, long: true, flags: func(f *pflag.FlagSet) { shape(f); watch(f) }, run: func(ctx context.Context, k *call) error {
			in, err := k.newVolume()
			if err != nil {
				return err
			}
			return k.startWatched(ctx, "volume.create", in)
		}},
		{key: "volume.edit", args: []string{"cluster", "volume"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("protocol", "", a.t("cli.flag.protocol"))
			f.StringArray("option", nil, a.t("cli.flag.volume_option"))
		}, run: func(ctx context.Context, k *call) error {
			options, err := k.volumeOptions()
			if err != nil {
				return err
			}
			return k.start(ctx, "volume.edit", api.EditVolume{Protocol: k.flag("protocol"), Options: options})
		}},
		{key: "volume.delete", args: []string{"cluster", "volume"}, long: true, flags: func(f *pflag.FlagSet) {
			f.Bool("wipe", false, a.t("cli.flag.wipe"))
			f.String("confirm", "", a.t("cli.flag.confirm"))
		}, run: func(ctx context.Context, k *call) error {
			if err := k.confirmName(k.args["volume"], "cli.ask.volume.delete"); err != nil {
				return err
			}
			return k.start(ctx, "volume.delete", api.DeleteVolume{Wipe: k.isSet("wipe")})
		}},
		{key: "volume.resolve", args: []string{"cluster", "volume", "keep"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("confirm", "", a.t("cli.flag.confirm"))
			watch(f)
		}, run: resolveVolume},
	}
	for _, action := range volumeActions {
		v := verb{key: "volume." + string(action.action), args: []string{"cluster", "volume", "node"}, long: true}
		if action.action == ha.VolumeLimit {
			v.args = append(v.args, "rate")
		}
		if action.syncs {
			v.flags = watch
		}
		v.run = func(ctx context.Context, k *call) error { return action.run(ctx, k) }
		verbs = append(verbs, v)
	}
	return a.group("volume", verbs...)
}

// volumeAction is an action on one side of a volume.
type volumeAction struct {
	action ha.VolumeAction
	weight weight
	syncs  bool // it may begin a resync or a verification that can be watched
}

var volumeActions = []volumeAction{
	{action: ha.VolumePromote},
	{action: ha.VolumeConnect, syncs: true},
	{action: ha.VolumeDisconnect, weight: revertible},
	{action: ha.VolumeAttach, syncs: true},
	{action: ha.VolumeDetach, weight: revertible},
	{action: ha.VolumePause},
	{action: ha.VolumeResume, syncs: true},
	{action: ha.VolumeLimit},
	{action: ha.VolumeVerify, syncs: true},
	{action: ha.VolumeInvalidate, weight: final, syncs: true},
}

func (v volumeAction) run(ctx context.Context, k *call) error {
	in := api.ActOnVolume{Action: v.action, Node: k.args["node"]}
	if v.action == ha.VolumeLimit {
		n, err := parseRate(k.args["rate"])
		if err != nil {
			return err
		}
		in.Limit = n
	}
	if v.weight != harmless {
		if err := k.confirm(v.weight, "cli.ask.volume."+string(v.action), "volume", k.args["volume"], "node", in.Node); err != nil {
			return err
		}
	}
	return k.startWatched(ctx, "volume.act", in)
}

// parseRate reads bytes per second: a number with K, M or G (of 1024), or auto for the controller's own.
func parseRate(text string) (int64, error) {
	if text == "auto" {
		return 0, nil
	}
	number, factor := text, int64(1)
	for unit, of := range map[string]int64{"K": 1 << 10, "M": 1 << 20, "G": 1 << 30} {
		if rest, has := strings.CutSuffix(strings.ToUpper(text), unit); has {
			number, factor = rest, of
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > 1<<50/factor {
		return 0, fault.New(fault.Invalid, "cli.rate", "%q is no rate", text).With("value", text)
	}
	return n * factor, nil
}

// startWatched starts an operation and, where that was asked for, goes on watching the copying that it has begun.
func (k *call) startWatched(ctx context.Context, route string, body any) error {
	if err := k.start(ctx, route, body); err != nil || !k.isSet("watch") || k.noWait {
		return err
	}
	return k.watchVolume(ctx)
}

// newVolume makes a request of arguments and flags: NODE=DISK for each side.
func (k *call) newVolume() (api.NewVolume, error) {
	in := api.NewVolume{Name: k.args["volume"], Driver: ha.VolumeDriver(k.flag("driver")), Protocol: k.flag("protocol"), Port: valueOf(k.given("port")), Minor: k.given("minor"), From: k.flag("from"), Replicas: []api.NewReplica{}}
	if k.isSet("skip-sync") {
		in.Sync = ha.SyncSkip
	}
	addresses, err := k.pairs(k.list("address"))
	if err != nil {
		return in, err
	}
	destroy, err := k.pairs(k.list("destroy"))
	if err != nil {
		return in, err
	}
	if in.Options, err = k.volumeOptions(); err != nil {
		return in, err
	}
	named := map[string]bool{}
	for _, pair := range k.values { // in the order in which they are named: the first is the one whose data are kept
		node, disk, ok := strings.Cut(pair, "=")
		switch {
		case !ok || node == "":
			return in, fault.New(fault.Invalid, "cli.pair_invalid", "%q is not NODE=DISK", pair).With("value", pair)
		case named[node]:
			return in, fault.New(fault.Invalid, "volume.node_twice", "%s is named twice", node).With("node", node)
		}
		named[node] = true
		r := api.NewReplica{Node: node, Disk: disk, Address: addresses[node]}
		if names := destroy[node]; names != "" {
			r.Destroy = strings.Split(names, ",")
		}
		delete(addresses, node)
		delete(destroy, node)
		in.Replicas = append(in.Replicas, r)
	}
	for _, left := range []map[string]string{addresses, destroy} {
		for node := range left {
			return in, fault.New(fault.Invalid, "volume.no_replica", "%s has no replica", node).With("node", node, "volume", in.Name)
		}
	}
	return in, nil
}

// volumeOptions are those of --option SECTION.NAME=VALUE; without a value one is given back to its default.
func (k *call) volumeOptions() (map[string]map[string]string, error) {
	pairs, err := k.pairs(k.list("option"))
	if err != nil || len(pairs) == 0 {
		return nil, err
	}
	options := map[string]map[string]string{}
	for name, value := range pairs {
		section, option, ok := strings.Cut(name, ".")
		if !ok {
			return nil, fault.New(fault.Invalid, "cli.volume_option", "%q is not SECTION.NAME=VALUE", name).With("value", name)
		}
		if options[section] == nil {
			options[section] = map[string]string{}
		}
		options[section][option] = value
	}
	return options, nil
}

func checkVolume(ctx context.Context, k *call) error {
	in, err := k.newVolume()
	if err != nil {
		return err
	}
	var c api.VolumeCheck
	if err := k.do(ctx, "volume.check", in, &c); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(c)
	}
	if err := k.printReplicas(c.Volume); err != nil {
		return err
	}
	k.line("")
	seen := func(value func(ha.VolumeInspection) string) func(api.VolumeCheckNode) string {
		return func(n api.VolumeCheckNode) string {
			if n.Inspection == nil {
				return ""
			}
			return value(*n.Inspection)
		}
	}
	if err := printList(k.app, c.Nodes,
		column[api.VolumeCheckNode]{"node", func(n api.VolumeCheckNode) string { return n.Node }},
		column[api.VolumeCheckNode]{"size", seen(func(i ha.VolumeInspection) string { return bytesOf(i.Disk.SizeBytes) })},
		column[api.VolumeCheckNode]{"in_use", seen(func(i ha.VolumeInspection) string { return k.yesNo(i.Disk.InUse) })},
		column[api.VolumeCheckNode]{"carries", seen(func(i ha.VolumeInspection) string { return strings.Join(i.Disk.Carries, ",") })},
		column[api.VolumeCheckNode]{"driver", seen(func(i ha.VolumeInspection) string { return driverOf(c.Volume.Driver, i) })},
		column[api.VolumeCheckNode]{"reason", func(n api.VolumeCheckNode) string {
			if n.Fault == nil {
				return ""
			}
			return k.words.Fault(n.Fault)
		}},
	); err != nil {
		return err
	}
	if err := k.printFindings(c.Findings); err != nil {
		return err
	}
	if c.Refused != nil {
		return c.Refused
	}
	k.line("")
	k.line(k.t("cli.volume_can"))
	return nil
}

// driverOf is what a node has of a driver, with its version; nothing where it is missing.
func driverOf(driver ha.VolumeDriver, i ha.VolumeInspection) string {
	switch {
	case driver == ha.Mirror && i.Tools != "":
		return "hawser-mirror " + i.Tools
	case driver != ha.Mirror && i.Driver != "":
		return "DRBD " + i.Driver
	}
	return ""
}

func parseVolumes(ctx context.Context, k *call) error {
	raw, err := k.readFile(k.args["path"])
	if err != nil {
		return err
	}
	var r api.VolumeReading
	if err := k.do(ctx, "volume.parse", api.VolumeText{Text: string(raw)}, &r); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(r)
	}
	for i, v := range r.Volumes {
		if i > 0 {
			k.line("")
		}
		if err := k.printReplicas(v); err != nil {
			return err
		}
	}
	return k.printFindings(r.Findings)
}

// printFindings tells what is unsafe and what to do about it, below what was shown.
func (k *call) printFindings(list []ha.Finding) error {
	for _, f := range list {
		k.line("")
		k.line("[" + k.t("severity."+string(f.Severity)) + "] " + k.words.Sentence("finding."+f.Code, f.Args))
		k.line("  " + k.words.Sentence("finding."+f.Code+".do", f.Args))
	}
	return nil
}
