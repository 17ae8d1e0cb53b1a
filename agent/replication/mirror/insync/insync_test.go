package insync_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/insync"
	"hawser/agent/run"
	"hawser/internal/testkit"
)

const volume = "0123456789abcdef0123456789abcdef"

// The states in which a cluster has a node, before Pacemaker 2.1.7 and since.
const (
	here     = `in_ccm="true" crmd="online" join="member" expected="member"`
	hereNow  = `in_ccm="1700000000" crmd="1700000001" join="member" expected="member"`
	crashed  = `in_ccm="false" crmd="offline" join="down" expected="member"`
	crashNow = `in_ccm="0" crmd="0" join="member" expected="member"`
	fenced   = `in_ccm="false" crmd="offline" join="down" expected="down"`
	left     = `in_ccm="1700000000" crmd="0" join="down" expected="down"`
	halfway  = `in_ccm="true" crmd="offline" join="down" expected="member"`
)

// cluster is a CIB in a file, which Pacemaker's own tools read and change one after the other, as the CIB's daemon has them. Fencing and votes,
// which no file has, are the test's.
type cluster struct {
	t    *testing.T
	file string
	op   sync.Mutex // an operation of the CIB

	votes   string                           // what corosync-quorumtool prints
	fence   func() run.Output                // stonith_admin
	before  func(c run.Command)              // is told of a tool that is about to begin
	instead func(c run.Command) *run.Command // another program in a tool's place; nil is the tool
	mu      sync.Mutex                       // guards seen
	seen    []run.Command
}

// newCluster is a cluster of n1 and n2 that sees n2 so, with properties.
func newCluster(t *testing.T, peer, properties string) *cluster {
	t.Helper()
	testkit.Need(t, "pacemaker-tools")
	c := &cluster{t: t, file: filepath.Join(t.TempDir(), "cib.xml")}
	text := fmt.Sprintf(`<cib validate-with="pacemaker-3.0" epoch="7" num_updates="3" admin_epoch="0" have-quorum="1"><configuration><crm_config><cluster_property_set id="cib-bootstrap-options">%s</cluster_property_set></crm_config><nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes><resources/><constraints/></configuration><status><node_state id="1" uname="n1" %s/><node_state id="2" uname="n2" %s/></status></cib>`, properties, here, peer)
	must(t, os.WriteFile(c.file, []byte(text), 0o600))
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Run implements run.Runner. Every tool has to be bounded.
func (c *cluster) Run(ctx context.Context, cmd run.Command) (run.Output, error) {
	c.mu.Lock()
	c.seen = append(c.seen, cmd)
	c.mu.Unlock()
	if cmd.Timeout <= 0 && cmd.Name != "corosync-quorumtool" || cmd.Timeout > 2*time.Minute {
		c.t.Errorf("%s may take %v", cmd, cmd.Timeout)
	}
	if c.before != nil {
		c.before(cmd)
	}
	if c.instead != nil {
		if other := c.instead(cmd); other != nil {
			return run.System{}.Run(ctx, *other)
		}
	}
	told := func(out run.Output) (run.Output, error) {
		if out.Code != 0 {
			return out, run.NewError(cmd.Name, out)
		}
		return out, nil
	}
	switch cmd.Name {
	case "cibadmin":
		c.op.Lock()
		defer c.op.Unlock()
		return run.System{}.Run(ctx, cmd.With("CIB_file="+c.file).Within(2*time.Minute)) // the bound was looked at above; this machine may be busy
	case "corosync-quorumtool":
		return told(run.Output{Stdout: []byte(c.votes)})
	case "stonith_admin":
		if c.fence == nil {
			c.t.Errorf("fencing is asked for: %s", cmd)
			return told(run.Output{Code: 1})
		}
		return told(c.fence())
	}
	c.t.Errorf("nobody knows %s", cmd)
	return told(run.Output{Code: 1})
}

// times is how many programs were run whose command line holds all the words.
func (c *cluster) times(words ...string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, s := range c.seen {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(s.String(), w) }) {
			n++
		}
	}
	return n
}

