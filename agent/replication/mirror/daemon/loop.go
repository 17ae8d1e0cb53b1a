package daemon

import (
	"sync"
	"time"

	"hawser/agent/replication/mirror"
	"hawser/agent/replication/mirror/core"
)

// tick is how often the core is told the time.
const tick = 50 * time.Millisecond

// loop feeds a core, one event after the other, and carries out what comes of each before the next: just what the simulation does.
type loop struct {
	core  *core.Core
	world mirror.World
	// ticked is called after each tick.
	ticked func()
	work   chan func()
	done   chan struct{} // it is to end
	ended  chan struct{} // it has
	once   sync.Once
	start  time.Time // its monotonic part never goes back
}

func newLoop(c *core.Core) *loop {
	return &loop{core: c, work: make(chan func(), 64), done: make(chan struct{}), ended: make(chan struct{}), start: time.Now()}
}

// run is the only user of the core. It ends by stop.
func (l *loop) run() {
	defer close(l.ended)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	mirror.Carry(l.world, l.core.Start())
	for {
		select {
		case <-l.done:
			return
		case f := <-l.work:
			f()
		case <-ticker.C:
			l.handle(core.Tick{Now: time.Since(l.start)})
			l.ticked()
		}
	}
}

func (l *loop) handle(e core.Event) {
	l.core.At(time.Since(l.start))
	mirror.Carry(l.world, l.core.Handle(e))
}

// stop ends the loop; what waits for it goes on.
func (l *loop) stop() { l.once.Do(func() { close(l.done) }) }

// do calls f between two events. It waits until there is room, not until f has been called; after the end it does nothing.
func (l *loop) do(f func()) {
	select {
	case l.work <- f:
	case <-l.done:
	}
}

// tell hands an event to the core.
func (l *loop) tell(e core.Event) { l.do(func() { l.handle(e) }) }

// wait calls f between two events, and says whether it has: after the end it has not.
func (l *loop) wait(f func()) bool {
	called := make(chan struct{})
	l.do(func() {
		f()
		close(called)
	})
	select {
	case <-called:
	case <-l.ended:
	}
	select {
	case <-called:
		return true
	default:
		return false
	}
}
