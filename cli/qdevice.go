package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/internal/api"
	"hawser/internal/ha"
)

func (a *app) qdeviceCommands() *cobra.Command {
	return a.group("qdevice",
		verb{key: "qdevice.show", args: []string{"cluster"}, run: showQDevice},
		verb{key: "qdevice.plan", args: []string{"cluster", "host"}, flags: a.qdeviceFlags, run: planQDevice},
		verb{key: "qdevice.set", args: []string{"cluster", "host"}, long: true, flags: a.qdeviceFlags, run: func(ctx context.Context, k *call) error {
			return k.start(ctx, "qdevice.set", k.qdevice())
		}},
		verb{key: "qdevice.remove", args: []string{"cluster"}, long: true, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.qdevice.remove", "name", k.args["cluster"]); err != nil {
				return err
			}
			return k.start(ctx, "qdevice.remove", nil)
		}},
		verb{key: "qdevice.arbiter", args: []string{"host"}, run: showArbiter},
	)
}

func (a *app) qdeviceFlags(f *pflag.FlagSet) {
	f.String("address", "", a.t("cli.flag.qdevice.address"))
	f.String("algorithm", "", a.t("cli.flag.qdevice.algorithm"))
	f.String("tie-breaker", "", a.t("cli.flag.qdevice.tie_breaker"))
	f.StringSlice("ping", nil, a.t("cli.flag.qdevice.ping"))
}

func (k *call) qdevice() api.QDevice {
	return api.QDevice{Host: k.args["host"], Address: k.flag("address"), Algorithm: k.flag("algorithm"), TieBreaker: k.flag("tie-breaker"), Ping: k.list("ping")}
}

func planQDevice(ctx context.Context, k *call) error {
	var p api.QDevicePlan
	if err := k.do(ctx, "qdevice.plan", k.qdevice(), &p); err != nil {
		return err
	}
	return k.printFacts(p, "address", p.Device.Address, "algorithm", p.Device.Algorithm, "tie_breaker", p.Device.TieBreaker,
		"before", k.survives(p.Before), "after", k.survives(p.After), "complete", k.survives(p.Complete), "cleared", strings.Join(p.Cleared, " "))
}

func showQDevice(ctx context.Context, k *call) error {
	var shown api.QDeviceShown
	if err := k.do(ctx, "qdevice.show", nil, &shown); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(shown)
	}
	d := shown.Device
	if d == nil {
		k.line(k.t("cli.qdevice_none"))
		return nil
	}
	pairs := []string{
		"host", d.Host, "address", d.Address, "algorithm", d.Algorithm, "tie_breaker", d.TieBreaker, "ping", strings.Join(d.Ping, " "),
		"connected", k.yesNo(d.Connected), "device_votes", strconv.Itoa(d.Votes),
	}
	if d.Fault != nil {
		pairs = append(pairs, "arbiter_sees", k.words.Fault(d.Fault))
	}
	if err := k.printFacts(shown, pairs...); err != nil {
		return err
	}
	k.line("")
	return printList(k.app, d.Nodes,
		column[api.QDeviceNode]{"node", func(n api.QDeviceNode) string { return n.Node }},
		column[api.QDeviceNode]{"online", func(n api.QDeviceNode) string { return k.yesNo(n.Online) }},
		column[api.QDeviceNode]{"connected", func(n api.QDeviceNode) string { return k.yesNo(n.Connected) }},
		column[api.QDeviceNode]{"voting", func(n api.QDeviceNode) string { return k.yesNo(n.Voting) }},
		column[api.QDeviceNode]{"heuristics", func(n api.QDeviceNode) string { return k.heuristics(n.Heuristics) }},
		column[api.QDeviceNode]{"arbiter_sees", func(n api.QDeviceNode) string { return k.yesNo(n.Seen != nil) }},
	)
}

// heuristics is the word for a result; one that the server has not heard of is none.
func (k *call) heuristics(result string) string {
	switch result {
	case "pass":
		return k.t("cli.heuristics.pass")
	case "fail":
		return k.t("cli.heuristics.fail")
	}
	return k.t("cli.heuristics.none")
}

// served is a node of a cluster that an arbiter serves.
type served struct {
	cluster ha.ArbiterCluster
	node    ha.ArbiterNode
}

func showArbiter(ctx context.Context, k *call) error {
	var a api.ArbiterShown
	if err := k.do(ctx, "qdevice.arbiter", nil, &a); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(a)
	}
	if err := k.printFacts(a, "host", a.Host, "installed", k.yesNo(a.Installed), "running", k.yesNo(a.Running), "serves", strings.Join(a.Serves, " ")); err != nil {
		return err
	}
	k.line("")
	var rows []served
	for _, c := range a.Clusters {
		for _, n := range c.Nodes {
			rows = append(rows, served{c, n})
		}
	}
	return printList(k.app, rows,
		column[served]{"cluster", func(r served) string { return r.cluster.Name }},
		column[served]{"node", func(r served) string {
			if r.node.Name != "" {
				return r.node.Name
			}
			return strconv.Itoa(r.node.ID)
		}},
		column[served]{"address", func(r served) string { return r.node.Address }},
		column[served]{"secured", func(r served) string { return k.yesNo(r.node.Secured) }},
		column[served]{"voting", func(r served) string { return k.yesNo(r.node.Vote == "ack") }},
		column[served]{"heuristics", func(r served) string { return k.heuristics(r.node.Heuristics) }},
	)
}
