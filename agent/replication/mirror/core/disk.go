package core

import "fmt"

// The disk's operations, and what follows each. Data are addressed from the volume's beginning.

func (c *Core) op(then func([]byte, error)) uint64 {
	c.last++
	c.ops[c.last] = then
	return c.last
}

// read reads from the device; then judges the error itself.
func (c *Core) read(name Op, offset, length int64, then func([]byte, error)) {
	c.emit(DiskRead{Op: c.op(then), Name: name, Offset: offset, Length: length})
}

func (c *Core) write(name Op, offset int64, data []byte, then func()) {
	c.emit(DiskWrite{Op: c.op(c.detaching(name, then)), Name: name, Offset: offset, Data: data})
}

func (c *Core) discardDisk(name Op, offset, length int64, then func()) {
	c.emit(DiskDiscard{Op: c.op(c.detaching(name, then)), Name: name, Offset: offset, Length: length})
}

func (c *Core) flushDisk(name Op, then func()) {
	c.emit(DiskFlush{Op: c.op(c.detaching(name, then)), Name: name})
}

// detaching ends the use of the disk with its first error. A second try may succeed although what was written is gone: the kernel
// forgets the pages of a failed flush.
func (c *Core) detaching(name Op, then func()) func([]byte, error) {
	return func(_ []byte, err error) {
		if err != nil && c.keeps(FirstErrorDetaches) {
			c.fail(fmt.Errorf("%s: %w", name, err))
			return
		}
		then()
	}
}

func (c *Core) diskDone(d DiskDone) {
	if then, ok := c.ops[d.Op]; ok {
		delete(c.ops, d.Op)
		then(d.Data, d.Err)
	}
}

func (c *Core) dataOffset(offset int64) int64 { return c.store.super.Geometry.DataOffset() + offset }

// all returns a function that calls then when it was called n times.
func all(n int, then func()) func() {
	return func() {
		if n--; n == 0 {
			then()
		}
	}
}
