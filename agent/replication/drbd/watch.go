package drbd

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"hawser/agent/run"
	lang "hawser/internal/drbd"
)

const (
	// gather is how long after a sign more signs are waited for: one change of state prints several lines.
	gather = 100 * time.Millisecond
	// busyEvery is how often a resync is looked at: DRBD tells nobody how far it is.
	busyEvery = 3 * time.Second
	// awaken is how often it is looked whether the module is there. No program is started for that.
	awaken = 2 * time.Second
	// again and againMost bound the wait before events2 is started anew.
	again, againMost = time.Second, 30 * time.Second
	// oneRun bounds one run of events2: it ends with the module only.
	oneRun = 24 * time.Hour
)

// Watch implements replication.Driver.
func (d *Driver) Watch(ctx context.Context, changed func()) error {
	signs := make(chan struct{}, 1)
	sign := func() {
		select {
		case signs <- struct{}{}:
		default: // one is waiting already
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.listen(ctx, sign)
	}()
	defer func() { <-ended }()
	tick := time.NewTicker(busyEvery)
	defer tick.Stop()
	changed()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-signs:
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(gather):
			}
			changed()
		case <-tick.C:
			d.mu.Lock()
			busy := d.busy
			d.mu.Unlock()
			if busy {
				changed()
			}
		}
	}
}

// listen follows events2 until ctx ends, and starts it again where it has ended.
func (d *Driver) listen(ctx context.Context, sign func()) {
	wait := again
	pause := func(t time.Duration) {
		select {
		case <-ctx.Done():
		case <-time.After(t):
		}
	}
	was, said := "", ""
	for ctx.Err() == nil {
		v := d.loaded()
		if v != was {
			was = v
			sign()
		}
		if v == "" {
			pause(awaken)
			continue
		}
		began := time.Now()
		_, err := d.o.Runner.Run(ctx, run.Cmd("drbdsetup", "events2").Within(oneRun).Into(&listener{d: d, sign: sign}))
		d.mu.Lock()
		d.listens = false
		d.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
		sign()
		if time.Since(began) > againMost {
			wait = again
		}
		if text := fmt.Sprint(err); text != said { // once, not every half minute
			said = text
			d.o.Log.Warn("drbdsetup events2 has ended; it is started again", "err", err, "wait", wait)
		}
		pause(wait)
		wait = min(2*wait, againMost)
	}
}

// listener takes what events2 prints.
type listener struct {
	d    *Driver
	sign func()
	rest []byte
}

// maxLine bounds a line that has no end.
const maxLine = 64 << 10

// Write implements io.Writer.
func (l *listener) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			break
		}
		l.d.heard(string(line))
		l.rest = append([]byte(nil), rest...)
		l.sign()
	}
	if len(l.rest) > maxLine {
		l.rest = nil
	}
	return len(p), nil
}

// heard notes that the kernel has found a split brain: it says so once, by calling for the handler of that name.
func (d *Driver) heard(line string) {
	words := strings.Fields(line)
	if len(words) == 2 && words[0] == "exists" && words[1] == "-" { // all that was there has been told
		d.mu.Lock()
		d.listens = true
		d.mu.Unlock()
	}
	if len(words) < 3 || words[0] != "call" || words[1] != "helper" {
		return
	}
	v := pairs(words[2:])
	if v["helper"] != "split-brain" && v["helper"] != "initial-split-brain" {
		return
	}
	now := time.Now().UTC()
	list, _ := d.volumes()
	for _, x := range list {
		if lang.ResourceOf(x.Name) == v["name"] {
			d.note(x.Name, func(n *note) { n.Split = now })
		}
	}
}