// change puts other words into the file, as somebody else's change.
func (c *cluster) change(old, new string) {
	c.t.Helper()
	c.op.Lock()
	defer c.op.Unlock()
	text, err := os.ReadFile(c.file)
	must(c.t, err)
	if !strings.Contains(string(text), old) {
		c.t.Fatalf("the CIB has no %s:\n%s", old, text)
	}
	must(c.t, os.WriteFile(c.file, []byte(strings.Replace(string(text), old, new, 1)), 0o600))
}

// sees is how the cluster sees n2 from now on.
func (c *cluster) sees(was, is string) { c.t.Helper(); c.change(`uname="n2" `+was, `uname="n2" `+is) }

func (c *cluster) keeper() insync.Keeper {
	return insync.Keeper{Runner: c, Volume: volume, Nodes: [2]string{"n1", "n2"}}
}

// has makes the set of the volume be so.
func (c *cluster) has(s core.InSync) {
	c.t.Helper()
	must(c.t, c.keeper().Declare(c.t.Context(), 1, 2))
	c.change("term=0 seen=0 members=1,2", text(s))
}

func text(s core.InSync) string {
	members := map[[3]bool]string{{}: "", {false, true, false}: "1", {false, false, true}: "2", {false, true, true}: "1,2"}[s.Members]
	return fmt.Sprintf("term=%d seen=%d members=%s", s.Term, s.Seen, members)
}

// is demands that the set is so.
func (c *cluster) is(want core.InSync) {
	c.t.Helper()
	c.before, c.instead = nil, nil
	raw, err := os.ReadFile(c.file)
	must(c.t, err)
	if !strings.Contains(string(raw), `value="`+text(want)+`"`) {
		c.t.Errorf("the CIB has no %s:\n%s", text(want), raw)
	}
}

func set(term, seen uint64, members ...int) core.InSync {
	s := core.InSync{Term: term, Seen: seen}
	for _, m := range members {
		s.Members[m] = true
	}
	return s
}

// unknown demands an error that leaves it open whether the set was changed.
func unknown(t *testing.T, err, want error) {
	t.Helper()
	if err == nil || !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	for _, denial := range []error{core.ErrNotMember, core.ErrSuperseded, core.ErrForgotten} {
		if errors.Is(err, denial) {
			t.Errorf("%v is a denial", err)
		}
	}
}

// TestChange: what the CIB has afterwards, and what is answered, are what core says, for a peer that the cluster sees.
func TestChange(t *testing.T) {
	for _, c := range []struct {
		name   string
		before core.InSync
		change core.Change
		want   core.InSync
		err    error
	}{
		{"claim", set(3, 3, 1, 2), core.Change{Kind: core.Claim, Node: 1, Term: 3}, set(4, 3, 1), nil},
		{"claim that keeps", set(3, 3, 1, 2), core.Change{Kind: core.Claim, Node: 2, Term: 3, Keep: true}, set(4, 3, 1, 2), nil},
		{"claim alone", set(3, 3, 2), core.Change{Kind: core.Claim, Node: 2, Term: 3, Keep: true}, set(4, 3, 2), nil},
		{"claim of who is out", set(3, 3, 1), core.Change{Kind: core.Claim, Node: 2, Term: 3}, set(3, 3, 1), core.ErrNotMember},
		{"claim of a copy", set(3, 3, 1, 2), core.Change{Kind: core.Claim, Node: 2, Term: 2}, set(3, 3, 1, 2), core.ErrForgotten},
		{"exclude", set(3, 3, 1, 2), core.Change{Kind: core.Exclude, Node: 1, Term: 3}, set(3, 3, 1), nil},
		{"exclude again", set(3, 3, 1), core.Change{Kind: core.Exclude, Node: 1, Term: 3}, set(3, 3, 1), nil},
		{"exclude too late", set(4, 3, 1, 2), core.Change{Kind: core.Exclude, Node: 1, Term: 3}, set(4, 3, 1, 2), core.ErrSuperseded},
		{"include", set(3, 2, 1), core.Change{Kind: core.Include, Node: 1, Term: 3}, set(3, 3, 1, 2), nil},
		{"yield", set(3, 3, 1, 2), core.Change{Kind: core.Yield, Node: 1, Term: 3}, set(3, 3, 2), nil},
		{"yield again", set(3, 3, 2), core.Change{Kind: core.Yield, Node: 1, Term: 3}, set(3, 3, 2), nil},
		{"large numbers", set(1<<63, 1<<63, 1, 2), core.Change{Kind: core.Claim, Node: 1, Term: 1 << 63}, set(1<<63+1, 1<<63, 1), nil},
	} {
		for _, seen := range []string{here, hereNow} {
			t.Run(c.name, func(t *testing.T) {
				cl := newCluster(t, seen, "")
				if c.change.Node == 2 { // the other one is n1, which is here
					cl.sees(seen, crashed)
				}
				cl.has(c.before)
				got, err := cl.keeper().Change(t.Context(), c.change)
				if !errors.Is(err, c.err) || got != c.want && c.err == nil {
					t.Errorf("got %s, %v; want %s, %v", text(got), err, text(c.want), c.err)
				}
				cl.is(c.want)
			})
		}
	}
}

