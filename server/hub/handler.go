package hub

import (
	"context"
	"errors"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Handler keeps what agents tell. Server/app implements it over the store.
//
// Calls for one host never overlap and come in the order in which the agent sent; calls for different hosts do overlap.
// A call ends when its context does. An error from Event, Report, Config or Facts ends the session: the agent comes back
// and tells it again, so a store that is away for a moment loses nothing.
type Handler interface {
	// Enrol claims the one-time token for a host and returns the host's ID, which the hub writes into the certificate.
	// The same token with the same key (an agent that never got its answer) returns the same ID again while the token is valid.
	// Its refusals are ErrTokenUnknown, ErrTokenUsed, ErrTokenExpired and ErrNameTaken.
	Enrol(ctx context.Context, e Enrolment) (host string, err error)
	// Issued notes a certificate of a host, at enrolment and at each renewal, before it is handed out: whoever revokes
	// the host must know every serial. An error (ErrRevoked, for one) keeps the certificate from the agent.
	Issued(ctx context.Context, host string, c Certificate) error
	// Connected opens a session. It returns the newest event that is stored of this host (0 for none),
	// ErrHostUnknown or ErrRevoked. The first report of every session is full.
	Connected(ctx context.Context, host string, hello wire.Hello) (ackSeq uint64, err error)
	// Disconnected closes the session that the last Connected opened. Where a newer session takes over, it comes before
	// that one's Connected.
	Disconnected(host string)
	// Report brings the copy of what this host observes up to date. Deltas are relative to this host's own last report.
	// The designated controller reports everything; any other node reports scalars and its own links only, so that the
	// server sees its stack and its view of the heartbeat (see agent/app).
	Report(ctx context.Context, host string, r wire.Report) error
	// Config keeps a configuration. After a reconnect the newest one comes again.
	Config(ctx context.Context, host string, c wire.Config) error
	// Event has stored the event for good when it returns nil: the agent forgets it then. An event comes again when the
	// acknowledgement was lost (same Seq) or when two nodes tell of one thing (same Key): both are stored once.
	// ErrLater is no failure: the event is not stored yet, so it is not acknowledged, and the session goes on. The
	// acknowledgement of a later event, or the next Connected, covers it.
	Event(ctx context.Context, host string, e wire.Event) error
	// Facts keeps what a host says of itself.
	Facts(ctx context.Context, host string, f ha.Facts) error
}

// ErrLater is what Event returns for an event that waits until more is known.
var ErrLater = errors.New("the event waits")

// Enrolment is a host that wants to become a member.
type Enrolment struct {
	Token   string
	Key     string // SHA-256 of the agent's public key, hexadecimal
	Facts   ha.Facts
	Address string // where the request came from
}

// Certificate is what must be known of a certificate to revoke it.
type Certificate struct {
	Serial  string // hexadecimal
	Expires time.Time
}

// ErrTokenUnknown says that no such enrolment token was ever made, or that it was deleted.
func ErrTokenUnknown() *fault.Error {
	return fault.New(fault.Denied, "enrol.token_unknown", "the enrolment token is not known to this server")
}

// ErrTokenUsed says that another host has enrolled with this token.
func ErrTokenUsed() *fault.Error {
	return fault.New(fault.Denied, "enrol.token_used", "the enrolment token has been used by another host; make a new one")
}

// ErrTokenExpired says that the token's time is over.
func ErrTokenExpired() *fault.Error {
	return fault.New(fault.Denied, "enrol.token_expired", "the enrolment token has expired; make a new one")
}

// ErrNameTaken says that an enrolled host has this name already.
func ErrNameTaken(name string) *fault.Error {
	return fault.New(fault.Conflict, "enrol.name_taken", "a host named %s is enrolled already; revoke it first or rename this one", name).With("name", name)
}

// ErrHostUnknown says that a certificate is good, but its host is not in the store.
func ErrHostUnknown(host string) *fault.Error {
	return fault.New(fault.Denied, "host.unknown", "host %s is not enrolled on this server", host).With("host", host)
}

// ErrRevoked says that the host was put out by an administrator.
func ErrRevoked(host string) *fault.Error {
	return fault.New(fault.Denied, "host.revoked", "the certificate of host %s is revoked; enrol it again", host).With("host", host)
}
