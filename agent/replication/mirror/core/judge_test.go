package core_test

import (
	"errors"
	"testing"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// greetings are all that differ in what the judgement looks at, with a few generations.
func greetings() []wire.Greeting {
	var all []wire.Greeting
	for _, state := range []format.State{format.Consistent, format.Inconsistent, format.Outdated} {
		for i := range 4 * 4 * 3 * 2 * 2 * 3 * 2 {
			current, base, past, dirty, failed, meetings, led := i%4, i/4%4, i/16%3, i/48%2, i/96%2, i/192%3, i/576%2
			if base == current && base != 0 {
				continue
			}
			g := wire.Greeting{
				State: state, Current: format.Generation(current), Base: format.Generation(base), Dirty: dirty == 1, PeerFailed: failed == 1,
				Meetings: uint64(10 + meetings), Led: led == 1,
			}
			g.Past[0] = format.Generation(past)
			all = append(all, g)
		}
	}
	return all
}

// TestJudgeAgrees: whatever two sides say of themselves, both come to the same judgement: one is ahead, the other behind by as much; and a
// side without data is never the source.
func TestJudgeAgrees(t *testing.T) {
	all := greetings()
	for i, a := range all {
		for j := i % 11; j < len(all); j += 11 { // each meets a sample of the others; all would take minutes with the race detector
			b := all[j]
			order, full, err := core.Judge(a, b)
			turned, turnedFull, turnedErr := core.Judge(b, a)
			if order != -turned || full != turnedFull || !errors.Is(turnedErr, err) {
				t.Fatalf("%+v\n%+v\n%d %v %v, and turned round %d %v %v", a, b, order, full, err, turned, turnedFull, turnedErr)
			}
			if order == 1 && (a.State == format.Inconsistent || a.Current == 0) {
				t.Fatalf("%+v\nis the source of\n%+v", a, b)
			}
			if order == 1 && !full && a.PeerFailed {
				t.Fatalf("%+v\ncopies what is dirty to\n%+v\nwhose disk has failed", a, b)
			}
		}
	}
}

// TestJudge: the cases by name.
func TestJudge(t *testing.T) {
	plain := wire.Greeting{State: format.Consistent, Current: 7, Meetings: 5}
	for name, c := range map[string]struct {
		change func(me, peer *wire.Greeting)
		order  int
		full   bool
		err    error
	}{
		"Same":              {func(_, _ *wire.Greeting) {}, 0, false, nil},
		"Ahead":             {func(me, _ *wire.Greeting) { me.Current, me.Base = 8, 7 }, 1, false, nil},
		"AheadByTwo":        {func(me, _ *wire.Greeting) { me.Current, me.Base, me.Past[0] = 9, 8, 7 }, 1, true, nil},
		"EndNotNoted":       {func(me, _ *wire.Greeting) { me.Base = 6 }, 1, false, nil},
		"PeerFailed":        {func(me, _ *wire.Greeting) { me.Current, me.Base, me.PeerFailed = 8, 7, true }, 1, true, nil},
		"ICrashedAsPrimary": {func(me, _ *wire.Greeting) { me.Dirty = true }, 1, false, nil},
		"ExcludedThough":    {func(me, _ *wire.Greeting) { me.Dirty, me.State = true, format.Outdated }, -1, false, nil},
		"PeerCrashedBehind": {func(me, peer *wire.Greeting) { me.Current, me.Base, peer.Dirty = 8, 7, true }, 1, false, nil},
		"Interrupted":       {func(me, peer *wire.Greeting) { me.Current, me.Base, peer.State = 8, 7, format.Inconsistent }, 1, false, nil},
		"InterruptedFull":   {func(me, peer *wire.Greeting) { peer.Current, peer.State = 0, format.Inconsistent }, 1, true, nil},
		"PeerRestored":      {func(me, peer *wire.Greeting) { peer.Meetings, me.Led = 4, true }, 1, true, nil},
		"PrimaryCrashed":    {func(me, _ *wire.Greeting) { me.Meetings = 6 }, 0, false, nil}, // before it could note the meeting
		"PrimaryRestored":   {func(me, _ *wire.Greeting) { me.Meetings = 7 }, 1, true, nil},
		"NobodyHasData":     {func(me, peer *wire.Greeting) { me.Current, peer.Current, me.Meetings = 0, 0, 9 }, 0, false, core.ErrNoData},
		"BothDirty":         {func(me, peer *wire.Greeting) { me.Dirty, peer.Dirty = true, true }, 0, false, core.ErrSplitBrain},
		"BothChanged":       {func(me, peer *wire.Greeting) { me.Current, me.Base, peer.Current, peer.Base = 8, 7, 9, 7 }, 0, false, core.ErrSplitBrain},
		"LongAgo":           {func(me, peer *wire.Greeting) { me.Current, me.Past[2], peer.Current, peer.Past[1] = 8, 3, 9, 3 }, 0, false, core.ErrSplitBrain},
		"Unrelated":         {func(_, peer *wire.Greeting) { peer.Current = 8 }, 0, false, core.ErrUnrelated},
	} {
		t.Run(name, func(t *testing.T) {
			me, peer := plain, plain
			c.change(&me, &peer)
			order, full, err := core.Judge(me, peer)
			if order != c.order || full != c.full || !errors.Is(err, c.err) {
				t.Errorf("%d, full %v, %v; want %d, full %v, %v", order, full, err, c.order, c.full, c.err)
			}
		})
	}
}
