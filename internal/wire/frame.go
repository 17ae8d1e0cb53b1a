package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gorilla/websocket"
)

// The routes of agents on the server.
const (
	PathEnrol   = "/agent/v1/enroll"
	PathRenew   = "/agent/v1/renew"
	PathConnect = "/agent/v1/connect"
)

// CloseRefused is the code of a close frame whose text is a fault's reason, for example host.revoked.
const CloseRefused = 4000

// Writing: a message gets writeWait, and a second more for each slowest bytes. Whoever takes longer is as good as gone.
const (
	writeWait = 10 * time.Second
	slowest   = 64 << 10
)

// WriteFrame sends m. Only one goroutine may write to a connection.
func WriteFrame(conn *websocket.Conn, m Message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode %s: %w", m.Kind, err)
	}
	if len(data) > MaxMessage {
		return fmt.Errorf("%s of %d bytes is larger than the other side takes (%d)", m.Kind, len(data), MaxMessage)
	}
	if err := conn.SetWriteDeadline(time.Now().Add(writeWait + time.Duration(len(data)/slowest)*time.Second)); err != nil {
		return err
	}
	return conn.WriteMessage(websocket.TextMessage, data)
}

// ReadFrame reads the next message. Silence is how long nothing at all may come: pings count, and so does each piece of a
// long message, so that a slow link is not taken for a dead one. The connection's read limit must be set by the caller.
func ReadFrame(conn *websocket.Conn, silence time.Duration) ([]byte, error) {
	pong, ping := conn.PongHandler(), conn.PingHandler()
	extend := func() error { return conn.SetReadDeadline(time.Now().Add(silence)) }
	conn.SetPongHandler(func(s string) error { _ = extend(); return pong(s) })
	conn.SetPingHandler(func(s string) error { _ = extend(); return ping(s) })
	defer func() { conn.SetPongHandler(pong); conn.SetPingHandler(ping) }()
	if err := extend(); err != nil {
		return nil, err
	}
	_, r, err := conn.NextReader()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for {
		if err := extend(); err != nil {
			return nil, err
		}
		if _, err := io.CopyN(&b, r, 32<<10); errors.Is(err, io.EOF) {
			return b.Bytes(), nil
		} else if err != nil {
			return nil, err
		}
	}
}
