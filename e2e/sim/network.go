package sim

import (
	"fmt"
	"net"
	"sync"
)

// Network is what lies between an agent and its server, and can be hurt.
type Network struct {
	listener net.Listener
	target   string
	wg       sync.WaitGroup

	mu     sync.Mutex // guards what follows
	cut    bool
	hung   chan struct{} // not nil while nothing passes; closed to let go
	budget int           // bytes from the agent that still pass before the connection breaks; -1: no bound
	conns  map[net.Conn]struct{}
}

// NewNetwork makes a network that leads to target, an address. Close must be called.
func NewNetwork(target string) (*Network, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("make network: %w", err)
	}
	p := &Network{listener: l, target: target, budget: -1, conns: map[net.Conn]struct{}{}}
	p.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(c) })
		}
	})
	return p, nil
}

// Close takes the network away and returns when nothing of it is left.
func (p *Network) Close() error {
	err := p.listener.Close()
	p.Hang(false)
	p.Cut()
	p.wg.Wait()
	return err
}

// URL is where the agent dials.
func (p *Network) URL() string { return "https://" + p.listener.Addr().String() }

// Cut breaks all connections and refuses new ones.
func (p *Network) Cut() { p.set(true, -1) }

// Break breaks all connections; new ones pass.
func (p *Network) Break() { p.set(true, -1); p.set(false, -1) }

// BreakAfter breaks the connection when the agent has sent so many bytes more.
func (p *Network) BreakAfter(bytes int) { p.mu.Lock(); p.budget = bytes; p.mu.Unlock() }

// Restore lets everything pass.
func (p *Network) Restore() { p.set(false, -1) }

// Hang lets connections stand, and nothing pass: a cable that was pulled.
func (p *Network) Hang(hang bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case hang && p.hung == nil:
		p.hung = make(chan struct{})
	case !hang && p.hung != nil:
		close(p.hung)
		p.hung = nil
	}
}

func (p *Network) set(cut bool, budget int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.budget = cut, budget
	if cut {
		for c := range p.conns {
			_ = c.Close()
		}
		clear(p.conns)
	}
}

func (p *Network) serve(agent net.Conn) {
	defer agent.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	if p.cut {
		p.mu.Unlock()
		return
	}
	p.conns[agent], p.conns[server] = struct{}{}, struct{}{}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pump(server, agent, true) })
	both.Go(func() { p.pump(agent, server, false) })
	both.Wait()
}

func (p *Network) pump(to, from net.Conn, fromAgent bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 4<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			p.mu.Lock()
			hung, pass := p.hung, n
			if fromAgent && p.budget >= 0 {
				pass = min(n, p.budget)
				p.budget -= pass
			}
			broken := pass < n
			if broken {
				p.budget = -1
			}
			p.mu.Unlock()
			if hung != nil {
				<-hung
			}
			if _, err := to.Write(buf[:pass]); err != nil || broken {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
