package cli

import (
	"context"
	"errors"
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
)

const (
	// An operation is asked for at once again and then ever less often: often enough to look live, rare enough not to weigh.
	pollFirst = 25 * time.Millisecond
	pollEvery = 300 * time.Millisecond
	// outage is how long the server may be away while an operation is watched: it goes on by itself, and a server that is
	// restarted or upgraded is back well within it.
	outage = 2 * time.Minute
)

func (a *app) operationCommands() *cobra.Command {
	return a.group("operation",
		verb{key: "operation.list", args: []string{"cluster?"}, flags: func(f *pflag.FlagSet) {
			f.String("state", "", a.t("cli.flag.state"))
			f.Int("limit", 20, a.t("cli.flag.limit"))
		}, run: listOperations},
		verb{key: "operation.show", args: []string{"operation"}, run: func(ctx context.Context, k *call) error {
			var op api.Operation
			if err := k.do(ctx, "operation.show", nil, &op); err != nil {
				return err
			}
			return k.printOperation(op)
		}},
		verb{key: "operation.watch", args: []string{"operation"}, flags: a.waitFlag, run: func(ctx context.Context, k *call) error {
			var op api.Operation
			if err := k.do(ctx, "operation.show", nil, &op); err != nil {
				return err
			}
			return k.follow(ctx, op)
		}},
	)
}

func listOperations(ctx context.Context, k *call) error {
	query := url.Values{}
	for name, value := range map[string]string{"cluster": k.args["cluster"], "state": k.flag("state"), "limit": k.flag("limit")} {
		if value != "" {
			query.Set(name, value)
		}
	}
	limit, err := k.flags.GetInt("limit")
	if err != nil {
		return err
	}
	ops, err := client.All[api.Operation](ctx, k.api, client.Request{Route: "operation.list", Query: query}, limit)
	if err != nil {
		return err
	}
	return printList(k.app, ops,
		column[api.Operation]{"id", func(o api.Operation) string { return o.ID }},
		column[api.Operation]{"started", func(o api.Operation) string { return clock(o.Started) }},
		column[api.Operation]{"what", func(o api.Operation) string { return k.t("route." + o.Kind) }},
		column[api.Operation]{"cluster", func(o api.Operation) string { return o.Cluster }},
		column[api.Operation]{"object", func(o api.Operation) string { return o.Object }},
		column[api.Operation]{"actor", func(o api.Operation) string { return o.Actor }},
		column[api.Operation]{"state", func(o api.Operation) string { return k.t("cli.state." + o.State) }},
		column[api.Operation]{"progress", func(o api.Operation) string { return fmt.Sprintf("%d %%", o.Percent) }},
	)
}

func (k *call) printOperation(op api.Operation) error {
	if k.output != "table" {
		return k.printData(op)
	}
	reason := ""
	if op.Fault != nil {
		reason = k.words.Fault(op.Fault)
	}
	if err := k.printFacts(op, "id", op.ID, "what", k.t("route."+op.Kind), "cluster", op.Cluster, "object", op.Object, "actor", op.Actor,
		"state", k.t("cli.state."+op.State), "progress", fmt.Sprintf("%d %%", op.Percent), "started", clock(op.Started), "ended", clock(op.Ended),
		"reason", reason); err != nil {
		return err
	}
	for _, s := range op.Steps {
		for _, line := range k.stepLines(s) {
			if _, err := fmt.Fprintln(k.env.Stdout, "  "+line); err != nil {
				return err
			}
		}
	}
	return nil
}

// stepLines is a step with what is done within it, indented.
func (k *call) stepLines(s api.Step) []string {
	lines := []string{k.stepLine(s)}
	for _, within := range s.Steps {
		lines = append(lines, inside+k.stepLine(named(within, s)))
	}
	return lines
}

// inside is how far what is done within a step is set in.
const inside = "    "

// named leaves the node out where the heading has named it.
func named(within, heading api.Step) api.Step {
	if within.Node == heading.Node {
		within.Node = ""
	}
	return within
}

