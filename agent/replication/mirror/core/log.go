package core

import "slices"

// extent is a part of the volume in which the sides may differ should this side crash.
type extent struct {
	number  uint32
	users   int    // writes in flight
	last    uint64 // sequence of the newest write
	durable bool   // it is in the log on the disk
}

// extents returns the numbers of the extents that a write touches.
func (c *Core) extents(w *request) (first, last uint32) {
	size := c.store.super.Geometry.Extent
	return uint32(w.Offset / size), uint32((w.Offset + w.size() - 1) / size)
}

func (s *store) active(number uint32) *extent {
	for _, e := range s.log {
		if e.number == number {
			return e
		}
	}
	return nil
}

// logged says whether all extents of a write are active on the disk. Only the first write of the queue makes extents active, so that two
// that need several cannot keep each other from them.
func (c *Core) logged(w *request, head bool) bool {
	first, last := c.extents(w)
	ready := true
	for n := first; n <= last; n++ {
		e := c.store.active(n)
		if e == nil && head {
			e = c.activate(n, first, last)
		}
		ready = ready && e != nil && (e.durable || !c.keeps(LogBeforeWrite))
	}
	return ready
}

// activate makes room for an extent and enters it; nil where there is no room yet.
func (c *Core) activate(number, first, last uint32) *extent {
	s := &c.store
	if len(s.log) >= s.super.Geometry.Slots {
		i := slices.IndexFunc(s.log, func(e *extent) bool {
			settled := e.last <= c.app.confirmed || !c.keeps(LogHeldUntilFlush)
			return e.users == 0 && settled && (e.number < first || e.number > last)
		})
		if i < 0 {
			c.makeRoom()
			return nil
		}
		s.log = slices.Delete(s.log, i, i+1)
	}
	e := &extent{number: number}
	s.log = append(s.log, e)
	s.logChanged = true
	c.commitSoon()
	return e
}

// makeRoom flushes both sides, so that extents can leave the log.
func (c *Core) makeRoom() {
	if !c.app.makingRoom {
		c.app.makingRoom = true
		c.flush(func() { c.app.makingRoom = false })
	}
}

// use notes that a write is in flight, and moves its extents to the log's young end.
func (c *Core) use(w *request) {
	first, last := c.extents(w)
	for n := first; n <= last; n++ {
		if e := c.store.active(n); e != nil {
			e.users++
			e.last = w.sequence
			w.extents = append(w.extents, e)
			s := &c.store
			i := slices.Index(s.log, e)
			s.log = append(slices.Delete(s.log, i, i+1), e)
		}
	}
}
