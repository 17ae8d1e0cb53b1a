package hub

import (
	"sync"

	"hawser/internal/wire"
)

// outbox is what a session has yet to send. It takes without waiting, so that it may be filled under the hub's lock;
// it stays small because only commands go down, and the writer ends a session whose agent does not read.
// Acknowledgements are merged: of a thousand events only the newest number is sent.
type outbox struct {
	filled chan struct{} // has a token when there is something to take

	mu       sync.Mutex // innermost; guards what follows
	messages []wire.Message
	ack      wire.Ack
}

func newOutbox() *outbox { return &outbox{filled: make(chan struct{}, 1)} }

func (o *outbox) push(m wire.Message) {
	o.mu.Lock()
	o.messages = append(o.messages, m)
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) ackEvent(seq uint64) {
	o.mu.Lock()
	o.ack.Seq = max(o.ack.Seq, seq)
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) ackCommand(id string) {
	o.mu.Lock()
	o.ack.Commands = append(o.ack.Commands, id)
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.filled <- struct{}{}:
	default:
	}
}

// take empties the outbox.
func (o *outbox) take() []wire.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.messages
	o.messages = nil
	if o.ack.Seq != 0 || len(o.ack.Commands) != 0 {
		ack := o.ack
		list = append(list, wire.Message{Kind: wire.KindAck, Ack: &ack})
		o.ack = wire.Ack{}
	}
	return list
}
