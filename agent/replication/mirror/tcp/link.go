package tcp

import (
	"bufio"
	"net"
	"sync"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/wire"
)

const (
	// maxQueued bounds what waits for a peer that does not take it. What a front end and a resync have under way at once is far less.
	maxQueued   = 256 << 20
	large       = 64 << 10 // bytes that are worth a call of their own
	bufferFrame = 256 << 10
	// partingTime is how long the last words may take.
	partingTime = time.Second
)

// link is several connections that stand and fall together.
type link struct {
	t      *Transport
	number uint64
	lanes  []*lane
	once   sync.Once
	done   chan struct{}
}

// packed is a TCP connection on which what TLS reads and writes record by record, of 16 KiB and less, passes the kernel in larger pieces. Until
// it is packed it is as it was: a handshake waits for each of its answers.
type packed struct {
	net.Conn
	r *bufio.Reader

	mu sync.Mutex // the end of TLS writes beside the sender
	w  *bufio.Writer
}

func (p *packed) pack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.r, p.w = bufio.NewReaderSize(p.Conn, bufferFrame), bufio.NewWriterSize(p.Conn, bufferFrame)
}

func (p *packed) Read(b []byte) (int, error) {
	if p.r == nil {
		return p.Conn.Read(b)
	}
	return p.r.Read(b)
}

func (p *packed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil {
		return p.Conn.Write(b)
	}
	return p.w.Write(b)
}

func (p *packed) flush() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.Flush()
}

// lane is one connection, with what waits to be sent on it.
type lane struct {
	conn   net.Conn
	packed *packed
	mu     sync.Mutex
	more   *sync.Cond
	queue  []wire.Frame
	bytes  int
	ending bool // what is queued goes out, and then the link ends
	closed bool
}

func newLink(t *Transport, number uint64, all []net.Conn) *link {
	l := &link{t: t, number: number, done: make(chan struct{})}
	for _, c := range all {
		n := &lane{conn: c, packed: packing(c)}
		n.more = sync.NewCond(&n.mu)
		l.lanes = append(l.lanes, n)
	}
	return l
}

// packing packs a connection whose handshake is over.
func packing(c net.Conn) *packed {
	over, ok := c.(interface{ NetConn() net.Conn })
	if !ok {
		panic("tcp: a connection without TLS")
	}
	p, ok := over.NetConn().(*packed)
	if !ok {
		panic("tcp: a connection that is not packed")
	}
	p.pack()
	return p
}

// run serves the connections until one of them ends.
func (l *link) run() {
	l.t.o.Tell(core.Linked{Link: l.number})
	var running sync.WaitGroup
	for _, n := range l.lanes {
		running.Go(func() { l.receive(n) })
		running.Go(func() { l.send(n) })
	}
	running.Wait()
	l.t.forget(l)
	l.t.o.Tell(core.Unlinked{Link: l.number})
}

// close ends all connections. What is queued is lost: the peer notices.
func (l *link) close() {
	l.once.Do(func() {
		for _, n := range l.lanes {
			n.mu.Lock()
			n.closed, n.queue = true, nil
			n.more.Broadcast()
			n.mu.Unlock()
		}
		for _, n := range l.lanes {
			// Not by the end of TLS: its last alert waits behind what the peer does not take.
			_ = n.packed.Close()
		}
		close(l.done)
	})
}

// finish ends the link once the control connection has taken what is queued there, or does not take it in time.
func (l *link) finish() {
	n := l.lanes[0]
	_ = n.packed.SetWriteDeadline(time.Now().Add(partingTime)) // of a connection that is closed already there is nothing to wait for
	n.mu.Lock()
	n.ending = true
	n.more.Broadcast()
	n.mu.Unlock()
}

func (l *link) receive(n *lane) {
	defer l.close()
	r := bufio.NewReaderSize(n.conn, bufferFrame)
	for {
		f, err := wire.Read(r)
		if err != nil {
			select {
			case <-l.done:
			default:
				l.t.o.Failed(err)
			}
			return
		}
		l.t.o.Tell(core.Received{Link: l.number, Frame: f})
	}
}

// send writes what is queued: small frames together, the data of large ones without another copy.
func (l *link) send(n *lane) {
	defer l.close()
	var b []byte
	flush := func() error {
		_, err := n.conn.Write(b)
		b = b[:0]
		return err
	}
	for {
		frames := n.take()
		if frames == nil {
			return
		}
		for _, f := range frames {
			var err error
			if len(f.Payload) < large {
				b = f.Append(b)
			} else {
				b = f.AppendHeader(b)
				if err = flush(); err == nil {
					_, err = n.conn.Write(f.Payload)
				}
			}
			if len(b) >= large && err == nil {
				err = flush()
			}
			if err != nil {
				return
			}
		}
		if len(b) > 0 && flush() != nil {
			return
		}
		if n.packed.flush() != nil {
			return
		}
	}
}

// take waits for frames; nil is the end.
func (n *lane) take() []wire.Frame {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.queue) == 0 && !n.closed && !n.ending {
		n.more.Wait()
	}
	frames := n.queue
	n.queue, n.bytes = nil, 0
	return frames
}

// Send implements mirror.Transport. A peer that lets too much wait loses the link.
func (t *Transport) Send(number uint64, connection int, f wire.Frame) {
	l := t.link(number)
	if l == nil || connection >= len(l.lanes) {
		return
	}
	n := l.lanes[connection]
	n.mu.Lock()
	full := n.bytes > maxQueued
	if !n.closed && !n.ending && !full {
		n.queue = append(n.queue, f)
		n.bytes += len(f.Payload) + wire.HeaderSize
		n.more.Signal()
	}
	n.mu.Unlock()
	if full {
		l.close()
	}
}

// Close implements mirror.Transport. What the core has sent before goes out first where it can: the reason of a refusal is among it.
func (t *Transport) Close(number uint64) {
	if l := t.link(number); l != nil {
		l.finish()
	}
}
