package daemon

import (
	"slices"

	"hawser/agent/replication/mirror"
	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/wire"
)

// The world as mirror.World has it; the disk's part is device.Queue. All of it is called by the loop.
var _ mirror.World = (*Daemon)(nil)

// Send implements mirror.Transport.
func (d *Daemon) Send(link uint64, connection int, f wire.Frame) { d.link.Send(link, connection, f) }

// Close implements mirror.Transport.
func (d *Daemon) Close(link uint64) { d.link.Close(link) }

// Change implements mirror.Cluster.
func (d *Daemon) Change(id uint64, c core.Change) {
	d.running.Go(func() { d.cluster(id, c) })
}

// Granted implements mirror.Cluster.
func (d *Daemon) Granted(term uint64) {
	d.log.Info("Primary", "term", term)
	tellAll(&d.promoting, nil)
}

// Refused implements mirror.Cluster.
func (d *Daemon) Refused(reason error) {
	d.log.Info("not promoted", "err", reason)
	d.copying = false
	tellAll(&d.promoting, reason)
}

// Ceded implements mirror.Cluster.
func (d *Daemon) Ceded() {
	d.log.Info("Secondary")
	d.copying, d.leaving = false, false
	tellAll(&d.demoting, nil)
}

// Begun implements mirror.Cluster.
func (d *Daemon) Begun(err error) {
	d.log.Info("first sync", "err", err)
	tellAll(&d.beginning, err)
}

// Invalidated implements mirror.Cluster.
func (d *Daemon) Invalidated(err error) {
	d.log.Info("data given up", "err", err)
	tellAll(&d.invalidating, err)
}

// tellAll answers all who wait for an order's end. Their channels have room.
func tellAll(waiting *[]chan error, err error) {
	for _, w := range *waiting {
		w <- err
	}
	*waiting = nil
}

// leave takes somebody out who waits no more.
func leave(waiting *[]chan error, w chan error) {
	*waiting = slices.DeleteFunc(*waiting, func(o chan error) bool { return o == w })
}

// Reply implements mirror.FrontEnd.
func (d *Daemon) Reply(id uint64, data []byte, err error) {
	a, ok := d.requests[id]
	if !ok {
		return
	}
	delete(d.requests, id)
	if err != nil {
		d.log.Error("a request failed", "offset", a.request.Offset, "err", err)
	}
	a.server.Reply(a.request, data, err)
}

// Rejected implements mirror.Watcher.
func (d *Daemon) Rejected(peer error) {
	if d.problem == nil || d.problem.Error() != peer.Error() {
		d.log.Error("the two sides do not work together", "err", peer)
	}
	d.problem = peer
}

// BadBlock implements mirror.Watcher.
func (d *Daemon) BadBlock(offset int64) {
	d.log.Error("a piece cannot be read for the peer", "offset", offset)
	d.bad = append(d.bad, offset)
}

// Detached implements mirror.Watcher.
func (d *Daemon) Detached(reason error) {
	d.log.Error("this side's disk has failed; the volume goes on with the peer's", "err", reason)
	d.detached = reason
}

// Verified implements mirror.Watcher.
func (d *Daemon) Verified(different int64, err error) {
	switch {
	case err != nil:
		d.log.Warn("the two sides were not compared to the end", "err", err)
	case different > 0:
		d.log.Error("the two sides differ", "bytes", different)
	default:
		d.log.Info("the two sides are alike")
	}
	d.verified = &core.Verified{Different: different, Err: err}
}

// Halted implements mirror.Watcher.
func (d *Daemon) Halted(reason error) {
	d.log.Error("this side ends", "err", reason)
	d.halted = reason
	d.loop.stop()
}
