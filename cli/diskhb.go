package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/internal/api"
	"hawser/internal/ha"
)

func (a *app) diskCommands() *cobra.Command {
	return a.group("diskhb",
		verb{key: "diskhb.show", args: []string{"cluster"}, run: showDisk},
		verb{key: "diskhb.inspect", args: []string{"cluster", "device"}, run: inspectDisk},
		verb{key: "diskhb.enable", args: []string{"cluster", "device"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("prefix", "", a.t("cli.flag.prefix"))
			f.StringSlice("destroy", nil, a.t("cli.flag.destroy"))
		}, run: func(ctx context.Context, k *call) error {
			destroy, err := k.flags.GetStringSlice("destroy")
			if err != nil {
				return err
			}
			return k.start(ctx, "diskhb.enable", api.NewDiskHeartbeat{Device: k.args["device"], Prefix: k.flag("prefix"), Destroy: destroy})
		}},
		verb{key: "diskhb.disable", args: []string{"cluster"}, long: true, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.diskhb.disable", "name", k.args["cluster"]); err != nil {
				return err
			}
			return k.start(ctx, "diskhb.disable", nil)
		}},
	)
}

func inspectDisk(ctx context.Context, k *call) error {
	var d api.DiskInspected
	if err := k.do(ctx, "diskhb.inspect", api.DiskQuestion{Device: k.args["device"]}, &d); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(d)
	}
	seen := func(value func(ha.DiskInspection) string) func(api.InspectedNode) string {
		return func(n api.InspectedNode) string {
			if n.Inspection == nil {
				return ""
			}
			return value(*n.Inspection)
		}
	}
	if err := printList(k.app, d.Nodes,
		column[api.InspectedNode]{"node", func(n api.InspectedNode) string { return n.Node }},
		column[api.InspectedNode]{"size", seen(func(i ha.DiskInspection) string { return bytesOf(i.SizeBytes) })},
		column[api.InspectedNode]{"in_use", seen(func(i ha.DiskInspection) string { return k.yesNo(i.InUse) })},
		column[api.InspectedNode]{"carries", seen(func(i ha.DiskInspection) string { return strings.Join(i.Carries, ",") })},
		column[api.InspectedNode]{"reason", func(n api.InspectedNode) string {
			if n.Fault == nil {
				return ""
			}
			return k.words.Fault(n.Fault)
		}},
	); err != nil {
		return err
	}
	if !d.Same {
		k.line(k.t("cli.diskhb_not_same"))
	}
	return nil
}

func showDisk(ctx context.Context, k *call) error {
	var d api.DiskHeartbeatShown
	if err := k.do(ctx, "diskhb.show", nil, &d); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(d)
	}
	if !d.Enabled {
		k.line(k.t("cli.diskhb_none"))
		return nil
	}
	return printList(k.app, d.Nodes,
		column[api.DiskHeartbeatNode]{"node", func(n api.DiskHeartbeatNode) string { return n.Node }},
		column[api.DiskHeartbeatNode]{"address", func(n api.DiskHeartbeatNode) string { return n.Address }},
		column[api.DiskHeartbeatNode]{"state", func(n api.DiskHeartbeatNode) string {
			if n.Heartbeat == nil {
				return k.words.Fault(n.Fault)
			}
			return k.t("cli.diskhb_is." + n.Heartbeat.State)
		}},
		column[api.DiskHeartbeatNode]{"device", func(n api.DiskHeartbeatNode) string { return diskOf(n, func() string { return n.Heartbeat.Device }) }},
		column[api.DiskHeartbeatNode]{"peers", func(n api.DiskHeartbeatNode) string {
			return diskOf(n, func() string {
				alive := 0
				for _, p := range n.Heartbeat.Peers {
					if p.Alive {
						alive++
					}
				}
				return fmt.Sprintf("%d/%d", alive, len(n.Heartbeat.Peers))
			})
		}},
		column[api.DiskHeartbeatNode]{"latency", func(n api.DiskHeartbeatNode) string {
			return diskOf(n, func() string { return fmt.Sprintf("%d/%d µs", n.Heartbeat.ReadUS, n.Heartbeat.WriteUS) })
		}},
		column[api.DiskHeartbeatNode]{"stalls", func(n api.DiskHeartbeatNode) string {
			return diskOf(n, func() string { return strconv.FormatUint(n.Heartbeat.Stalls, 10) })
		}},
	)
}

// diskOf is empty where a node's daemon could not be asked.
func diskOf(n api.DiskHeartbeatNode, value func() string) string {
	if n.Heartbeat == nil {
		return ""
	}
	return value()
}
