package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/fileset"
	"hawser/internal/testkit"
)

const (
	modelSize = 16 << 20
	hands     = 4
	steps     = 150 // of each hand, between two faults
)

// hand works on every fourth piece of the volume, and knows what must be there.
type hand struct {
	number int
	random *rand.Rand
	model  []byte
}

// piece is what belongs to one hand at a time: it covers pieces of the bitmap and of frames in part.
const piece = 96 << 10

// work writes, reads and flushes at random, and compares.
func (h *hand) work(t *testing.T, f *os.File) error {
	buffer := aligned(t, piece, 0)
	defer func() { _ = unix.Munmap(buffer) }()
	for range steps {
		at := int64(h.random.IntN(modelSize/piece/hands)*hands+h.number) * piece
		from := h.random.IntN(piece/4096) * 4096
		b := buffer[:4096*(1+h.random.IntN((piece-from)/4096))]
		at += int64(from)
		want := h.model[at : at+int64(len(b))]
		switch h.random.IntN(8) {
		case 0:
			if err := f.Sync(); err != nil {
				return err
			}
		case 1, 2:
			if _, err := f.ReadAt(b, at); err != nil {
				return err
			}
			if !bytes.Equal(b, want) {
				return fmt.Errorf("%d bytes at %d are not what was written", len(b), at)
			}
		default:
			fill := byte(h.random.Uint32())
			for i := range b {
				b[i] = fill + byte(i/512)
			}
			copy(want, b)
			if _, err := f.WriteAt(b, at); err != nil {
				return err
			}
			for i := range b { // the buffer belongs to the writer again
				b[i] = 0xee
			}
		}
	}
	return nil
}

// TestModel: several writers at random against a model in memory, while the Secondary is killed, stopped, or left alone; then both disks are
// what the model is.
func TestModel(t *testing.T) {
	testkit.Need(t, "root", "fuse")
	r := newRig(t, modelSize+1<<20)
	for _, s := range r.sides[1:] {
		s.Size = modelSize
		s.save(t)
		s.order(t, "create-metadata", "--data", "equal")
	}
	must(t, fileset.Write(r.set, bothMembers))
	for _, s := range r.sides[1:] {
		s.start(t)
	}
	r.sides[2].becomes(t, "connected", connected)
	f := block(t, r.sides[1].order(t, "promote"))
	random := rand.New(rand.NewPCG(*seed, 2))
	model := make([]byte, modelSize)
	for round := range times() {
		var all sync.WaitGroup
		for n := range hands {
			h := &hand{number: n, random: rand.New(rand.NewPCG(*seed, uint64(round*hands+n))), model: model}
			all.Go(func() {
				if err := h.work(t, f); err != nil {
					t.Errorf("round %d, hand %d: %v", round, n, err)
				}
			})
		}
		r.disturb(t, random.IntN(3))
		all.Wait()
		r.sides[1].inSync(t)
	}
	must(t, f.Close())
	r.sides[1].order(t, "demote")
	for _, s := range r.sides[1:] {
		s.kill(t)
		if !bytes.Equal(s.data(t), model) {
			t.Errorf("side %d is not what the model is", s.Side)
		}
	}
}

// disturb does something to the Secondary, or to the link.
func (r *rig) disturb(t *testing.T, how int) {
	t.Helper()
	switch how {
	case 0:
		r.sides[2].kill(t)
		r.sides[2].start(t)
	case 1:
		r.sides[1].order(t, "disconnect")
		r.sides[1].order(t, "connect")
	}
}
