package watch

import (
	"context"
	"errors"
	"maps"
	"time"

	"hawser/agent/pacemaker"
)

// followed is a report of which it is not known yet how often its failure counts.
type followed struct {
	standing // as it stood when it was reported
	at       time.Time
	over     bool // that life has ended
}

const (
	// recountFor bounds how long a report is followed: what takes longer to stop has been killed by Pacemaker long before.
	recountFor = 10 * time.Minute
	// hasty is for how many short waits after a report the CIB is read so often; most resources have been restarted by then.
	hasty = 30
)

// followUp follows a report until it is known how often its failure counts. One goroutine does it for all.
func (w *Watcher) followUp(ctx context.Context, resource string, at standing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports[resource] = &followed{standing: at, at: time.Now()}
	if !w.counting {
		w.counting = true
		w.looks.Go(func() { w.recount(ctx) })
	}
}

// recount has reported failures count once: Pacemaker counts each report twice, and a repeated monitor may have found the failure beside it.
// Pacemaker ends its monitor when the resource is stopped: what has been counted by then has been counted for good. A moment more is
// waited, because counts come to the CIB by another way than operations do.
//
// It is done once or not at all. An agent that ends in between leaves a failure that counts twice, which an operator can clear;
// one that begins anew and takes back what it cannot have seen could hide a failure.
func (w *Watcher) recount(ctx context.Context) {
	for {
		wait, more := w.unsettled()
		if !more {
			return
		}
		pause(ctx, wait)
		if ctx.Err() != nil {
			return
		}
		if err := w.guarded(ctx, w.settle); err != nil && ctx.Err() == nil {
			w.o.Log.Warn("not known whether failures count twice", "err", err)
		}
	}
}

// unsettled says after how long it is to be seen what has been counted, and whether there is still anything to see.
func (w *Watcher) unsettled() (wait time.Duration, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wait = 10 * w.o.Pace.Recount
	for id, f := range w.reports {
		switch age := time.Since(f.at); {
		case age > recountFor:
			delete(w.reports, id)
		case age < hasty*w.o.Pace.Recount:
			wait = w.o.Pace.Recount
		}
	}
	w.counting = len(w.reports) > 0
	return wait, w.counting
}

// settle looks at what has been counted.
func (w *Watcher) settle(ctx context.Context) error {
	cib, err := w.cib(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	reports := maps.Clone(w.reports)
	w.mu.Unlock()
	for id, f := range reports {
		if cib.StandingOf(id, w.o.Node).Call <= f.Call {
			continue
		}
		if !f.over {
			f.over = true
			continue
		}
		w.mu.Lock()
		if w.reports[id] == f { // and not another report by now
			delete(w.reports, id)
		}
		w.mu.Unlock()
		err = errors.Join(err, w.takeBack(ctx, id, f, cib.TallyOf(id, w.o.Node)))
	}
	return err
}

// takeBack has a failure that was reported count once.
func (w *Watcher) takeBack(ctx context.Context, resource string, f *followed, t pacemaker.Tally) error {
	surplus := f.tally.Surplus(t)
	if surplus == 0 {
		return nil
	}
	if err := w.o.Host.Recount(ctx, t.Attribute, t.Reported-surplus); err != nil {
		return err
	}
	w.o.Log.Info("a failure that was reported has counted more than once; it counts once", "resource", resource, "surplus", surplus)
	return nil
}
