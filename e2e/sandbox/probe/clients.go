package probe

import (
	"bufio"
	"context"
	"net"
	"sync"
	"time"
)

// Reach is what the clients of one address have seen since they began.
type Reach struct {
	Address  string `json:"address"`
	Answers  int64  `json:"answers"`
	Failures int64  `json:"failures"` // attempts that were refused, or not answered in time
	Serving  bool   `json:"serving"`  // the last attempt was answered
	// LongestMS is the longest time between two answers, the one since the last included; milliseconds.
	LongestMS int    `json:"longestMs"`
	LastError string `json:"lastError,omitempty"`
}

// Outage is how long clients of the address had no answer, as Status counts it: 0 where every attempt was answered, and in time.
func (r Reach) Outage() time.Duration {
	longest := time.Duration(r.LongestMS) * time.Millisecond
	if r.Failures == 0 && longest <= served {
		return 0
	}
	return longest
}

// clients ask services that say a line to whoever connects: one client for each address, as often as the probe writes.
type clients struct {
	stop context.CancelFunc
	done sync.WaitGroup

	mu   sync.Mutex // guards what follows
	seen []reached  // in the order of the addresses
}

type reached struct {
	Reach
	last    time.Time // of the last answer; of the beginning before the first
	longest time.Duration
}

// newClients has clients ask these addresses, each HOST:PORT, until end is called.
func newClients(addresses []string, every time.Duration) *clients {
	ctx, stop := context.WithCancel(context.Background())
	c := &clients{stop: stop}
	now := time.Now()
	for i, a := range addresses {
		c.seen = append(c.seen, reached{Reach: Reach{Address: a}, last: now})
		c.done.Go(func() { c.ask(ctx, i, a, every) })
	}
	return c
}

func (c *clients) end() {
	c.stop()
	c.done.Wait()
}

// ask asks one address until ctx ends.
func (c *clients) ask(ctx context.Context, i int, address string, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := greet(ctx, address)
		now := time.Now()
		c.mu.Lock()
		switch s := &c.seen[i]; {
		case ctx.Err() != nil: // it was not the service that ended this
		case err != nil:
			s.Failures, s.Serving, s.LastError = s.Failures+1, false, err.Error()
		default:
			s.longest = max(s.longest, now.Sub(s.last))
			s.Answers, s.Serving, s.last = s.Answers+1, true, now
		}
		c.mu.Unlock()
	}
}

// greet connects, and returns nil where the service says a line in time.
func greet(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{Timeout: served}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(served)); err != nil {
		return err
	}
	_, err = bufio.NewReader(conn).ReadString('\n')
	return err
}

// reach says what was seen.
func (c *clients) reach() []Reach {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := []Reach{}
	for _, s := range c.seen {
		r := s.Reach
		r.LongestMS = int(max(s.longest, time.Since(s.last)).Milliseconds())
		list = append(list, r)
	}
	return list
}

// Clients has clients ask these addresses from now on, in place of those that were asked before; none ends it.
func (p *Probe) Clients(addresses []string) {
	var begun *clients
	if len(addresses) > 0 {
		begun = newClients(addresses, p.cfg.Interval)
	}
	p.mu.Lock()
	before := p.clients
	p.clients = begun
	p.mu.Unlock()
	if before != nil {
		before.end()
	}
}

// Reached says what they have seen.
func (p *Probe) Reached() []Reach {
	p.mu.Lock()
	c := p.clients
	p.mu.Unlock()
	if c == nil {
		return []Reach{}
	}
	return c.reach()
}