// follow watches an operation to its end: steps as they go, then the outcome as the command's own. The operation itself goes on
// whoever watches: Ctrl-C and --timeout end the watching only.
func (k *call) follow(ctx context.Context, op api.Operation) error {
	if k.noWait {
		if k.output != "table" {
			return k.printData(op)
		}
		_, err := fmt.Fprintln(k.env.Stdout, op.ID)
		k.say("%s", k.t("cli.operation.goes_on", "id", op.ID))
		return err
	}
	waiting, stop := context.WithTimeoutCause(ctx, k.timeout, errTimeout)
	defer stop()
	p := progress{call: k, told: map[string]bool{}}
	for pause := pollFirst; ; pause = min(2*pause, pollEvery) {
		p.show(op)
		if !op.Ended.IsZero() || ended(op.State) {
			break
		}
		next, err := k.poll(waiting, op.ID, pause)
		if err != nil {
			p.clear()
			if waiting.Err() != nil {
				k.say("%s", k.t("cli.operation.goes_on", "id", op.ID))
				if errors.Is(context.Cause(waiting), errTimeout) {
					return errTimeout
				}
				return context.Canceled
			}
			return err
		}
		op = next
	}
	p.clear()
	if k.output != "table" {
		if err := k.printData(op); err != nil {
			return err
		}
	}
	if op.State == "succeeded" {
		if k.output == "table" {
			_, err := fmt.Fprintln(k.env.Stdout, k.t("cli.operation.succeeded", "what", k.t("route."+op.Kind), "object", subject(op)))
			return err
		}
		return nil
	}
	k.say("%s", k.t("cli.operation."+op.State, "what", k.t("route."+op.Kind), "object", subject(op)))
	if op.Fault != nil {
		return op.Fault
	}
	return fault.New(fault.Failed, "cli.operation.no_reason", "operation %s has failed", op.ID).With("id", op.ID)
}

func ended(state string) bool {
	return state == "succeeded" || state == "failed" || state == "rolled_back"
}

// subject names what an operation is about.
func subject(op api.Operation) string {
	if op.Object != "" {
		return op.Object
	}
	return op.Cluster
}

// poll waits a moment and asks for the operation again, with patience for a server that is away.
func (k *call) poll(ctx context.Context, id string, pause time.Duration) (api.Operation, error) {
	var op api.Operation
	away := time.Time{}
	for {
		select {
		case <-ctx.Done():
			return op, ctx.Err()
		case <-time.After(pause):
		}
		err := k.api.Do(ctx, client.Request{Route: "operation.show", Path: map[string]string{"operation": id}}, &op)
		switch {
		case err == nil:
			return op, nil
		case fault.CodeOf(err) != fault.Unreachable:
			return op, err
		case away.IsZero():
			away = time.Now()
			pause = pollEvery
			k.say("%s", k.t("cli.operation.server_away"))
		case time.Since(away) > outage:
			return op, err
		}
	}
}

// progress draws an operation: on a terminal a bar under the steps that are done, elsewhere a line for each step.
type progress struct {
	*call
	told  map[string]bool
	drawn bool
}

func (p *progress) show(op api.Operation) {
	for i, s := range op.Steps {
		place := strconv.Itoa(i)
		p.head(place, s)
		for n, within := range s.Steps {
			p.tell(place+"."+strconv.Itoa(n), inside, named(within, s))
		}
		p.tell(place, "", s)
	}
	if p.env.Terminal && !ended(op.State) {
		now := ""
		for _, s := range op.Steps {
			if s.State != "running" {
				continue
			}
			now = p.step(s)
			if n := len(s.Steps); n > 0 {
				now += ": " + p.step(named(s.Steps[n-1], s))
			}
		}
		_, _ = fmt.Fprintf(p.env.Stderr, "\r\x1b[K[%s] %3d %%  %s", bar(float64(op.Percent)), op.Percent, now)
		p.drawn = true
	}
}

// head tells that a step has begun, before what is done within it is told: the heading stands above.
func (p *progress) head(place string, s api.Step) {
	if len(s.Steps) > 0 && s.State != "running" {
		s.State = "running"
	}
	if s.State == "running" && (!p.env.Terminal || slices.ContainsFunc(s.Steps, func(w api.Step) bool { return w.State != "running" })) {
		begun := s
		begun.Fault = nil
		p.line(place, "", begun)
	}
}

