// Package demo asks the demo's client outside the cluster what it sees.
package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// The client answers from memory; counting rows asks the database, through an address that may be failing over.
const (
	askTime    = 3 * time.Second
	verifyTime = time.Minute
	maxAnswer  = 1 << 20
)

// Client speaks HTTP over the Unix socket of the demo's client.
type Client struct {
	http *http.Client
}

// New returns a Client for a socket.
func New(socket string) *Client {
	return &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		MaxIdleConns: 2, IdleConnTimeout: time.Minute,
	}}}
}

// Show returns what the client sees.
func (c *Client) Show(ctx context.Context) (api.Demo, error) {
	return c.ask(ctx, http.MethodGet, "/status", askTime)
}

// Reset makes the client forget its longest outage.
func (c *Client) Reset(ctx context.Context) error {
	_, err := c.ask(ctx, http.MethodPost, "/reset", askTime)
	return err
}

// Verify has the client count the acknowledged rows that are missing; the answer is part of what it sees from then on.
func (c *Client) Verify(ctx context.Context) (api.Demo, error) {
	if _, err := c.ask(ctx, http.MethodPost, "/verify", verifyTime); err != nil {
		return api.Demo{}, err
	}
	return c.Show(ctx)
}

func (c *Client) ask(ctx context.Context, method, path string, limit time.Duration) (api.Demo, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "http://probe"+path, nil)
	if err != nil {
		return api.Demo{}, err
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return api.Demo{}, fault.New(fault.Unreachable, "demo.unreachable", "the demo's client does not answer: %w", err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return api.Demo{}, fault.New(fault.Unreachable, "demo.unreachable", "the demo's client does not answer: %w", err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return api.Demo{}, fault.New(fault.Failed, "demo.failed", "the demo's client: %.200s", data).With("why", fmt.Sprintf("%.200s", data))
	}
	var d api.Demo
	if len(data) > 0 {
		if err := json.Unmarshal(data, &d); err != nil {
			return api.Demo{}, fmt.Errorf("read answer of the demo's client: %w", err)
		}
	}
	if d.Recent == nil {
		d.Recent = []int{}
	}
	return d, nil
}
