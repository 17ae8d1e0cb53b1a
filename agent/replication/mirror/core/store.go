package core

import (
	"slices"

	"hawser/agent/replication/mirror/format"
)

// store is the metadata: as they shall be, and as they are on the disk.
type store struct {
	super  format.Super
	log    []*extent // least recently used first
	bitmap *format.Bitmap

	superChanged bool
	logChanged   bool
	logSequence  uint64
	durable      *format.Bitmap // bits that are set on the disk, whatever is being written
	busy         bool
	gone         bool // the disk has failed
	again        bool
	waiting      []func()
}

func (s *store) open(m format.Metadata) {
	s.super, s.logSequence = m.Super, m.Log.Sequence
	s.bitmap, s.durable = m.Bitmap, format.NewBitmap(m.Super.Geometry)
	for page := range m.Super.Geometry.Pages() {
		s.durable.Replace(page, m.Bitmap.Page(page))
	}
	s.superChanged = true // a damaged copy heals; the log stays as it is until its extents are dirty on the disk
}

// settled says whether the superblock on the disk is the one in memory.
func (s *store) settled() bool { return !s.busy && !s.superChanged }

func (s *store) forgetLog() {
	s.log, s.logChanged, s.superChanged = nil, true, true
}

// commit calls then once all that has been changed by now is on the disk.
func (c *Core) commit(then func()) {
	c.store.waiting = append(c.store.waiting, then)
	c.flushStore()
}

// commitSoon has changes written without waiting for them; what waits looks again after each round.
func (c *Core) commitSoon() {
	c.store.again = true
	c.flushStore()
}

// changeSuper changes the superblock and calls then once that is on the disk.
func (c *Core) changeSuper(change func(*format.Super), then func()) {
	change(&c.store.super)
	c.store.superChanged = true
	c.commit(then)
}

// A round writes what has changed by its beginning: bitmap and log, a flush, then the superblock, so that a generation is never newer than
// the bits that belong to it. What changes meanwhile is the next round's, all of it.
func (c *Core) flushStore() {
	s := &c.store
	if s.busy || s.gone || (len(s.waiting) == 0 && !s.again) {
		return
	}
	waiting := s.waiting
	s.busy, s.again, s.waiting = true, false, nil
	super := c.takeSuper()
	c.writeMap(func() {
		c.writeSuper(super, func() {
			s.busy = false
			for _, then := range waiting {
				then()
			}
			c.greet() // it may have waited for this
			c.pump()
			c.flushStore()
		})
	})
}

// writeMap writes the pages of the bitmap and the activity log that have changed.
func (c *Core) writeMap(then func()) {
	s := &c.store
	pages := s.bitmap.TakeChanged()
	contents := make([][]byte, len(pages))
	logged := slices.Clone(s.log)
	writes := len(pages)
	if s.logChanged {
		writes++
	}
	if writes == 0 {
		then()
		return
	}
	written := all(writes, func() {
		c.flushDisk(FlushMetadata, func() {
			for i, page := range pages {
				s.durable.Replace(page, contents[i])
			}
			for _, e := range logged {
				e.durable = true
			}
			then()
		})
	})
	for i, page := range pages {
		contents[i] = s.bitmap.Page(page)
		s.durable.Restrict(page, contents[i]) // what is being cleared is not relied on any more
		c.write(WriteBitmap, format.PageOffset(page), format.EncodePage(s.super.Volume, page, contents[i]), written)
	}
	if s.logChanged {
		s.logChanged = false
		s.logSequence++
		c.write(WriteLog, format.LogOffset(s.logSequence), c.encodeLog(), written)
	}
}

// takeSuper returns the superblock that is to be written, or nothing where it has not changed.
func (c *Core) takeSuper() []byte {
	s := &c.store
	if !s.superChanged {
		return nil
	}
	s.superChanged = false
	s.super.Sequence++
	written := s.super
	if !c.keeps(TermDurable) {
		written.Term = 0
	}
	return written.Encode()
}

// writeSuper writes both copies of the superblock, the first flushed before the second is touched.
func (c *Core) writeSuper(block []byte, then func()) {
	if block == nil {
		then()
		return
	}
	if !c.keeps(CopiesApart) {
		both := all(2, func() { c.flushDisk(FlushSuperSecond, then) })
		c.write(WriteSuperFirst, format.SuperOffset(0), block, both)
		c.write(WriteSuperSecond, format.SuperOffset(1), block, both)
		return
	}
	c.write(WriteSuperFirst, format.SuperOffset(0), block, func() {
		c.flushDisk(FlushSuperFirst, func() {
			c.write(WriteSuperSecond, format.SuperOffset(1), block, func() { c.flushDisk(FlushSuperSecond, then) })
		})
	})
}

func (c *Core) encodeLog() []byte {
	l := format.Log{Sequence: c.store.logSequence}
	for _, e := range c.store.log {
		l.Extents = append(l.Extents, e.number)
	}
	return l.Encode(c.store.super.Volume)
}
