package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (a *app) linkCommands() *cobra.Command {
	return a.group("link",
		verb{key: "link.list", args: []string{"cluster"}, run: listLinks},
		verb{key: "link.add", args: []string{"cluster", "ends="}, long: true, flags: func(f *pflag.FlagSet) {
			f.Int("number", -1, a.t("cli.flag.link_number"))
			a.linkFlags(f)
		}, run: addLink},
		verb{key: "link.edit", args: []string{"cluster", "link", "ends="}, long: true, flags: a.linkFlags, run: editLink},
		verb{key: "link.remove", args: []string{"cluster", "link"}, long: true, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(revertible, "cli.ask.link.remove", "name", k.args["link"]); err != nil {
				return err
			}
			return k.start(ctx, "link.remove", nil)
		}},
	)
}

// linkFlags are the settings of a link.
func (a *app) linkFlags(f *pflag.FlagSet) {
	f.Int("priority", 0, a.t("cli.flag.priority"))
	f.Int("ping-interval", 0, a.t("cli.flag.ping_interval"))
	f.Int("ping-timeout", 0, a.t("cli.flag.ping_timeout"))
	f.Int("pong-count", 0, a.t("cli.flag.pong_count"))
}

// given returns the value of a number's flag, nil where it was not given.
func (k *call) given(name string) *int {
	f := k.flags.Lookup(name)
	if f == nil || !f.Changed {
		return nil
	}
	n, err := k.flags.GetInt(name)
	if err != nil {
		return nil
	}
	return &n
}

// switched returns the value of a yes-or-no flag, nil where it was not given.
func (k *call) switched(name string) *bool {
	f := k.flags.Lookup(name)
	if f == nil || !f.Changed {
		return nil
	}
	on := f.Value.String() == "true"
	return &on
}

func valueOf(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

func addLink(ctx context.Context, k *call) error {
	addresses, err := k.pairs(k.values)
	if err != nil {
		return err
	}
	return k.start(ctx, "link.add", api.NewLink{
		Number: k.given("number"), Addresses: addresses, Priority: valueOf(k.given("priority")), PingInterval: valueOf(k.given("ping-interval")),
		PingTimeout: valueOf(k.given("ping-timeout")), PongCount: valueOf(k.given("pong-count")),
	})
}

func editLink(ctx context.Context, k *call) error {
	addresses, err := k.pairs(k.values)
	if err != nil {
		return err
	}
	return k.start(ctx, "link.edit", api.LinkChange{
		Addresses: addresses, Priority: k.given("priority"), PingInterval: k.given("ping-interval"), PingTimeout: k.given("ping-timeout"), PongCount: k.given("pong-count"),
	})
}

func listLinks(ctx context.Context, k *call) error {
	var l api.Links
	if err := k.do(ctx, "link.list", nil, &l); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(l)
	}
	if err := printList(k.app, l.Links,
		column[api.LinkShown]{"link", func(l api.LinkShown) string { return strconv.Itoa(l.Number) }},
		column[api.LinkShown]{"kind", func(l api.LinkShown) string { return k.t("cli.link_is." + string(l.Kind)) }},
		column[api.LinkShown]{"priority", func(l api.LinkShown) string { return strconv.Itoa(l.Priority) }},
		column[api.LinkShown]{"pings", func(l api.LinkShown) string {
			return fmt.Sprintf("%d/%d ms × %d", l.PingInterval, l.PingTimeout, l.PongCount)
		}},
		column[api.LinkShown]{"addresses", func(l api.LinkShown) string {
			var ends []string
			for _, e := range l.Ends {
				ends = append(ends, strings.TrimSpace(e.Node+"="+e.Address+" "+e.Interface))
			}
			return strings.Join(ends, k.t("cli.comma"))
		}},
	); err != nil {
		return err
	}
	k.line("")
	if err := printList(k.app, l.Matrix,
		column[ha.LinkState]{"node", func(l ha.LinkState) string { return l.Node }},
		column[ha.LinkState]{"peer", func(l ha.LinkState) string { return l.Peer }},
		column[ha.LinkState]{"link", func(l ha.LinkState) string { return strconv.Itoa(l.Link) }},
		column[ha.LinkState]{"connected", func(l ha.LinkState) string { return k.yesNo(l.Connected) }},
		column[ha.LinkState]{"latency", func(l ha.LinkState) string { return fmt.Sprintf("%d µs", l.LatencyUS) }},
		column[ha.LinkState]{"loss", func(l ha.LinkState) string { return fmt.Sprintf("%g %%", l.Loss) }},
	); err != nil {
		return err
	}
	for _, c := range l.Checks {
		k.line(k.words.Sentence("check."+c.Code+"."+c.Result, c.Args) + " " + k.words.Sentence("check."+c.Code+".fix", c.Args))
	}
	for _, n := range l.Nodes {
		if n.State == "straggler" || n.State == "differs" {
			k.line(k.t("cli.conf_is."+n.State, "node", n.Node, "version", strconv.FormatUint(n.Version, 10)))
		}
	}
	return nil
}