// TestTwoClaims: of claims at once each that is granted has a term of its own, and none is lost.
func TestTwoClaims(t *testing.T) {
	c := newCluster(t, here, "")
	c.has(set(0, 0, 1, 2))
	var all sync.WaitGroup
	var mu sync.Mutex
	granted := map[uint64]int{}
	for side := uint8(1); side <= 2; side++ {
		for range 6 {
			all.Go(func() {
				s, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Claim, Node: side, Keep: true})
				if errors.Is(err, insync.ErrMoving) || errors.Is(err, insync.ErrNotSeen) || errors.Is(err, context.DeadlineExceeded) {
					return // it may ask again
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				granted[s.Term]++
			})
		}
	}
	all.Wait()
	c.before = nil
	s, err := c.keeper().Set(t.Context())
	must(t, err)
	if len(granted) == 0 || s.Term < uint64(len(granted)) {
		t.Errorf("granted %v, and the set is %s", granted, text(s))
	}
	for term, n := range granted {
		if n != 1 || term > s.Term {
			t.Errorf("term %d was granted %d times; the set is %s", term, n, text(s))
		}
	}
}

// TestMovedMeanwhile: what stood when it was read and does not when it is written is judged anew.
func TestMovedMeanwhile(t *testing.T) {
	c := newCluster(t, here, "")
	c.has(set(3, 3, 1, 2))
	once := sync.OnceFunc(func() { c.change(text(set(3, 3, 1, 2)), text(set(4, 3, 1, 2))) })
	c.before = func(cmd run.Command) {
		if strings.Contains(cmd.String(), "--replace") {
			once()
		}
	}
	if _, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Exclude, Node: 1, Term: 3}); !errors.Is(err, core.ErrSuperseded) {
		t.Errorf("got %v", err)
	}
	c.is(set(4, 3, 1, 2))

	// Changes of anything else do not matter, however many there are.
	n := 0
	c.before = func(cmd run.Command) {
		if strings.Contains(cmd.String(), "--replace") {
			n++
			c.change(`id="cib-bootstrap-options"`, fmt.Sprintf(`id="cib-bootstrap-options" score="%d"`, n))
		}
	}
	if s, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Exclude, Node: 1, Term: 4}); err != nil || s != set(4, 3, 1) || n != 1 {
		t.Errorf("got %s, %v, after %d tries", text(s), err, n)
	}
	c.is(set(4, 3, 1))

	// One that never stands still is given up, and not for good.
	term := uint64(4)
	c.before = func(cmd run.Command) {
		if strings.Contains(cmd.String(), "--replace") {
			c.change(text(set(term, 3, 1)), text(set(term+1, 3, 1)))
			term++
		}
	}
	_, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Claim, Node: 1, Term: 4, Keep: true})
	unknown(t, err, insync.ErrMoving)
}

// TestNoQuorum: without quorum nothing is granted and nothing denied, also where it is lost in between.
func TestNoQuorum(t *testing.T) {
	c := newCluster(t, here, "")
	c.has(set(3, 3, 1, 2))
	c.change(`have-quorum="1"`, `have-quorum="0"`)
	for _, side := range []uint8{1, 2} {
		for _, kind := range []core.ChangeKind{core.Claim, core.Exclude, core.Include, core.Yield} {
			_, err := c.keeper().Change(t.Context(), core.Change{Kind: kind, Node: side, Term: 2})
			unknown(t, err, insync.ErrNoQuorum)
		}
	}
	c.is(set(3, 3, 1, 2))
	c.change(`have-quorum="0"`, `have-quorum="1"`)
	once := sync.OnceFunc(func() { c.change(`have-quorum="1"`, `have-quorum="0"`) })
	c.before = func(cmd run.Command) {
		if strings.Contains(cmd.String(), "--replace") {
			once()
		}
	}
	_, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Exclude, Node: 1, Term: 3})
	unknown(t, err, insync.ErrNoQuorum)
	c.is(set(3, 3, 1, 2))
}

