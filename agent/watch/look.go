package watch

import (
	"cmp"
	"context"
	"errors"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// suspicion is a resource of which a sign was told. It is looked at by one goroutine at a time.
type suspicion struct {
	busy  bool
	again *Sign // a sign that came while it was looked at, the last of its kind
	// healthy counts looks in a row that have found nothing: a resource that gives signs all the time is looked at less and less often.
	healthy int
	last    time.Time
}

const (
	// freely is how many looks in a row may find nothing before the next one has to wait.
	freely = 5
	// quiet is how long after the last look a resource has a clean sheet again.
	quiet = time.Minute
	// seldom bounds how long a look has to wait.
	seldom = 30 * time.Second
)

// suspect has a resource looked at.
func (w *Watcher) suspect(ctx context.Context, s Sign) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, watched := w.rules[s.Resource]; !watched || ctx.Err() != nil {
		return
	}
	c := w.cases[s.Resource]
	if c == nil {
		c = &suspicion{}
		w.cases[s.Resource] = c
	}
	if c.busy {
		if c.again == nil || c.again.Kind == s.Kind {
			c.again = &s
		}
		return
	}
	c.busy = true
	w.looks.Go(func() { w.work(ctx, s) })
}

// work looks at a resource until nothing new has been told of it.
func (w *Watcher) work(ctx context.Context, s Sign) {
	for {
		w.wait(ctx, s.Resource)
		select {
		case w.seat <- struct{}{}:
			err := w.guarded(ctx, func(ctx context.Context) error { return w.look(ctx, s) })
			<-w.seat
			if err != nil && ctx.Err() == nil {
				w.o.Log.Warn("a sign of a failure was not followed to its end; the monitor will", "resource", s.Resource, "sign", s.Kind, "what", s.What, "err", err)
			}
		case <-ctx.Done():
		}
		w.mu.Lock()
		c := w.cases[s.Resource]
		if c.again == nil || ctx.Err() != nil {
			c.busy = false
			w.mu.Unlock()
			return
		}
		s, c.again = *c.again, nil
		w.mu.Unlock()
	}
}

// wait lets a resource wait that was looked at in vain too often.
func (w *Watcher) wait(ctx context.Context, resource string) {
	w.mu.Lock()
	c := w.cases[resource]
	if time.Since(c.last) > quiet {
		c.healthy = 0
	}
	d := restraint(c.healthy)
	w.mu.Unlock()
	if d > 0 {
		pause(ctx, d)
	}
}

// restraint is how long a look has to wait after so many in a row that have found nothing.
func restraint(healthy int) time.Duration {
	if healthy < freely {
		return 0
	}
	return min(time.Second<<min(healthy-freely, 5), seldom)
}

// standing is what the CIB says of a resource on this node.
type standing struct {
	pacemaker.Standing
	tally pacemaker.Tally
	rule  ha.Watched
	// why is the reason for which nothing may be reported; empty where it may.
	why string
}

// The reasons that the CIB gives beside those of ha.Watched.
const (
	whyGone     = "not configured"
	whyInactive = "not active"
	whyKnown    = "known already"
)

func (w *Watcher) cib(ctx context.Context) (*pacemaker.CIB, error) {
	data, err := w.o.Host.CIB(ctx)
	if err != nil {
		return nil, err
	}
	return pacemaker.ParseCIB(data)
}

// note notes the life of each resource that is watched, so that it need not be asked for when every moment counts.
func (w *Watcher) note(ctx context.Context) error {
	cib, err := w.cib(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.lives)
	for id := range w.rules {
		if s := cib.StandingOf(id, w.o.Node); s.Active && !s.Pending && !s.Failed {
			w.lives[id] = s.Run
		}
	}
	return nil
}

// noted is how a resource stood when it was noted last, and whether that is of any use: not where its failure in that life has been
// reported, because this sign is of the next one then, most likely.
func (w *Watcher) noted(resource string) (standing, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	run, is := w.lives[resource]
	rule, watched := w.rules[resource]
	return standing{Standing: pacemaker.Standing{Active: true, Run: run}, rule: rule}, is && watched && w.told[resource] != run
}

