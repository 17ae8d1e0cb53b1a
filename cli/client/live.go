package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"hawser/internal/api"
	"hawser/internal/fault"
)

const (
	// silence is how long a live stream may say nothing before it is taken for dead; the server pings several times within it.
	silence = 90 * time.Second
	// maxLive bounds one live message.
	maxLive = 4 << 20
)

// Live reads the live stream and gives each message to handle, until ctx ends, handle returns an error, or the stream breaks.
// Whoever calls it again must fetch what happened in between.
func (c *Client) Live(ctx context.Context, handle func(api.Live) error) error {
	dialer := websocket.Dialer{TLSClientConfig: c.tls, Proxy: http.ProxyFromEnvironment, HandshakeTimeout: dialTimeout}
	header := http.Header{}
	c.head(header)
	header.Set("Origin", c.base.String())
	address := "ws" + strings.TrimPrefix(c.base.String(), "http") + api.LivePath
	conn, answer, err := dialer.DialContext(ctx, address, header)
	if answer != nil {
		defer func() { _ = answer.Body.Close() }() // gorilla has read the little that it keeps
	}
	if err != nil {
		if answer != nil && errors.Is(err, websocket.ErrBadHandshake) {
			raw, _ := io.ReadAll(io.LimitReader(answer.Body, maxLive))
			return c.faultOf(answer.StatusCode, raw)
		}
		return c.unreachable(ctx, err)
	}
	closed := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		closed()
		_ = conn.Close()
	}()
	conn.SetReadLimit(maxLive)
	ping := conn.PingHandler()
	conn.SetPingHandler(func(s string) error {
		if err := conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return err
		}
		return ping(s)
	})
	for {
		if err := conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return c.unreachable(ctx, err)
		}
		var m api.Live
		if err := conn.ReadJSON(&m); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fault.New(fault.Unreachable, "cli.live_broken", "the live stream has ended: %w", err)
		}
		if err := handle(m); err != nil {
			return err
		}
	}
}
