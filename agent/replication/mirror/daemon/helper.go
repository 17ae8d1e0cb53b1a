package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/run"
	"hawser/internal/fault"
)

// Question is what the helper reads on its standard input: a change of the in-sync set that one side asks for. The helper carries it out as
// core.InSync says, fencing first where that is needed, and needs no agent and no daemon for it. A claim of a daemon that has died it gives up.
type Question struct {
	Volume string `json:"volume"` // its name
	UUID   string `json:"uuid"`
	Change string `json:"change"` // as core.ChangeKind calls it
	Side   uint8  `json:"side"`
	Term   uint64 `json:"term"`
	Keep   bool   `json:"keep"`
}

// Wants is the change that a question asks for.
func (q Question) Wants() (core.Change, error) {
	if k := core.ChangeOf(q.Change); k != 0 && (q.Side == 1 || q.Side == 2) {
		return core.Change{Kind: k, Node: q.Side, Term: q.Term, Keep: q.Keep}, nil
	}
	return core.Change{}, fault.New(fault.Invalid, "mirror.question", "side %d asks for %q", q.Side, q.Change).With("why", q.Change)
}

// Answer is what it writes to its standard output. An exit status other than 0 means that nobody knows whether it was done.
type Answer struct {
	Outcome string  `json:"outcome"` // done, unknown, denied
	Reason  string  `json:"reason"`  // where denied: not_member, superseded, forgotten, begun, not_begun, no_source
	Term    uint64  `json:"term"`    // of the set as it is now, where done
	Seen    uint64  `json:"seen"`
	Members []uint8 `json:"members"`
}

// helperTime is how long fencing may take, and the CIB after it. A change that ends later is asked for again.
const helperTime = 2 * time.Minute

// errHelper is an answer that makes no sense.
var errHelper = errors.New("the helper's answer is not understood")

// denials are the reasons that an answer may give.
var denials = map[string]error{
	"not_member": core.ErrNotMember, "superseded": core.ErrSuperseded, "forgotten": core.ErrForgotten,
	"begun": core.ErrBegun, "not_begun": core.ErrNotBegun, "no_source": core.ErrNoSource,
}

// Reason returns what an Answer calls an error of core.InSync.Change.
func Reason(err error) string {
	for reason, e := range denials {
		if errors.Is(err, e) {
			return reason
		}
	}
	return ""
}

// helper asks the program. One change is under way at a time: the core sees to that.
type helper struct {
	config Config
	runner run.Runner
	log    *slog.Logger
}

func (h helper) ask(ctx context.Context, id uint64, c core.Change) core.Answered {
	unknown := core.Answered{Ask: id, Outcome: core.Unknown}
	q, err := json.Marshal(Question{Volume: h.config.Name, UUID: h.config.Volume, Change: c.Kind.String(), Side: c.Node, Term: c.Term, Keep: c.Keep})
	if err != nil {
		h.log.Error("the in-sync set was not asked to change", "err", err)
		return unknown
	}
	program, err := h.config.helper()
	if err != nil {
		h.log.Error("the in-sync set was not asked to change", "err", err)
		return unknown
	}
	out, err := h.runner.Run(ctx, run.Cmd(program[0], program[1:]...).Input(q).Within(helperTime))
	if err != nil {
		h.log.Warn("whether the in-sync set was changed is not known", "change", c.Kind.String(), "err", err)
		return unknown
	}
	a, err := decodeAnswer(out.Stdout, id)
	if err != nil {
		h.log.Error("the helper's answer is not understood", "change", c.Kind.String(), "err", err)
		return unknown
	}
	return a
}

// helper is the program that is asked. This one is asked by its path: an upgrade replaces it, and the newer one knows the same question.
func (c Config) helper() ([]string, error) {
	if len(c.Helper) > 0 {
		return c.Helper, nil
	}
	self, err := os.Executable()
	return []string{self, "in-sync", "--nodes", strings.Join(c.Nodes, ",")}, err
}

func decodeAnswer(b []byte, id uint64) (core.Answered, error) {
	var a Answer
	if err := json.Unmarshal(b, &a); err != nil {
		return core.Answered{}, fmt.Errorf("%w: %w", errHelper, err)
	}
	out := core.Answered{Ask: id, Set: core.InSync{Term: a.Term, Seen: a.Seen}}
	for _, m := range a.Members {
		if m != 1 && m != 2 {
			return out, fmt.Errorf("%w: member %d", errHelper, m)
		}
		out.Set.Members[m] = true
	}
	switch a.Outcome {
	case "done":
		out.Outcome = core.Done
	case "unknown":
		out.Outcome = core.Unknown
	case "denied":
		out.Outcome, out.Reason = core.Denied, denials[a.Reason]
	}
	if out.Outcome == 0 || (out.Outcome == core.Denied && out.Reason == nil) {
		return out, fmt.Errorf("%w: outcome %q, reason %q", errHelper, a.Outcome, a.Reason)
	}
	return out, nil
}
