package core

import (
	"fmt"
	"time"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// claims is what a side has asked of the in-sync set.
type claims struct {
	asking     uint64 // number of the Ask under way; 0 is none
	change     Change
	claiming   bool
	keep       bool // the claim keeps the peer
	parting    bool // the loss of the peer is being settled
	excluding  bool // parting needs the peer's exclusion
	retryAt    time.Duration
	giving     bool // this side's data are being given up
	overriding bool // the claim is a person's, against what this side knows of its data
	granting   bool // a promotion is under way and not yet told
	demoting   bool
	ceding     bool  // the last flush of a demotion is under way
	included   bool  // the peer is known to be in the set
	yielding   bool  // this side's disk has failed, and the set does not say so yet
	lostDisk   error // why this side's disk was given up
	peerFailed bool  // the peer has said that its disk failed
}

func (c *Core) ask(kind ChangeKind) {
	c.last++
	c.set.asking = c.last
	keep := (kind == Claim && c.set.keep) || (kind == Begin && c.first != nil && c.first.told)
	c.set.change = Change{Kind: kind, Node: c.cfg.Node, Term: c.store.super.Term, Keep: keep}
	c.emit(Ask{ID: c.last, Change: c.set.change})
}

func (c *Core) answered(a Answered) {
	if a.Ask != c.set.asking {
		return
	}
	c.set.asking = 0
	c.set.retryAt = c.now + c.cfg.Timing.Retry
	switch c.set.change.Kind {
	case Claim, Override:
		c.claimed(a)
	case Begin:
		c.begun(a)
	case GiveUp:
		c.gaveUp(a)
	case Exclude:
		c.excluded(a)
	case Include:
		c.included(a)
	case Yield:
		c.yielded(a)
	}
}

// retry asks again what was not answered well.
func (c *Core) retry() {
	if c.mode == Down || c.set.asking != 0 || c.now < c.set.retryAt {
		return
	}
	switch {
	case c.set.yielding:
		c.ask(Yield)
	case c.set.excluding:
		c.exclude()
	case c.mode == Paired && !c.set.included:
		c.ask(Include)
	}
}

// promote is the cluster's order to become Primary. The in-sync set has the last word.
func (c *Core) promote(despite format.State) {
	switch {
	case c.primary() && c.set.demoting:
		c.emit(Refused{ErrNotReady})
		return
	case c.primary() && c.open():
		c.emit(Granted{c.Term()})
		return
	case c.primary():
		return
	}
	if err := c.unfit(despite); err != nil {
		c.emit(Refused{err})
		return
	}
	if c.link.own != nil && c.link.session == 0 {
		c.dropLink() // what the peer has been told will not be true any more
	}
	c.set.claiming, c.set.overriding, c.set.keep = true, despite != 0, false
	if despite != 0 {
		c.ask(Override)
		return
	}
	c.set.keep = c.mode == Met && (c.link.verdict.order == same || !c.keeps(KeepOnlySame))
	c.ask(Claim)
}

// unfit says why this side cannot be promoted, whatever the set says. A person may override what these data are, by its name, but neither a
// peer that is better, nor that nothing was ever here.
func (c *Core) unfit(despite format.State) error {
	s := c.store.super
	switch {
	case c.busy() || c.target.writing > 0:
		return ErrNotReady
	case c.mode == Target:
		return ErrPeerPrimary
	case despite != 0 && s.State != despite:
		return fmt.Errorf("%w: %s", ErrNotSo, s.State)
	case despite != 0 && s.Current == 0 && unwritten(s):
		return ErrNoData
	case despite == 0 && s.State == format.Inconsistent:
		return ErrInconsistent
	case despite == 0 && s.State == format.Outdated:
		return ErrOutdated
	case c.mode == Met && c.link.verdict.order == behind:
		return ErrPeerNewer
	}
	return nil
}

// busy says whether something is under way that an order must not come across.
func (c *Core) busy() bool {
	return c.settling || c.set.claiming || c.set.asking != 0 || c.first != nil
}

func (c *Core) claimed(a Answered) {
	c.set.claiming = false
	switch {
	case a.Outcome == Done, a.Outcome == Denied && !c.keeps(ClaimFirst) && !c.set.overriding:
		c.rise(max(a.Set.Term, c.Term()+1))
	case a.Outcome == Denied && c.set.overriding:
		c.emit(Refused{a.Reason})
		c.greet()
	case a.Outcome == Denied:
		c.emit(Refused{a.Reason})
		c.settling = true
		c.changeSuper(outdate, func() {
			c.settling = false
			c.dropLink() // what the peer knows of this side is not true any more
			c.greet()
		})
	default:
		c.emit(Refused{ErrUnanswered})
		c.greet()
	}
}

// outdate notes that the peer has newer data. A mixture stays one.
func outdate(s *format.Super) {
	if s.State == format.Consistent {
		s.State = format.Outdated
	}
}

// rise makes this side Primary under a term that the cluster has granted. Nothing is written before the term is on the disk, of the peer
// too where it stays.
func (c *Core) rise(term uint64) {
	if !c.set.keep {
		c.dropLink()
	}
	met := c.link.session != 0
	c.mode = Suspended
	c.set.granting, c.set.included, c.set.peerFailed = true, false, false
	c.app.unconfirmed = map[int]uint64{}
	take := func(s *format.Super) { s.Term, s.Active = term, true }
	switch {
	case met:
		c.changeSuper(take, c.inSession(func() { c.send(0, wire.Frame{Type: wire.Promote, Offset: int64(c.link.base)}) }))
	case c.set.keep: // the peer was lost while the claim was under way
		c.changeSuper(take, func() {})
		c.part()
	default:
		c.set.parting = true
		next := c.generation()
		c.changeSuper(func(s *format.Super) {
			take(s)
			if c.set.overriding {
				c.overrule(s)
			}
			s.Part(next)
		}, c.alone)
	}
}

// part settles the loss of a peer: what it may lack becomes dirty, then it is put out of the set, then a new generation begins. Nothing is
// acknowledged meanwhile.
func (c *Core) part() {
	mayBeIn := c.mode != Syncing
	c.mode = Suspended
	c.set.parting, c.set.included = true, false
	c.markDirty()
	next := c.generation()
	c.changeSuper(func(s *format.Super) {
		s.PeerFailed = s.PeerFailed || c.set.peerFailed
		if !mayBeIn { // out of the set already; only the end of the resync may have been noted here
			s.Part(next)
		}
	}, func() {
		switch {
		case !mayBeIn:
			c.alone()
		case c.keeps(ExcludeFirst):
			c.set.excluding = true
			c.exclude()
		default:
			c.newGeneration()
		}
	})
}

// markDirty makes dirty what the peer may lack or lose.
func (c *Core) markDirty() {
	for _, w := range c.app.flight {
		c.store.bitmap.SetSpan(w.Offset, w.size())
	}
	if c.keeps(UnconfirmedDirty) {
		for bit := range c.app.unconfirmed {
			c.store.bitmap.Set(bit)
		}
	}
}

// exclude asks for the peer's exclusion, after an Include that may still be under way.
func (c *Core) exclude() {
	if c.set.asking == 0 || !c.keeps(OneChangeAtATime) {
		c.ask(Exclude)
	}
}

func (c *Core) excluded(a Answered) {
	switch a.Outcome {
	case Done:
		c.set.excluding = false
		c.newGeneration()
	case Denied:
		c.halt(a.Reason)
	}
}

func (c *Core) newGeneration() {
	next := c.generation()
	if !c.keeps(GenerationDurable) {
		c.alone()
		return
	}
	c.changeSuper(func(s *format.Super) { s.Part(next) }, c.alone)
}

// alone goes on without the peer.
func (c *Core) alone() {
	c.mode = Alone
	c.set.parting, c.set.peerFailed = false, false
	c.grant()
	c.release()
	c.greet()
}

func (c *Core) grant() {
	if c.set.granting {
		c.set.granting = false
		c.emit(Granted{c.Term()})
	}
}

// paired is where both have everything. The set is told; until it says so, a peer that is lost may be in it or not.
func (c *Core) paired() {
	c.mode, c.sync = Paired, nil
	c.grant()
	if c.set.asking == 0 {
		c.ask(Include)
	}
	c.pump()
}

func (c *Core) included(a Answered) {
	switch {
	case !c.primary(): // demoted since; of no interest any more
	case c.set.excluding:
		c.exclude()
	case a.Outcome == Denied:
		c.halt(a.Reason)
	case a.Outcome == Done && c.mode == Paired:
		c.set.included = true
	}
}

// demote is the cluster's order to be Secondary again. What was asked before is carried out, flushed on both sides, and only then does this
// side forget that it may be ahead.
func (c *Core) demote() {
	if !c.primary() {
		c.emit(Ceded{})
		return
	}
	c.set.demoting = true
	c.endVerify()
	c.ceding()
}

// ceding goes on with a demotion once nothing is under way.
func (c *Core) ceding() {
	a := &c.app
	if !c.set.demoting || c.set.ceding || !c.open() || len(a.queue)+len(a.flight)+len(a.reads)+len(a.barriers) > 0 {
		return
	}
	c.set.ceding = true
	if c.mode == Remote {
		c.flush(func() {
			c.emit(Ceded{})
			c.halt(ErrNoDisk) // a Secondary without a disk is none
		})
		return
	}
	if !c.keeps(DemoteFlushes) {
		c.cede()
		return
	}
	c.flush(c.cede)
}

func (c *Core) cede() {
	c.mode = Apart // before the link goes, so that its loss is no loss of a peer
	c.dropLink()
	c.set = claims{asking: c.set.asking, change: c.set.change}
	c.settling = true
	c.store.super.Active = false
	c.store.forgetLog()
	c.commit(func() {
		c.settling = false
		c.emit(Ceded{})
		c.greet()
	})
}