// TestHangs: a tool that does not end is ended, and nobody knows what became of it.
func TestHangs(t *testing.T) {
	for _, word := range []string{"--query", "--replace", "--node=n2", "stonith_admin"} {
		t.Run(word, func(t *testing.T) {
			peer := here
			if word == "stonith_admin" {
				peer = crashed
			}
			c := newCluster(t, peer, "")
			c.has(set(3, 3, 1, 2))
			c.instead = func(cmd run.Command) *run.Command {
				if strings.Contains(cmd.String(), word) {
					hangs := run.Cmd("sleep", "600").Within(200 * time.Millisecond)
					return &hangs
				}
				return nil
			}
			_, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Exclude, Node: 1, Term: 3})
			unknown(t, err, context.DeadlineExceeded)
			if word == "stonith_admin" {
				c.is(set(3, 3, 1, 2))
			}
		})
	}
	t.Run("whoever asks has gone", func(t *testing.T) {
		c := newCluster(t, here, "")
		c.has(set(3, 3, 1, 2))
		ctx, cancel := context.WithCancel(t.Context())
		c.before = func(cmd run.Command) {
			if strings.Contains(cmd.String(), "--replace") {
				cancel()
			}
		}
		_, err := c.keeper().Change(ctx, core.Change{Kind: core.Exclude, Node: 1, Term: 3})
		unknown(t, err, context.Canceled)
	})
}

// TestFails: a tool that fails, or prints what nobody understands, leaves it open.
func TestFails(t *testing.T) {
	for word, program := range map[string]run.Command{
		"--query":   run.Cmd("sh", "-c", "echo no such luck >&2; exit 1"),
		"--replace": run.Cmd("sh", "-c", "exit 124"),
		"cibadmin":  run.Cmd("echo", "<cib"),
		"--node=n2": run.Cmd("sh", "-c", "exit 102"),
	} {
		t.Run(word, func(t *testing.T) {
			c := newCluster(t, here, "")
			c.has(set(3, 3, 1, 2))
			c.instead = func(cmd run.Command) *run.Command {
				if strings.Contains(cmd.String(), word) {
					return &program
				}
				return nil
			}
			_, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Exclude, Node: 1, Term: 3})
			if err == nil {
				t.Error("it was done")
			}
			unknown(t, err, err)
		})
	}
	for what, value := range map[string]string{
		"nothing": "", "a number with a zero before it": "term=03 seen=3 members=1", "a third side": "term=3 seen=3 members=1,3",
		"a number that is too large": "term=99999999999999999999 seen=3 members=1", "more": "term=3 seen=3 members=1 x",
	} {
		t.Run(what, func(t *testing.T) {
			c := newCluster(t, here, "")
			c.has(set(3, 3, 1, 2))
			c.change(text(set(3, 3, 1, 2)), value)
			_, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Claim, Node: 1, Term: 3})
			unknown(t, err, insync.ErrGarbled)
		})
	}
	t.Run("no set", func(t *testing.T) {
		_, err := newCluster(t, here, "").keeper().Change(t.Context(), core.Change{Kind: core.Claim, Node: 1})
		unknown(t, err, insync.ErrNoSet)
	})
	t.Run("names", func(t *testing.T) {
		for _, k := range []insync.Keeper{
			{Volume: "v' or '1'='1", Nodes: [2]string{"n1", "n2"}},
			{Volume: volume, Nodes: [2]string{"n1", "n1"}},
			{Volume: volume, Nodes: [2]string{"n1", ""}},
			{Volume: volume, Nodes: [2]string{"n1", "--force"}},
		} {
			if _, err := k.Change(t.Context(), core.Change{Kind: core.Claim, Node: 1}); err == nil {
				t.Errorf("%+v was taken", k)
			}
		}
	})
}

