package daemon_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/run"
)

// answers is a helper that says always the same.
type answers struct {
	say   string
	err   error
	asked *run.Command
}

func (a answers) Run(_ context.Context, c run.Command) (run.Output, error) {
	*a.asked = c
	return run.Output{Stdout: []byte(a.say)}, a.err
}

// TestHelper: what the helper says is taken only where it makes sense; anything else is no answer, which is asked for again.
func TestHelper(t *testing.T) {
	for _, c := range []struct {
		name, say string
		err       error
		want      core.Answered
	}{
		{name: "done", say: `{"outcome":"done","term":4,"seen":3,"members":[2]}`, want: core.Answered{Ask: 7, Outcome: core.Done, Set: core.InSync{Term: 4, Seen: 3, Members: [3]bool{false, false, true}}}},
		{name: "denied", say: `{"outcome":"denied","reason":"superseded"}`, want: core.Answered{Ask: 7, Outcome: core.Denied, Reason: core.ErrSuperseded}},
		{name: "unknown", say: `{"outcome":"unknown"}`, want: core.Answered{Ask: 7, Outcome: core.Unknown}},
		{name: "failed", say: `{"outcome":"done","term":4}`, err: errors.New("exit status 1"), want: core.Answered{Ask: 7, Outcome: core.Unknown}},
		{name: "no reason", say: `{"outcome":"denied"}`, want: core.Answered{Ask: 7, Outcome: core.Unknown}},
		{name: "third member", say: `{"outcome":"done","members":[3]}`, want: core.Answered{Ask: 7, Outcome: core.Unknown}},
		{name: "no outcome", say: `{}`, want: core.Answered{Ask: 7, Outcome: core.Unknown}},
		{name: "nothing", want: core.Answered{Ask: 7, Outcome: core.Unknown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked run.Command
			got := daemon.AskHelper(t.Context(), daemon.Config{Name: "v", Volume: "u", Helper: []string{"/h", "x"}}, answers{c.say, c.err, &asked},
				slog.New(slog.DiscardHandler), 7, core.Change{Kind: core.Claim, Node: 2, Term: 9, Keep: true})
			if got.Ask != c.want.Ask || got.Outcome != c.want.Outcome || got.Set != c.want.Set || !errors.Is(got.Reason, c.want.Reason) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			if want := `{"volume":"v","uuid":"u","change":"claim","side":2,"term":9,"keep":true}`; string(asked.Stdin) != want || !strings.HasPrefix(asked.String(), "/h x <(") {
				t.Errorf("asked %s %s", asked, asked.Stdin)
			}
		})
	}
}
