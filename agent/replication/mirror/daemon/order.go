package daemon

import (
	"context"
	"errors"
	"strconv"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
	"hawser/internal/fault"
)

// What a person orders of the data themselves. The decisions are the core's.

// overridden are the states of its data that a side may be promoted despite of, as they are named.
var overridden = map[string]format.State{"": 0, "outdated": format.Outdated, "inconsistent": format.Inconsistent}

func (d *Daemon) promote(ctx context.Context, despite string) error {
	state, ok := overridden[despite]
	if !ok {
		return fault.New(fault.Invalid, "mirror.despite", "promote despite %q: outdated or inconsistent", despite).With("despite", despite)
	}
	busy := false
	d.loop.wait(func() {
		d.copying = false // where it copies, it is Primary already
		busy = state != 0 && len(d.promoting) > 0
	})
	if busy {
		return core.ErrNotReady // an order without an override would be taken for this one
	}
	ctx, cancel := context.WithTimeout(ctx, orderTime) // of all that follows: whoever has ordered waits no longer
	defer cancel()
	err := d.await(ctx, core.Promote{Despite: state}, &d.promoting)
	if errors.Is(err, core.ErrPeerPrimary) && d.parts(ctx) {
		err = d.await(ctx, core.Promote{Despite: state}, &d.promoting)
	}
	return err
}

// parts waits until a Primary is given up. One whose power has just been taken is still Primary here: its silence has not lasted long enough.
// One that is heard is there.
func (d *Daemon) parts(ctx context.Context) bool {
	timing, begun := d.config.timing(), time.Now()
	ctx, cancel := context.WithTimeout(ctx, timing.Silence+2*timing.Ping)
	defer cancel()
	for {
		there, silent := false, time.Duration(0)
		d.loop.wait(func() { there, silent = d.core.Mode() == core.Target, d.core.Silent() })
		if !there {
			return true
		}
		if time.Since(begun)-silent > timing.Ping || !pause(ctx) {
			return false
		}
	}
}

// firstSync makes this side's data the first that count, and begins to copy them where the peer has not the same.
func (d *Daemon) firstSync(ctx context.Context, same bool) error {
	var err error
	d.loop.wait(func() {
		if len(d.beginning) > 0 {
			err = core.ErrNotReady // another one, perhaps of the other kind
		}
	})
	if err == nil {
		err = d.await(ctx, core.FirstSync{Same: same}, &d.beginning)
	}
	if err != nil || same {
		return err
	}
	return d.resync(ctx)
}

// resync begins to copy what the peer lacks. Only a Primary is the source: so this side is one for the core, with the word of the set, until
// the peer has everything. The cluster is told that it is not, and nobody gets a device.
func (d *Daemon) resync(ctx context.Context) error {
	primary := false
	d.loop.wait(func() {
		primary = d.core.Mode() >= core.Suspended || d.core.Alike()
		d.copying = !primary
	})
	if primary {
		return nil // it copies already, or there is nothing to be copied
	}
	err := d.await(ctx, core.Promote{}, &d.promoting)
	if err != nil {
		d.loop.wait(func() { d.copying = false })
	}
	return err
}

// copied ends a copy that is complete, by the set. It is called by the loop.
func (d *Daemon) copied() {
	if d.copying && d.core.InSet() && d.front == nil {
		d.copying, d.leaving = false, true
		d.loop.handle(core.Demote{})
	}
}

// limit bounds a resync from here, until the daemon ends.
func (d *Daemon) limit(rate int64) error {
	if rate != 0 && (rate < leastRate || rate > mostRate) {
		return fault.New(fault.Invalid, "mirror.rate", "a limit of %d bytes per second", rate).With("rate", strconv.FormatInt(rate, 10))
	}
	d.loop.tell(core.Limit{Rate: rate})
	return nil
}