const (
	majority = "Quorum information\n------------------\nNodes:            2\nQuorate:          Yes\n\nVotequorum information\n----------------------\nExpected votes:   3\nHighest expected: 3\nTotal votes:      2\nQuorum:           2  \nFlags:            Quorate \n"
	twoNode  = "Quorum information\n------------------\nNodes:            1\nQuorate:          Yes\n\nVotequorum information\n----------------------\nExpected votes:   2\nHighest expected: 2\nTotal votes:      1\nQuorum:           1  \nFlags:            2Node Quorate WaitForAll \n"
)

// TestFencing: a peer that may do anything is fenced before this side goes on without it, and nothing is changed where that is not confirmed.
func TestFencing(t *testing.T) {
	const off = `<nvpair id="s" name="stonith-enabled" value="false"/>`
	exclude := core.Change{Kind: core.Exclude, Node: 1, Term: 3}
	done := func() run.Output { return run.Output{} }
	failed := func() run.Output { return run.Output{Code: 1, Stderr: []byte("No route to host")} }
	for _, c := range []struct {
		name, peer, properties, votes string
		change                        core.Change
		fence                         func() run.Output
		fences                        int
		err                           error
	}{
		{name: "seen", peer: here, change: exclude},
		{name: "seen, since then", peer: hereNow, change: exclude},
		{name: "fenced by the cluster", peer: fenced, change: exclude},
		{name: "left in good order", peer: left, change: exclude},
		{name: "crashed", peer: crashed, change: exclude, fence: done, fences: 1},
		{name: "crashed, since then", peer: crashNow, change: exclude, fence: done, fences: 1},
		{name: "its controller crashed", peer: halfway, change: exclude, fence: done, fences: 1},
		{name: "never seen", peer: "", change: exclude, fence: done, fences: 1},
		{name: "not fenced", peer: crashed, change: exclude, fence: failed, fences: 1, err: insync.ErrNotFenced},
		{name: "claim", peer: crashed, change: core.Change{Kind: core.Claim, Node: 1, Term: 3}, fence: failed, fences: 1, err: insync.ErrNotFenced},
		{name: "claim that keeps", peer: crashed, change: core.Change{Kind: core.Claim, Node: 1, Term: 3, Keep: true}},
		{name: "include", peer: crashed, change: core.Change{Kind: core.Include, Node: 1, Term: 3}},
		{name: "yield", peer: crashed, change: core.Change{Kind: core.Yield, Node: 1, Term: 3}},
		{name: "superseded", peer: crashed, change: core.Change{Kind: core.Exclude, Node: 1, Term: 2}, err: core.ErrSuperseded},
		{name: "no fencing, a majority", peer: crashed, properties: off, votes: majority, change: exclude},
		{name: "no fencing, two votes", peer: crashed, properties: off, votes: twoNode, change: exclude, err: insync.ErrNotFenced},
		{name: "no fencing, corosync without quorum", peer: crashed, properties: off, votes: strings.ReplaceAll(majority, "Yes", "No"), change: exclude, err: insync.ErrNoQuorum},
		{name: "no fencing, corosync down", peer: crashed, properties: off, change: exclude, err: insync.ErrNotFenced},
		{name: "off, not reboot", peer: crashed, properties: `<nvpair id="a" name="stonith-action" value="off"/>`, change: exclude, fence: done, fences: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := newCluster(t, c.peer, c.properties)
			cl.has(set(3, 3, 1, 2))
			cl.votes = c.votes
			cl.fence = c.fence
			order := ""
			cl.before = func(cmd run.Command) {
				switch {
				case cmd.Name == "stonith_admin":
					order += "f"
				case strings.Contains(cmd.String(), "--replace"):
					order += "r"
				}
			}
			got, err := cl.keeper().Change(t.Context(), c.change)
			if !errors.Is(err, c.err) {
				t.Errorf("got %v, want %v", err, c.err)
			}
			verb := "--reboot=n2"
			if strings.Contains(c.properties, "stonith-action") {
				verb = "--fence=n2"
			}
			if n := cl.times("stonith_admin", verb, "--timeout="); n != c.fences {
				t.Errorf("fenced %d times, want %d", n, c.fences)
			}
			want := strings.Repeat("f", c.fences) + "r"
			if c.err != nil {
				want, got = strings.Repeat("f", c.fences), set(3, 3, 1, 2)
			}
			if order != want {
				t.Errorf("order %q, want %q", order, want)
			}
			cl.is(got)
		})
	}
	t.Run("fenced by the cluster meanwhile", func(t *testing.T) {
		c := newCluster(t, crashed, "")
		c.has(set(3, 3, 1, 2))
		c.fence = func() run.Output { c.sees(crashed, fenced); return failed() }
		if s, err := c.keeper().Change(t.Context(), exclude); err != nil || s != set(3, 3, 1) {
			t.Errorf("got %s, %v", text(s), err)
		}
	})
	t.Run("promoted meanwhile", func(t *testing.T) { // it came back before it was fenced, and claimed
		c := newCluster(t, crashed, "")
		c.has(set(3, 3, 1, 2))
		c.fence = func() run.Output { c.change(text(set(3, 3, 1, 2)), text(set(4, 3, 2))); return done() }
		if _, err := c.keeper().Change(t.Context(), exclude); !errors.Is(err, core.ErrNotMember) && !errors.Is(err, core.ErrSuperseded) {
			t.Errorf("got %v", err)
		}
		c.is(set(4, 3, 2))
	})
}

