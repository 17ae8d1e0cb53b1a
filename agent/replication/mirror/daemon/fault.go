package daemon

import (
	"errors"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/device"
	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/fuse"
	"hawser/agent/replication/mirror/tcp"
	"hawser/agent/replication/mirror/wire"
	"hawser/internal/fault"
)

// Fault makes of an error what a person may be told.
func Fault(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || err == nil {
		return err
	}
	for _, known := range []func(error) *fault.Error{ofDevice, ofMetadata, ofSide, ofPeer} {
		if f := known(err); f != nil {
			return f.With("why", err.Error())
		}
	}
	return err
}

func ofDevice(err error) *fault.Error {
	switch {
	case errors.Is(err, device.ErrInUse):
		return fault.New(fault.Conflict, "mirror.device_in_use", "%w", err)
	case errors.Is(err, device.ErrNoDevice):
		return fault.New(fault.Invalid, "mirror.no_device", "%w", err)
	case errors.Is(err, device.ErrDirect), errors.Is(err, device.ErrAligned):
		return fault.New(fault.Invalid, "mirror.no_direct", "%w", err)
	case errors.Is(err, device.ErrNameless):
		return fault.New(fault.Invalid, "mirror.nameless", "%w", err)
	case errors.Is(err, errSmall):
		return fault.New(fault.Invalid, "mirror.too_small", "%w", err)
	case errors.Is(err, fuse.ErrNoFUSE):
		return fault.New(fault.Conflict, "mirror.no_fuse", "%w", err)
	case errors.Is(err, fuse.ErrNoLoop):
		return fault.New(fault.Conflict, "mirror.no_loop", "%w", err)
	case errors.Is(err, fuse.ErrInUse):
		return fault.New(fault.Conflict, "mirror.in_use", "%w", err)
	}
	return nil
}

func ofMetadata(err error) *fault.Error {
	switch {
	case errors.Is(err, format.ErrNone):
		return fault.New(fault.NotFound, "mirror.no_metadata", "%w", err)
	case errors.Is(err, format.ErrVersion):
		return fault.New(fault.Conflict, "mirror.metadata_version", "%w", err)
	case errors.Is(err, format.ErrChecksum), errors.Is(err, format.ErrContent), errors.Is(err, format.ErrGeometry):
		return fault.New(fault.Failed, "mirror.metadata_damaged", "%w", err)
	case errors.Is(err, core.ErrConfigured):
		return fault.New(fault.Conflict, "mirror.other_replica", "%w", err)
	case errors.Is(err, core.ErrOtherDevice):
		return fault.New(fault.Conflict, "mirror.copied_device", "%w", err)
	case errors.Is(err, core.ErrOtherSize):
		return fault.New(fault.Conflict, "mirror.other_size", "%w", err)
	}
	return nil
}

func ofSide(err error) *fault.Error {
	switch {
	case errors.Is(err, core.ErrNotReady):
		return fault.New(fault.Conflict, "mirror.not_ready", "%w", err)
	case errors.Is(err, core.ErrNotPrimary):
		return fault.New(fault.Conflict, "mirror.not_primary", "%w", err)
	case errors.Is(err, core.ErrInconsistent):
		return fault.New(fault.Conflict, "mirror.inconsistent", "%w", err)
	case errors.Is(err, core.ErrOutdated), errors.Is(err, core.ErrPeerNewer), errors.Is(err, core.ErrNotMember):
		return fault.New(fault.Conflict, "mirror.outdated", "%w", err)
	case errors.Is(err, core.ErrSuperseded), errors.Is(err, core.ErrForgotten):
		return fault.New(fault.Conflict, "mirror.superseded", "%w", err)
	case errors.Is(err, core.ErrPeerPrimary):
		return fault.New(fault.Conflict, "mirror.peer_primary", "%w", err)
	case errors.Is(err, core.ErrUnanswered):
		return fault.New(fault.Unreachable, "mirror.no_quorum", "%w", err)
	case errors.Is(err, core.ErrBroken):
		return fault.New(fault.Failed, "mirror.verify_broken", "%w", err)
	case errors.Is(err, core.ErrNoDisk):
		return fault.New(fault.Failed, "mirror.no_disk", "%w", err)
	}
	return ofOrder(err)
}

func ofOrder(err error) *fault.Error {
	switch {
	case errors.Is(err, core.ErrPrimary):
		return fault.New(fault.Conflict, "mirror.primary", "%w", err)
	case errors.Is(err, core.ErrNoSource):
		return fault.New(fault.Conflict, "mirror.no_source", "%w", err)
	case errors.Is(err, core.ErrNoPeer):
		return fault.New(fault.Conflict, "mirror.peer_not_blank", "%w", err)
	case errors.Is(err, core.ErrBegun):
		return fault.New(fault.Conflict, "mirror.begun", "%w", err)
	case errors.Is(err, core.ErrNotBegun):
		return fault.New(fault.Conflict, "mirror.not_begun", "%w", err)
	case errors.Is(err, core.ErrNotSo):
		return fault.New(fault.Conflict, "mirror.not_so", "%w", err)
	}
	return nil
}

func ofPeer(err error) *fault.Error {
	switch {
	case errors.Is(err, tcp.ErrKey), errors.Is(err, core.ErrKey):
		return fault.New(fault.Denied, "mirror.wrong_key", "%w", err)
	case errors.Is(err, core.ErrOtherVolume):
		return fault.New(fault.Conflict, "mirror.other_volume", "%w", err)
	case errors.Is(err, core.ErrSameNode):
		return fault.New(fault.Conflict, "mirror.same_side", "%w", err)
	case errors.Is(err, core.ErrSize):
		return fault.New(fault.Conflict, "mirror.peer_size", "%w", err)
	case errors.Is(err, core.ErrTwoPrimaries), errors.Is(err, core.ErrStalePrimary):
		return fault.New(fault.Conflict, "mirror.two_primaries", "%w", err)
	case errors.Is(err, core.ErrNoData):
		return fault.New(fault.Conflict, "mirror.no_data", "%w", err)
	case errors.Is(err, core.ErrSplitBrain):
		return fault.New(fault.Conflict, "mirror.split_brain", "%w", err)
	case errors.Is(err, core.ErrUnrelated):
		return fault.New(fault.Conflict, "mirror.unrelated", "%w", err)
	case errors.Is(err, core.ErrByPeer):
		return fault.New(fault.Conflict, "mirror.by_peer", "%w", err)
	case errors.Is(err, wire.ErrProtocol):
		return fault.New(fault.Conflict, "mirror.protocol", "%w", err)
	case errors.Is(err, wire.ErrChecksum), errors.Is(err, wire.ErrFrame), errors.Is(err, wire.ErrGreeting):
		return fault.New(fault.Failed, "mirror.garbled", "%w", err)
	}
	return nil
}
