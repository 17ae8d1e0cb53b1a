package uplink

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"hawser/internal/fault"
	"hawser/internal/wire"
)

// uploadPause is between attempts to go on with an upload that broke.
const uploadPause = time.Second

// Upload sends a file to the server under a name that the server has given. Where the connection breaks it goes on from what has
// arrived, until ctx ends. What the server refuses is its fault.
func (l *Link) Upload(ctx context.Context, name, file string) error {
	for {
		err := l.uploadOnce(ctx, name, file)
		if f, told := errors.AsType[*fault.Error](err); err == nil || told && f.Code != fault.Unreachable && f.Code != fault.Internal {
			return err
		}
		l.o.Log.Warn("upload broke off", "upload", name, "err", err)
		pause := time.NewTimer(uploadPause)
		select {
		case <-ctx.Done():
			pause.Stop()
			return errors.Join(context.Cause(ctx), err)
		case <-pause.C:
		}
	}
}

func (l *Link) uploadOnce(ctx context.Context, name, file string) error {
	l.mu.Lock()
	id := l.id
	l.mu.Unlock()
	conf, err := id.tls()
	if err != nil {
		return err
	}
	address := id.Server + wire.PathUpload + url.PathEscape(name)
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	var state wire.UploadState
	if err := call(conf, ask, &state); err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return fault.New(fault.Failed, "logs.part_lost", "the part that was to be sent is gone: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if state.Have > info.Size() {
		return fault.New(fault.Conflict, "logs.part_differs", "the server has more of the part than there is")
	}
	if state.Have == info.Size() {
		return nil
	}
	rest := io.NewSectionReader(f, state.Have, info.Size()-state.Have)
	send, err := http.NewRequestWithContext(ctx, http.MethodPut, address+"?from="+strconv.FormatInt(state.Have, 10), rest)
	if err != nil {
		return err
	}
	send.ContentLength = rest.Size()
	return call(conf, send, &state)
}
