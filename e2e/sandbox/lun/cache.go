package lun

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	sector = 512
	page   = 4096
	// maxDirty is where a cache writes back by itself, as a disk's does. Large enough that a database's commit never gets there.
	maxDirty = 64 << 20
)

var errAlign = errors.New("offset and length must be multiples of 512")

// cache is one node's view of the store: what it wrote and has not flushed lies over what is durable.
// Nobody else sees the upper layer, and dropping it is what a loss of power does.
type cache struct {
	store *os.File
	size  int64
	// through shows every write to all nodes at once, without making it durable: the write cache is the array's, not the node's.
	through bool

	mu    sync.Mutex // guards what follows; the store's I/O is done under it so that a flush is atomic against a drop
	pages map[int64]*dirty
	bytes int64
}

// dirty is a page with some of its sectors changed.
type dirty struct {
	mask uint8  // bit i: sector i is changed
	data []byte // nil: the changed sectors are zero
}

func newCache(store *os.File, size int64) *cache {
	return &cache{store: store, size: size, pages: map[int64]*dirty{}}
}

func (c *cache) read(p []byte, off int64) (int, error) {
	if off >= c.size {
		return 0, nil
	}
	p = p[:min(int64(len(p)), c.size-off)]
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.store.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	clear(p[n:]) // the store is sparse and may be shorter than the disk
	if len(c.pages) == 0 {
		return len(p), nil
	}
	for at := off - off%sector; at < off+int64(len(p)); at += sector {
		d := c.pages[at/page]
		i := at % page / sector
		if d == nil || d.mask&(1<<i) == 0 {
			continue
		}
		from, to := max(at, off), min(at+sector, off+int64(len(p)))
		if d.data == nil {
			clear(p[from-off : to-off])
		} else {
			copy(p[from-off:to-off], d.data[from%page:])
		}
	}
	return len(p), nil
}

// write takes data, or zeroes where data is nil, and returns how many bytes the cache had to give to the store for it.
func (c *cache) write(data []byte, off, length int64) (int64, error) {
	if off%sector != 0 || length%sector != 0 {
		return 0, errAlign
	}
	if off+length > c.size {
		return 0, fmt.Errorf("write beyond the end: %d+%d > %d", off, length, c.size)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for at := off; at < off+length; {
		start := at / page
		end := min(off+length, (start+1)*page)
		d := c.pages[start]
		if d == nil {
			d = &dirty{}
			c.pages[start] = d
		}
		if data == nil {
			if d.data != nil {
				clear(d.data[at%page : at%page+end-at])
			}
		} else {
			if d.data == nil {
				d.data = make([]byte, page)
			}
			copy(d.data[at%page:], data[at-off:end-off])
		}
		for s := at; s < end; s += sector {
			bit := uint8(1) << (s % page / sector)
			if d.mask&bit == 0 {
				d.mask |= bit
				if data != nil {
					c.bytes += sector
				}
			}
		}
		at = end
	}
	if c.through {
		_, err := c.flushLocked(false)
		return 0, err
	}
	if c.bytes < maxDirty {
		return 0, nil
	}
	return c.flushLocked(false)
}

// flush makes everything that was written durable, and returns how many bytes that was.
func (c *cache) flush() (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flushLocked(true)
}

func (c *cache) flushLocked(durable bool) (int64, error) {
	numbers := make([]int64, 0, len(c.pages))
	for n := range c.pages {
		numbers = append(numbers, n)
	}
	sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })
	var moved int64
	for i := 0; i < len(numbers); {
		n := numbers[i]
		d := c.pages[n]
		if d.data == nil && d.mask == 0xff {
			// A discard of a whole file system comes as one run of empty pages: a hole, not gigabytes of zeroes.
			run := i + 1
			for run < len(numbers) && numbers[run] == numbers[run-1]+1 && c.pages[numbers[run]].data == nil && c.pages[numbers[run]].mask == 0xff {
				run++
			}
			length := int64(run-i) * page
			if err := unix.Fallocate(int(c.store.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, n*page, length); err != nil {
				return moved, fmt.Errorf("punch hole: %w", err)
			}
			moved += length
			i = run
			continue
		}
		data := d.data
		if data == nil {
			data = make([]byte, page)
		}
		for s := int64(0); s < page/sector; {
			if d.mask&(1<<s) == 0 {
				s++
				continue
			}
			e := s
			for e < page/sector && d.mask&(1<<e) != 0 {
				e++
			}
			if _, err := c.store.WriteAt(data[s*sector:e*sector], n*page+s*sector); err != nil {
				return moved, err
			}
			moved += (e - s) * sector
			s = e
		}
		i++
	}
	if durable && moved > 0 {
		if err := unix.Fdatasync(int(c.store.Fd())); err != nil {
			return moved, err
		}
	}
	clear(c.pages)
	c.bytes = 0
	return moved, nil
}

// drop forgets what was not flushed and returns how many bytes of data that was.
func (c *cache) drop() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.bytes
	clear(c.pages)
	c.bytes = 0
	return n
}

func (c *cache) dirtyBytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}