// tell tells of a step that has ended, once; of what is done within one also, elsewhere than on a terminal, that it has begun.
func (p *progress) tell(place, indent string, s api.Step) {
	if s.State == "waiting" || s.State == "running" && (indent == "" || p.env.Terminal) {
		return
	}
	p.line(place, indent, s)
}

func (p *progress) line(place, indent string, s api.Step) {
	key := strings.Join([]string{place, s.Phase, s.State}, "|")
	if indent == "" {
		key = place + "|" + s.State // the phase of a heading is that of what is done within it
	}
	if p.told[key] {
		return
	}
	p.told[key] = true
	p.clear()
	p.say("%s", indent+p.stepLine(s))
	if s.Fault != nil {
		p.say("%s    %s", indent, strings.ReplaceAll(p.words.Fault(s.Fault), "\n", "\n    "+indent))
	}
}

// clear takes the bar away, so that what follows starts on an empty line.
func (p *progress) clear() {
	if p.drawn {
		_, _ = fmt.Fprint(p.env.Stderr, "\r\x1b[K")
		p.drawn = false
	}
}

// stepLine is a step on one line: sign, phase, node, what.
func (k *call) stepLine(s api.Step) string {
	sign := map[string]string{"waiting": "·", "running": "…", "done": "✓", "failed": "✗", "skipped": "–"}[s.State]
	line := sign + " "
	if s.Phase != "" && len(s.Steps) == 0 { // a heading leaves it to what is done within it
		line += "[" + k.t("cli.phase."+s.Phase) + "] "
	}
	line += k.step(s)
	if took := s.Ended.Sub(s.At); s.State == "done" && !s.Ended.IsZero() && took >= time.Second {
		line += fmt.Sprintf(" (%s)", took.Round(100*time.Millisecond))
	}
	return line
}

func (k *call) step(s api.Step) string {
	args := map[string]string{"node": s.Node}
	for name, value := range s.Args {
		args[name] = value
	}
	text := s.Name
	if k.words.Has("step." + s.Name) {
		text = k.words.Sentence("step."+s.Name, args)
	}
	if s.Node != "" && !strings.Contains(text, s.Node) {
		text = s.Node + ": " + text
	}
	return text
}

// weight says how much an action hurts.
type weight int

const (
	harmless   weight = iota // nobody is asked
	revertible               // services stop, but another command brings them back
	final                    // nothing takes it back
)

// confirm asks before something that hurts. At a terminal it asks for yes; elsewhere what another command takes back goes ahead,
// because a script has nobody to ask, and what nothing takes back needs --yes.
func (k *call) confirm(w weight, key string, pairs ...string) error {
	if k.yes || w == harmless {
		return nil
	}
	if !k.env.Terminal {
		if w == final {
			return fault.New(fault.Invalid, "cli.confirm_needed", "this cannot be taken back: say --yes")
		}
		return nil
	}
	_, _ = fmt.Fprintf(k.env.Stderr, "%s %s ", k.t(key, pairs...), k.t("cli.confirm"))
	answer, err := readLine(k.env.Stdin)
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "是":
		return nil
	}
	return fault.New(fault.Invalid, "cli.not_confirmed", "not confirmed")
}

// confirmName asks for a name to be typed again: for what stops services or destroys, --yes is too quickly said.
func (k *call) confirmName(name, key string) error {
	given := k.flag("confirm")
	if given == "" && k.env.Terminal {
		_, _ = fmt.Fprintf(k.env.Stderr, "%s\n%s ", k.t(key, "name", name), k.t("cli.confirm_name", "name", name))
		answer, err := readLine(k.env.Stdin)
		if err != nil {
			return err
		}
		given = strings.TrimSpace(answer)
	}
	if given != name {
		return fault.New(fault.Invalid, "cli.confirm_name_needed", "type the name again: --confirm %s", name).With("name", name)
	}
	return nil
}

// readLine reads up to a line end, byte by byte, so that nothing is swallowed that a later question needs.
func readLine(r interface{ Read([]byte) (int, error) }) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for {
		n, err := r.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				return strings.TrimSuffix(string(line), "\r"), nil
			}
			line = append(line, one[0])
		}
		if err != nil {
			if len(line) > 0 {
				return string(line), nil
			}
			return "", fault.New(fault.Invalid, "cli.no_answer", "nobody answers: %w", errors.Join(err))
		}
	}
}
