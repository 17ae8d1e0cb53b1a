package alert

import (
	"context"
	"errors"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/post"
)

const (
	// lookEvery is how often the workers look without being woken: what became due by time alone is found by it at the latest.
	lookEvery = 5 * time.Second
	// batch bounds what a worker looks at: behind so many that wait the next one can wait, too.
	batch = 200
)

// Pending is a message that was not taken yet.
type Pending struct {
	ID        int64
	Recipient string
	State     string
	Refused   bool // the other side will not take it: it does not hold up what comes after it
	Attempts  int
	Due       time.Time
}

// deliver keeps one worker for each channel that is switched on, until ctx ends.
func (a *Alerts) deliver(ctx context.Context) error {
	switch n, err := a.o.Store.Recover(ctx, a.o.Now().UTC()); {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	case n > 0:
		a.o.Log.Warn("messages were being sent when the server ended; they are sent again and may arrive twice", "count", n)
	}
	workers := map[string]worker{}
	var group sync.WaitGroup
	defer group.Wait()
	for {
		news := a.woken()
		channels, err := a.o.Store.Channels(ctx)
		if err != nil && ctx.Err() == nil {
			a.o.Log.Warn("channels were not read", "err", err)
		}
		on := map[string]bool{}
		for _, c := range channels {
			on[c.Name] = c.Form.Enabled
		}
		for name, w := range workers {
			if err == nil && !on[name] {
				w.stop()
			}
			select {
			case <-w.ended: // only then may there be another one: two would send the same
				delete(workers, name)
			default:
			}
		}
		for name, is := range on {
			if _, there := workers[name]; is && !there {
				own, stop := context.WithCancel(ctx)
				w := worker{stop, make(chan struct{})}
				workers[name] = w
				group.Go(func() {
					defer close(w.ended)
					defer w.stop()
					a.work(own, name)
				})
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case <-time.After(lookEvery):
		}
	}
}

// worker is who sends the messages of one channel.
type worker struct {
	stop  context.CancelFunc
	ended chan struct{}
}

// work sends what a channel is to be told, one message after the other.
func (a *Alerts) work(ctx context.Context, channel string) {
	for {
		news := a.woken()
		wait := lookEvery
		waiting, err := a.o.Store.Waiting(ctx, channel, batch)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			a.o.Log.Warn("messages were not read", "channel", channel, "err", err)
		default:
			now := a.o.Now()
			next, soonest := pick(waiting, now)
			if next != nil {
				a.attempt(ctx, *next)
				continue
			}
			if !soonest.IsZero() {
				wait = min(wait, max(soonest.Sub(now), time.Millisecond))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-news:
		case <-time.After(wait):
		}
	}
}

// pick returns the message whose turn it is, or when one will be due. To one recipient nothing overtakes a message that is to be
// tried again, so that nobody reads that it is over before what it was; only what was refused for good holds up nothing.
func pick(waiting []Pending, now time.Time) (next *Pending, soonest time.Time) {
	held := map[string]bool{}
	for i, p := range waiting {
		if held[p.Recipient] {
			continue
		}
		if !p.Due.After(now) {
			return &waiting[i], time.Time{}
		}
		if soonest.IsZero() || p.Due.Before(soonest) {
			soonest = p.Due
		}
		if p.State == api.MessageTrying && !p.Refused {
			held[p.Recipient] = true
		}
	}
	return nil, soonest
}

// attempt sends one message and keeps what became of it.
func (a *Alerts) attempt(ctx context.Context, p Pending) {
	a.o.Hook("before", "alert.take")
	parcel, is, err := a.o.Store.Take(ctx, p.ID, func(c post.Content) (post.Composed, error) { return post.Compose(c, a.o.Console) })
	if err != nil || !is {
		if err != nil && ctx.Err() == nil {
			a.o.Log.Warn("message was not begun", "message", p.ID, "err", err)
			a.pause(ctx)
		}
		return
	}
	a.o.Hook("after", "alert.take")
	a.o.Hook("before", "alert.send")
	o := a.o.Reach.Send(ctx, parcel)
	a.o.Hook("after", "alert.send")
	// What was sent was sent: it is kept although the server is ending.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	now := a.o.Now().UTC()
	a.o.Hook("before", "alert.settle")
	err = a.o.Store.Settle(keep, p.ID, o, now.Add(a.o.Pace.after(parcel.Message.Attempts, o)), now)
	a.o.Hook("after", "alert.settle")
	if err != nil {
		a.o.Log.Error("what became of a message was not kept; it may be sent twice", "message", p.ID, "err", err)
		a.pause(ctx)
	}
	if o.Fault != nil {
		a.o.Log.Warn("message was not taken", "channel", parcel.Channel.Name, "message", p.ID, "attempt", parcel.Message.Attempts, "err", o.Fault)
	}
	a.publish(api.Live{Topic: "message", Cluster: parcel.Message.Cluster, ID: number(p.ID)})
	if o.Down && ctx.Err() == nil { // none of the others would fare better
		if err := a.o.Store.PutOff(keep, parcel.Channel.Name, now.Add(a.o.Pace.First)); err != nil && !errors.Is(err, context.Canceled) {
			a.o.Log.Warn("messages were not put off", "channel", parcel.Channel.Name, "err", err)
		}
	}
}

// pause keeps a store that fails from being asked without a break.
func (a *Alerts) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
}

// after is the pause before the next attempt, after so many.
func (p Pace) after(attempts int, o post.Outcome) time.Duration {
	d := p.First
	if o.Refused {
		d = max(p.First, p.Refused)
	}
	for range attempts - 1 {
		if d *= 2; d >= p.Longest {
			return p.Longest
		}
	}
	return min(d, p.Longest)
}
