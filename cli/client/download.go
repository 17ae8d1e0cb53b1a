package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"hawser/internal/fault"
)

// stall is how long a download may bring nothing.
const stall = 60 * time.Second

// Download writes the file that a route answers with to w, from that byte on; tag is what the file must still be. It returns how much
// came, and an Unreachable fault where it broke off: whoever calls it again goes on from there.
func (c *Client) Download(ctx context.Context, r Request, from int64, tag string, w io.Writer) (int64, error) {
	q, err := c.request(ctx, r)
	if err != nil {
		return 0, err
	}
	q.Header.Set("Accept", "*/*")
	if from > 0 {
		q.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
		q.Header.Set("If-Match", `"`+tag+`"`)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	q = q.WithContext(ctx)
	slow := time.AfterFunc(stall, func() { cancel(errStalled) })
	defer slow.Stop()
	// Without the limit that answers have: a large file takes its time.
	answer, err := (&http.Client{Transport: c.http.Transport}).Do(q)
	if err != nil {
		return 0, c.broken(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }()
	switch {
	case answer.StatusCode == http.StatusPreconditionFailed:
		return 0, fault.New(fault.Conflict, "logs.file_differs", "the file is another one by now")
	case answer.StatusCode >= 300:
		raw, err := io.ReadAll(io.LimitReader(answer.Body, maxLive))
		if err != nil {
			return 0, c.broken(ctx, err)
		}
		return 0, c.faultOf(answer.StatusCode, raw)
	case from > 0 && answer.StatusCode != http.StatusPartialContent:
		return 0, fault.New(fault.Conflict, "logs.file_differs", "the server does not go on from byte %d", from)
	}
	n, err := io.Copy(w, &watched{answer.Body, slow})
	if err != nil {
		if writeErr, is := errors.AsType[*writeError](err); is {
			return n, writeErr.error
		}
		return n, c.broken(ctx, err)
	}
	return n, nil
}

var errStalled = errors.New("nothing came for a minute")

// broken is an error of a download that may be gone on with.
func (c *Client) broken(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		return c.silent(errStalled)
	}
	return c.unreachable(ctx, err)
}

// watched gives each piece its time.
type watched struct {
	r    io.Reader
	slow *time.Timer
}

func (r *watched) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if n > 0 {
		r.slow.Reset(stall)
	}
	return n, err
}

// WriteError marks what is wrong with the place that is written to: to try again is of no use.
func WriteError(err error) error { return &writeError{err} }

type writeError struct{ error }