// TestConfirm: a change counts once the peer's own copy of the CIB has it, where the cluster sees the peer. Asked again, it is done.
func TestConfirm(t *testing.T) {
	c := newCluster(t, here, "")
	c.has(set(3, 3, 1, 2))
	old := run.Cmd("echo", `<nvpair id="x" name="x" value="`+text(set(3, 3, 1, 2))+`"/>`)
	c.instead = func(cmd run.Command) *run.Command {
		if strings.Contains(cmd.String(), "--node=n2") {
			return &old
		}
		return nil
	}
	_, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Exclude, Node: 1, Term: 3})
	unknown(t, err, insync.ErrNotSeen)
	c.is(set(3, 3, 1))
	if s, err := c.keeper().Change(t.Context(), core.Change{Kind: core.Exclude, Node: 1, Term: 3}); err != nil || s != set(3, 3, 1) {
		t.Errorf("asked again: %s, %v", text(s), err)
	}
}

// TestAbandoned: the claim of a daemon that has died is given up, and nothing else of it is.
func TestAbandoned(t *testing.T) {
	c := newCluster(t, here, "")
	c.has(set(3, 3, 1, 2))
	k := c.keeper()
	k.Alive = func() bool { return false }
	_, err := k.Change(t.Context(), core.Change{Kind: core.Claim, Node: 1, Term: 3})
	unknown(t, err, insync.ErrAbandoned)
	c.is(set(3, 3, 1, 2))
	if _, err := k.Change(t.Context(), core.Change{Kind: core.Exclude, Node: 1, Term: 3}); err != nil {
		t.Error(err)
	}
	c.is(set(3, 3, 1))
}

// TestDeclare: a set is made once, whoever makes it, beside those of other volumes, and is taken away alone.
func TestDeclare(t *testing.T) {
	c := newCluster(t, here, "")
	var all sync.WaitGroup
	failed := make(chan error, 8)
	for range cap(failed) {
		all.Go(func() { failed <- c.keeper().Declare(t.Context(), 1) })
	}
	all.Wait()
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	c.is(set(0, 0, 1))
	if err := c.keeper().Declare(t.Context(), 2); !errors.Is(err, insync.ErrExists) {
		t.Errorf("another set in its place: %v", err)
	}
	other := c.keeper()
	other.Volume = strings.Repeat("a", 32)
	must(t, other.Declare(t.Context(), 1, 2))
	for range 2 {
		must(t, c.keeper().Forget(t.Context()))
	}
	if _, err := c.keeper().Set(t.Context()); !errors.Is(err, insync.ErrNoSet) {
		t.Errorf("forgotten: %v", err)
	}
	if s, err := other.Set(t.Context()); err != nil || s != set(0, 0, 1, 2) {
		t.Errorf("the other volume: %s, %v", text(s), err)
	}
	if err := c.keeper().Declare(t.Context(), 3); err == nil {
		t.Error("a third side was taken")
	}
}