// line writes a line of text for people.
func (k *call) line(text string) { fmt.Fprintln(k.env.Stdout, text) }

func (a *app) timingCommands() *cobra.Command {
	return a.group("timing",
		verb{key: "timing.show", args: []string{"cluster"}, run: showTiming},
		verb{key: "timing.set", args: []string{"cluster"}, long: true, flags: func(f *pflag.FlagSet) {
			f.String("profile", "", a.t("cli.flag.profile"))
			f.Int("token", 0, a.t("cli.flag.token"))
			f.Int("consensus", 0, a.t("cli.flag.consensus"))
			f.Int("coefficient", 0, a.t("cli.flag.coefficient"))
		}, run: func(ctx context.Context, k *call) error {
			t := ha.Timing{Profile: k.flag("profile"), Token: valueOf(k.given("token")), Consensus: valueOf(k.given("consensus")), TokenCoefficient: k.given("coefficient")}
			if t.Profile == "" && t.Token == 0 {
				return fault.New(fault.Invalid, "cli.timing_needed", "give --profile or --token")
			}
			if t.Profile == "" {
				t.Profile = ha.ProfileCustom
			}
			return k.start(ctx, "timing.set", t)
		}},
	)
}

func showTiming(ctx context.Context, k *call) error {
	var t api.TimingShown
	if err := k.do(ctx, "timing.show", nil, &t); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(t)
	}
	ms := func(n int) string { return fmt.Sprintf("%d ms", n) }
	if err := k.printFacts(t, "profile", k.t("profile."+t.Timing.Profile), "token_time", ms(t.Budget.TokenMS), "consensus", ms(t.Budget.ConsensusMS), "detection", ms(t.Budget.DetectionMS),
		"fencing_limit", ms(t.Budget.FencingMS), "start_limit", ms(t.Budget.StartMS), "last_outage", ms(t.Budget.LastOutageMS),
		"latency", fmt.Sprintf("%d µs", t.Measured.LatencyUS), "jitter", fmt.Sprintf("%d µs", t.Measured.JitterUS), "needs", ms(t.Measured.NeedsMS),
		"advice", k.t("profile."+t.Advice)); err != nil {
		return err
	}
	k.line("")
	if err := printList(k.app, t.Profiles,
		column[ha.Profile]{"profile", func(p ha.Profile) string { return k.t("profile." + p.Name) }},
		column[ha.Profile]{"token_time", func(p ha.Profile) string { return ms(p.TokenMS) }},
		column[ha.Profile]{"detection", func(p ha.Profile) string { return ms(p.Budget.DetectionMS) }},
		column[ha.Profile]{"safe", func(p ha.Profile) string { return k.yesNo(p.Safe) }},
		column[ha.Profile]{"in_force", func(p ha.Profile) string { return k.yesNo(p.InForce) }},
	); err != nil {
		return err
	}
	for _, p := range t.Profiles {
		for _, f := range p.Breaks {
			k.line(k.t("cli.timing.breaks", "profile", k.t("profile."+p.Name), "what", k.words.Sentence("finding."+f.Code, f.Args)))
		}
	}
	return nil
}

