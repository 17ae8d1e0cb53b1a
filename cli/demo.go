package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"hawser/internal/api"
	"hawser/internal/fault"
)

func (a *app) demoCommands() *cobra.Command {
	return a.group("demo",
		verb{key: "demo.show", run: func(ctx context.Context, k *call) error {
			var d api.Demo
			if err := k.do(ctx, "demo.show", nil, &d); err != nil {
				return err
			}
			return k.printDemo(d)
		}},
		verb{key: "demo.reset", run: func(ctx context.Context, k *call) error {
			return k.do(ctx, "demo.reset", nil, nil)
		}},
		verb{key: "demo.verify", run: func(ctx context.Context, k *call) error {
			var d api.Demo
			if err := k.do(ctx, "demo.verify", nil, &d); err != nil {
				return err
			}
			if err := k.printDemo(d); err != nil {
				return err
			}
			if d.Lost > 0 {
				return fault.New(fault.Failed, "cli.demo_lost", "%d acknowledged rows are missing", d.Lost).With("count", strconv.FormatInt(d.Lost, 10))
			}
			return nil
		}},
	)
}

func (k *call) printDemo(d api.Demo) error {
	lost := ""
	if !d.Verified.IsZero() {
		lost = fmt.Sprintf("%d (%s)", d.Lost, clock(d.Verified))
	}
	return k.printFacts(d, "target", d.Target, "running", k.yesNo(d.Running), "serving", k.yesNo(d.Serving),
		"current_outage", fmt.Sprintf("%d ms", d.CurrentOutageMS), "longest_outage", fmt.Sprintf("%d ms", d.LongestOutageMS),
		"acknowledged", strconv.FormatInt(d.Acknowledged, 10), "attempts", strconv.FormatInt(d.Attempts, 10), "lost", lost, "last_error", d.LastError)
}
