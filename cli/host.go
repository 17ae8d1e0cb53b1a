package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (a *app) hostCommands() *cobra.Command {
	return a.group("host",
		verb{key: "host.list", run: listHosts},
		verb{key: "host.show", args: []string{"host"}, run: showHost},
		verb{key: "host.token", flags: func(f *pflag.FlagSet) {
			f.Int("minutes", 0, a.t("cli.flag.minutes"))
		}, run: hostToken},
		verb{key: "host.preflight", args: []string{"name"}, flags: a.setupFlags, run: preflight},
		verb{key: "host.revoke", args: []string{"host"}, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(final, "cli.ask.host.revoke", "name", k.args["host"]); err != nil {
				return err
			}
			return k.do(ctx, "host.revoke", nil, nil)
		}},
	)
}

func listHosts(ctx context.Context, k *call) error {
	list, err := client.All[api.Host](ctx, k.api, client.Request{Route: "host.list"}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.Host]{"name", func(h api.Host) string { return h.Name }},
		column[api.Host]{"id", func(h api.Host) string { return h.ID }},
		column[api.Host]{"cluster", func(h api.Host) string { return h.Cluster }},
		column[api.Host]{"host_state", k.hostState},
		column[api.Host]{"os", func(h api.Host) string { return h.Facts.OS }},
		column[api.Host]{"agent_version", func(h api.Host) string { return h.Agent }},
		column[api.Host]{"seen", func(h api.Host) string { return clock(h.Seen) }},
	)
}

func (k *call) hostState(h api.Host) string {
	switch {
	case h.Revoked:
		return k.t("cli.host_is.revoked")
	case h.Connected:
		return k.t("cli.host_is.connected")
	}
	return k.t("cli.host_is.away")
}

func showHost(ctx context.Context, k *call) error {
	var h api.Host
	if err := k.do(ctx, "host.show", nil, &h); err != nil {
		return err
	}
	f := h.Facts
	var interfaces []string
	for _, i := range f.Interfaces {
		interfaces = append(interfaces, i.Name+" "+strings.Join(i.Addresses, " "))
	}
	return k.printFacts(h, "name", h.Name, "id", h.ID, "cluster", h.Cluster, "host_state", k.hostState(h), "seen", clock(h.Seen),
		"enrolled", clock(h.Enrolled), "expires", clock(h.Expires), "agent_version", h.Agent, "os", f.OS, "kernel", f.Kernel,
		"architecture", f.Architecture, "cpus", strconv.Itoa(f.CPUs), "memory", bytesOf(f.MemoryBytes), "disk_free", bytesOf(f.DiskFree),
		"pacemaker", f.Pacemaker, "corosync", f.Corosync, "interfaces", strings.Join(interfaces, "; "))
}

// startAgent starts the agent's unit, scripts/hawser-agent.service, now and whenever the host boots.
const startAgent = "systemctl enable --now hawser-agent"

func hostToken(ctx context.Context, k *call) error {
	minutes, err := k.flags.GetInt("minutes")
	if err != nil {
		return err
	}
	var t api.EnrolmentToken
	if err := k.do(ctx, "host.token", api.TokenRequest{Minutes: minutes}, &t); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(t)
	}
	if err := k.printFacts(t, "server", t.Server, "token", t.Token, "expires", clock(t.Expires), "ca_sha256", t.CASHA256); err != nil {
		return err
	}
	_, err = fmt.Fprintf(k.env.Stdout, "\n%s\n  %s\n%s\n  %s\n", k.t("cli.host.enrol"), strings.Join(t.Command, " "), k.t("cli.host.start"), startAgent)
	return err
}

// finding is one line of a preflight.
type finding struct {
	host  string
	check ha.Check
}

func preflight(ctx context.Context, k *call) error {
	setup, err := k.setup()
	if err != nil {
		return err
	}
	var result api.PreflightResult
	if err := k.do(ctx, "host.preflight", api.PreflightRequest{Setup: setup}, &result); err != nil {
		return err
	}
	if err := k.printPreflight(result); err != nil {
		return err
	}
	if !result.OK {
		return fault.New(fault.Failed, "cli.preflight_failed", "the hosts are not ready")
	}
	return nil
}

func (k *call) printPreflight(result api.PreflightResult) error {
	if k.output != "table" {
		return k.printData(result)
	}
	var rows []finding
	for _, h := range result.Hosts {
		if h.Fault != nil {
			k.say("%s: %s", h.Host, k.words.Fault(h.Fault))
		}
		for _, c := range h.Checks {
			rows = append(rows, finding{h.Host, c})
		}
	}
	return printList(k.app, rows,
		column[finding]{"host", func(f finding) string { return f.host }},
		column[finding]{"check", func(f finding) string { return k.words.Sentence("check."+f.check.Code, f.check.Args) }},
		column[finding]{"result", func(f finding) string { return k.t("cli.result." + f.check.Result) }},
		column[finding]{"what", func(f finding) string {
			text := ""
			if key := "check." + f.check.Code + "." + f.check.Result; k.words.Has(key) {
				text = k.words.Sentence(key, f.check.Args)
			}
			if key := "check." + f.check.Code + ".fix"; f.check.Result != "ok" && k.words.Has(key) {
				text += " " + k.words.Sentence(key, f.check.Args)
			}
			return text
		}},
	)
}
