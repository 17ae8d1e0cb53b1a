package insync

import (
	"context"
	"errors"
	"strings"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/run"
	"hawser/internal/fault"
)

// Fault makes of an error what a person may be told.
func Fault(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || err == nil {
		return err
	}
	for _, known := range []struct {
		err    error
		code   fault.Code
		reason string
	}{
		{core.ErrNotMember, fault.Conflict, "mirror.outdated"},
		{core.ErrSuperseded, fault.Conflict, "mirror.superseded"},
		{core.ErrForgotten, fault.Conflict, "mirror.superseded"},
		{core.ErrBegun, fault.Conflict, "mirror.begun"},
		{core.ErrNotBegun, fault.Conflict, "mirror.not_begun"},
		{core.ErrNoSource, fault.Conflict, "mirror.no_source"},
		{ErrPeerHere, fault.Conflict, "mirror.peer_here"},
		{ErrNoSet, fault.NotFound, "mirror.no_set"},
		{ErrGarbled, fault.Failed, "mirror.set_garbled"},
		{ErrNoQuorum, fault.Unreachable, "mirror.no_quorum"},
		{ErrNotFenced, fault.Unreachable, "mirror.not_fenced"},
		{ErrMoving, fault.Unreachable, "mirror.set_moving"},
		{ErrNotSeen, fault.Unreachable, "mirror.set_not_seen"},
		{ErrAbandoned, fault.Conflict, "mirror.claim_abandoned"},
		{ErrExists, fault.Conflict, "mirror.set_exists"},
		{errNames, fault.Invalid, "mirror.set_names"},
	} {
		if errors.Is(err, known.err) {
			return fault.New(known.code, known.reason, "%w", err).With("why", why(err))
		}
	}
	if _, tool := errors.AsType[*run.Error](err); tool || errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Unreachable, "mirror.cluster_tool", "%w", err).With("why", why(err))
	}
	return err
}

// why is an error on one line.
func why(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