func (w *Watcher) standing(ctx context.Context, resource string) (standing, error) {
	cib, err := w.cib(ctx)
	if err != nil {
		return standing{}, err
	}
	s := standing{Standing: cib.StandingOf(resource, w.o.Node), tally: cib.TallyOf(resource, w.o.Node), why: whyGone}
	for _, r := range ha.WatchedOf(cib.Config()) {
		if r.ID == resource {
			s.rule, s.why = r, r.Why
		}
	}
	w.mu.Lock()
	reported := w.told[resource] == s.Run && s.Run != ""
	w.mu.Unlock()
	rests := cib.Rests(w.o.Node)
	switch {
	case s.why != "":
	case rests != "":
		s.why = rests
	case s.Pending: // whether it is active is about to be known
	case !s.Active:
		s.why = whyInactive
	case s.Failed, reported:
		s.why = whyKnown
	}
	return s, nil
}

// failing says whether a monitor's exit code is a failure that is recovered from as one reported from outside is: generic error, not
// running, failed while promoted. Others mean that a resource cannot run here at all, or are for the monitor to tell, which says so
// in a way of its own.
func failing(code int) bool { return code == 1 || code == 7 || code == 9 }

// inquiry is what a look knows so far.
type inquiry struct {
	Sign
	before standing // as it stood before its monitor was run
	known  bool     // that was noted long before
	life   string   // the first that was seen of it: what the sign is of, unless another has begun since
	began  time.Time
	well   int  // how often its monitor was run and found nothing
	met    bool // a monitor of Pacemaker's was in flight meanwhile
	until  time.Time
}

// asks is how often the monitor of a resource is run whose process has ended, as long as it finds nothing, with a longer pause each time.
// Who has just ended may still look alive: nobody has called for its exit status yet, or systemd has not come round to it.
const asks = 4

// look finds out whether a sign is of a failure that concerns Pacemaker, and tells it.
//
// Pacemaker may be at work on the resource at the same time. So the life that the resource had before the monitor was run is held
// against the one that the CIB shows afterwards: only where they are the same, and nothing is ordered for it, does the monitor's answer
// belong to that life. The first may have been noted long before: lives do not come back.
func (w *Watcher) look(ctx context.Context, s Sign) error {
	q := inquiry{Sign: s, until: time.Now().Add(w.o.Pace.Settle)}
	q.before, q.known = w.noted(s.Resource)
	for ctx.Err() == nil {
		done, err := w.ask(ctx, &q)
		if done {
			return nil
		}
		wait := w.o.Pace.Again << max(q.well-1, 0)
		if err != nil { // whom nobody has heard now may be heard in a moment
			wait *= 4
		}
		if time.Now().Add(wait).After(q.until) {
			return cmp.Or(err, errUnsettled)
		}
		w.o.Log.Debug("asked again", "resource", s.Resource, "found well", q.well, "wait", wait, "err", err)
		pause(ctx, wait)
	}
	return ctx.Err()
}

var errUnsettled = errors.New("its state is not settled")

// ask goes through it once: how it stands, what its monitor says, how it stands by then.
func (w *Watcher) ask(ctx context.Context, q *inquiry) (done bool, err error) {
	if w.o.InFlight(q.Resource, "stop") { // whatever ends now is meant to, and to ask would take the processor from a failover
		w.o.Log.Debug("sign of a failure not followed: it is being stopped", "resource", q.Resource, "sign", q.Kind)
		return true, nil
	}
	if !q.known {
		if q.before, err = w.standing(ctx, q.Resource); err != nil {
			return false, err
		}
		q.life = cmp.Or(q.life, q.before.Run)
	}
	q.known = false
	if q.before.why != "" {
		w.o.Log.Debug("sign of a failure not followed", "resource", q.Resource, "sign", q.Kind, "why", q.before.why)
		return true, nil
	}
	if q.before.Pending {
		return false, nil
	}
	code, err := w.check(ctx, q)
	switch {
	case err != nil || code == Unsettled:
		return false, err
	case failing(code):
		return w.conclude(ctx, q)
	}
	if q.well++; q.Kind == ha.WatchProcess && q.well < asks {
		return false, nil
	}
	w.found(q.Resource, false)
	w.o.Log.Debug("sign of a failure not confirmed by the monitor", "resource", q.Resource, "sign", q.Kind, "what", q.What, "code", code)
	return true, nil
}