func (a *app) quorumCommands() *cobra.Command {
	return a.group("quorum",
		verb{key: "quorum.show", args: []string{"cluster"}, run: showQuorum},
		verb{key: "quorum.plan", args: []string{"cluster"}, flags: a.quorumFlags, run: planQuorum},
		verb{key: "quorum.edit", args: []string{"cluster"}, long: true, flags: a.quorumFlags, run: func(ctx context.Context, k *call) error {
			c, err := k.quorumChange()
			if err != nil {
				return err
			}
			return k.start(ctx, "quorum.edit", c)
		}},
	)
}

func (a *app) quorumFlags(f *pflag.FlagSet) {
	f.StringSlice("votes", nil, a.t("cli.flag.votes"))
	f.Int("expected", 0, a.t("cli.flag.expected"))
	f.Bool("wait-for-all", false, a.t("cli.flag.wait_for_all"))
	f.Bool("last-man-standing", false, a.t("cli.flag.last_man_standing"))
	f.Int("window", 0, a.t("cli.flag.window"))
	f.Bool("auto-tie-breaker", false, a.t("cli.flag.auto_tie_breaker"))
	f.String("tie-breaker", "", a.t("cli.flag.tie_breaker_nodes"))
	f.Bool("two-node", false, a.t("cli.flag.two_node"))
}

func (k *call) quorumChange() (api.QuorumChange, error) {
	c := api.QuorumChange{
		ExpectedVotes: k.given("expected"), WaitForAll: k.switched("wait-for-all"), LastManStanding: k.switched("last-man-standing"), LastManStandingWindow: k.given("window"),
		AutoTieBreaker: k.switched("auto-tie-breaker"), TwoNode: k.switched("two-node"),
	}
	if text := k.flag("tie-breaker"); text != "" {
		c.AutoTieBreakerNode = &text
	}
	texts, err := k.pairs(k.list("votes"))
	if err != nil {
		return c, err
	}
	for node, text := range texts {
		n, err := strconv.Atoi(text)
		if err != nil {
			return c, fault.New(fault.Invalid, "cli.flag_value", "votes of %s: %w", node, err).With("name", "--votes", "value", text)
		}
		if c.Votes == nil {
			c.Votes = map[string]int{}
		}
		c.Votes[node] = n
	}
	return c, nil
}

// survives says in words what may be lost.
func (k *call) survives(s ha.Survival) string {
	var parts []string
	for _, r := range s.Reasons {
		parts = append(parts, k.words.Sentence("survives."+r.Code, r.Args))
	}
	return strings.Join(parts, " ")
}

func planQuorum(ctx context.Context, k *call) error {
	c, err := k.quorumChange()
	if err != nil {
		return err
	}
	var p api.QuorumPlan
	if err := k.do(ctx, "quorum.plan", c, &p); err != nil {
		return err
	}
	return k.printFacts(p, "before", k.survives(p.Before), "after", k.survives(p.After), "complete", k.survives(p.Complete), "restart", strings.Join(p.Restart, " "))
}

func showQuorum(ctx context.Context, k *call) error {
	var q api.QuorumShown
	if err := k.do(ctx, "quorum.show", nil, &q); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(q)
	}
	pairs := []string{
		"survives", k.survives(q.Survives), "quorate", k.yesNo(q.Quorate), "votes", fmt.Sprintf("%d / %d", q.Votes, q.Needed), "expected", strconv.Itoa(q.Expected),
		"in_force", strings.Join(q.InForce, " "), "restart", strings.Join(q.Restart, " "),
	}
	if d := q.Device; d != nil {
		pairs = append(pairs, "qdevice", fmt.Sprintf("%s %s %s", d.Host, d.Address, d.Algorithm), "connected", k.yesNo(d.Connected), "device_votes", strconv.Itoa(d.Votes))
	}
	if err := k.printFacts(q, pairs...); err != nil {
		return err
	}
	k.line("")
	return printList(k.app, q.Nodes,
		column[api.QuorumNode]{"node", func(n api.QuorumNode) string { return n.Node }},
		column[api.QuorumNode]{"votes", func(n api.QuorumNode) string { return strconv.Itoa(n.Votes) }},
		column[api.QuorumNode]{"online", func(n api.QuorumNode) string { return k.yesNo(n.Online) }},
	)
}
