package vm

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// monitor is a connection to QEMU's own interface (QMP): one JSON object a line.
type monitor struct {
	conn    net.Conn
	events  func(event)
	mu      sync.Mutex // one command at a time
	answers chan answer
	done    chan struct{}
}

// event is what QEMU tells unasked.
type event struct {
	Name string `json:"event"`
	Data struct {
		Guest  bool   `json:"guest"`
		Reason string `json:"reason"` // of SHUTDOWN: guest-reset, guest-shutdown, host-signal …
		Action string `json:"action"` // of WATCHDOG
	} `json:"data"`
}

type answer struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Class string `json:"class"`
		Desc  string `json:"desc"`
	} `json:"error"`
}

// dialMonitor connects and leaves the greeting behind. events is called from one goroutine, in order.
func dialMonitor(ctx context.Context, socket string, events func(event)) (*monitor, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	q := &monitor{conn: conn, events: events, answers: make(chan answer, 1), done: make(chan struct{})}
	go q.read()
	if err := q.do(ctx, "qmp_capabilities", nil); err != nil {
		conn.Close()
		<-q.done
		return nil, err
	}
	return q, nil
}

func (q *monitor) read() {
	defer close(q.done)
	in := bufio.NewScanner(q.conn)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var line struct {
			event
			answer
		}
		if json.Unmarshal(in.Bytes(), &line) != nil {
			return
		}
		switch {
		case line.Name != "":
			q.events(line.event)
		case line.Return != nil || line.Error != nil:
			select {
			case q.answers <- line.answer:
			default: // nobody waits any more
			}
		}
	}
}

// do runs a command and waits for its answer.
func (q *monitor) do(ctx context.Context, command string, arguments any) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	raw, err := json.Marshal(map[string]any{"execute": command, "arguments": orEmpty(arguments)})
	if err != nil {
		return err
	}
	if err := q.conn.SetWriteDeadline(time.Now().Add(stepTimeout)); err != nil {
		return err
	}
	if _, err := q.conn.Write(append(raw, '\n')); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	select {
	case a := <-q.answers:
		if a.Error != nil {
			return fmt.Errorf("qemu: %s: %s", command, a.Error.Desc)
		}
		return nil
	case <-q.done:
		return errors.New("qemu has ended")
	case <-ctx.Done():
		return fmt.Errorf("qemu: %s: %w", command, ctx.Err())
	}
}

func orEmpty(v any) any {
	if v == nil {
		return struct{}{}
	}
	return v
}

func (q *monitor) close() {
	q.conn.Close()
	<-q.done
}