// check runs the resource's monitor.
func (w *Watcher) check(ctx context.Context, q *inquiry) (int, error) {
	rule := q.before.rule
	if q.Kind == ha.WatchReadOnly { // what writes finds it; what looks at the mount does not
		rule.Level = max(rule.Level, 20)
	}
	q.began, q.met = time.Now(), w.o.InFlight(q.Resource, "monitor")
	if q.Kind == ha.WatchCarrier {
		// A monitor that began before may still have had an answer, and would note that last.
		w.land(ctx, q.Resource, time.Now().Add(yields))
		if certain, err := w.o.Host.Unreached(ctx, rule); err == nil && certain {
			w.o.Log.Info("carrier lost: nobody is reached, which is noted for the cluster", "resource", q.Resource, "what", q.What, "after", time.Since(q.At))
			return 0, nil
		} else if err != nil {
			w.o.Log.Warn("not known where packets go, the monitor is asked", "resource", q.Resource, "err", err)
		}
	}
	return w.o.Host.Check(ctx, rule)
}

// land waits while Pacemaker itself has the resource's monitor run.
func (w *Watcher) land(ctx context.Context, resource string, end time.Time) (met bool) {
	for w.o.InFlight(resource, "monitor") && time.Now().Before(end) && ctx.Err() == nil {
		met = true
		pause(ctx, w.o.Pace.Again/10)
	}
	return met
}

// conclude reports what the monitor has found, where it is of the life that it was asked in, and nobody else has found it.
func (w *Watcher) conclude(ctx context.Context, q *inquiry) (done bool, err error) {
	for end := time.Now().Add(yields); ; {
		w.giveWay(ctx, q, end)
		after, err := w.standing(ctx, q.Resource)
		switch {
		case err != nil:
			return false, err
		case after.why != "":
			w.o.Log.Debug("failure not reported", "resource", q.Resource, "sign", q.Kind, "why", after.why)
			return true, nil
		case after.Pending || after.Run != q.before.Run:
			return false, nil
		case w.o.InFlight(q.Resource, "monitor") && time.Now().Before(end) && ctx.Err() == nil: // it has begun just now
			q.met = true
			continue
		}
		w.attribute(q, after.Run)
		err = w.report(ctx, q.Sign, after)
		return err == nil, err
	}
}

// yields is how long a monitor of Pacemaker's is waited for. One that takes longer hangs: the stop that follows a report ends it, and
// what it would have found counts nothing.
const yields = 2 * time.Second

// giveWay waits while Pacemaker itself has the resource's monitor run, and until what came of it is known: a failure that it finds is
// not to be reported as well, because it would count twice.
func (w *Watcher) giveWay(ctx context.Context, q *inquiry, end time.Time) {
	if w.land(ctx, q.Resource, end) || q.met {
		q.met = false
		pause(ctx, w.o.Pace.Again)
	}
}

// attribute finds the sign that a failure is told with. What was found well since the sign that was followed, or lives another life, has
// failed later: with a sign that came meanwhile, or seen by the monitor alone.
func (w *Watcher) attribute(q *inquiry, life string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	other := q.life != "" && q.life != life
	if c := w.cases[q.Resource]; c.again != nil && c.again.Kind == q.Kind && (other || q.well > 0) {
		q.Sign, c.again = *c.again, nil
	} else if other {
		q.At = q.began
	}
}

// report tells Pacemaker of a failure, once in a life of the resource.
func (w *Watcher) report(ctx context.Context, s Sign, at standing) error {
	if err := w.o.Host.Fail(ctx, s.Resource); err != nil {
		return err
	}
	n := Noticed{Sign: s, Node: w.o.Node, Run: at.Run, Took: time.Since(s.At)}
	w.mu.Lock()
	w.told[s.Resource] = at.Run
	delete(w.lives, s.Resource)
	w.mu.Unlock()
	w.found(s.Resource, true)
	w.o.Log.Info("failure noticed by an event and reported", "resource", s.Resource, "sign", s.Kind, "what", s.What, "after", n.Took)
	w.o.Told(n)
	w.followUp(ctx, s.Resource, at)
	return nil
}

// found notes what a look has found.
func (w *Watcher) found(resource string, failure bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.cases[resource]
	if c.last = time.Now(); failure {
		c.healthy = 0
	} else {
		c.healthy++
	}
}
