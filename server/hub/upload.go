package hub

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"hawser/internal/fault"
	"hawser/internal/wire"
)

// Uploads takes what agents send beside the WebSocket: files that are larger than a message. Both methods refuse, by a NotFound
// fault, what the host was not asked for.
type Uploads interface {
	// Have says how many bytes have arrived.
	Have(host, name string) (int64, error)
	// Receive takes what comes after the first from bytes. What arrived before an error counts.
	Receive(ctx context.Context, host, name string, from int64, r io.Reader) error
}

// uploadSilence is how long a sender may send nothing.
const uploadSilence = 20 * time.Second

// upload answers how much has arrived (GET), and takes the rest (PUT). Nothing is held in memory: a sender is as fast as the disk.
func (h *Hub) upload(w http.ResponseWriter, r *http.Request) {
	state, err := h.uploadOne(w, r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	reply(w, http.StatusOK, state)
}

func (h *Hub) uploadOne(w http.ResponseWriter, r *http.Request) (wire.UploadState, error) {
	id, err := h.o.CA.Identify(r.TLS)
	if err != nil {
		return wire.UploadState{}, err
	}
	name := r.PathValue("name")
	if h.o.Uploads == nil {
		return wire.UploadState{}, errNoRoute(r)
	}
	if r.Method == http.MethodPut {
		from, err := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
		if err != nil || from < 0 {
			return wire.UploadState{}, fault.New(fault.Invalid, "upload.from_invalid", "from is no number of bytes")
		}
		body := &patient{r.Body, http.NewResponseController(w)}
		if err := h.o.Uploads.Receive(r.Context(), id.Host, name, from, body); err != nil {
			return wire.UploadState{}, err
		}
	}
	have, err := h.o.Uploads.Have(id.Host, name)
	return wire.UploadState{Have: have}, err
}

// patient gives each piece its time: a slow link is not a dead one.
type patient struct {
	r    io.Reader
	conn *http.ResponseController
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.conn.SetReadDeadline(time.Now().Add(uploadSilence)); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}
