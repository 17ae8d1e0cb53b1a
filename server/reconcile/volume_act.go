package reconcile

import (
	"context"
	"slices"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// actOnVolume is one action on one node's side of a volume. Which side is Primary is Pacemaker's where it runs the volume: promoting moves
// the promoted role, with all that has to be where it is.
var actOnVolume = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.editable(m)
		if err != nil {
			return err
		}
		in := *m.Request.VolumeAct
		shown, err := e.volume(ctx, m.Request.Actor, k, m.Request.Object)
		if err != nil {
			return err
		}
		one, err := member(k, in.Node)
		switch {
		case err != nil:
			return err
		case shown.Volume.On(in.Node) == nil:
			var f fault.Fields
			f.Add("node", "volume.no_replica", "has no replica of it", "node", in.Node, "volume", shown.Volume.Name)
			return f.Err()
		case !one.Connected:
			return errAway(one)
		}
		m.Volumes = []volumePlan{{Volume: shown.Volume, Clone: shown.Resource}}
		return permitted(in.Action, in.Node, in.Limit, shown.Volume, shown.States, shown.Resource)
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		in, p := *m.Request.VolumeAct, m.Volumes[0]
		if in.Action == ha.VolumePromote && p.Clone != "" {
			return []stage{{promoteStep(m, p, in.Node)}}, nil
		}
		return []stage{{{
			name: "volume_" + string(in.Action), node: in.Node, args: volumeArgs(p.Volume),
			do: func(ctx context.Context, j *job, s *spot) error {
				return j.side(ctx, s, in.Node, wire.VolumeAct, wire.VolumeActArgs{Name: p.Volume.Name, Action: in.Action, Limit: in.Limit})
			},
		}}}, nil
	},
}

// promoteStep has Pacemaker move the promoted role of a volume's clone.
func promoteStep(m *memo, p volumePlan, node string) step {
	return step{name: "volume_promote_by", node: m.Node, args: map[string]string{"volume": p.Volume.Name, "to": node}, do: func(ctx context.Context, j *job, s *spot) error {
		a := j.to(m.Node, wire.Move, wire.MoveArgs{Resource: p.Clone, Node: node, Promoted: true})
		a.timeout = moveTime
		return j.without(ctx, s, a)
	}}
}

// permitted refuses an action that would cost data, or that cannot have an effect. What only the driver can know it refuses itself.
func permitted(action ha.VolumeAction, node string, limit int64, v ha.Volume, states []ha.VolumeState, clone string) error {
	why := func(reason, message string, pairs ...string) error {
		return fault.New(fault.Conflict, reason, "%s", message).With(append([]string{"volume", v.Name, "node", node}, pairs...)...)
	}
	if limit < 0 || limit > 0 && action != ha.VolumeLimit {
		var f fault.Fields
		f.Add("limit", "volume.limit", "only of limit, and not below 0")
		return f.Err()
	}
	if v.Driver == ha.Mirror && (action == ha.VolumeAttach || action == ha.VolumeDetach) {
		return why("volume.action_unsupported", "a mirror has its disk as long as it is up", "action", string(action))
	}
	i := slices.IndexFunc(states, func(st ha.VolumeState) bool { return st.Node == node })
	if i < 0 || !states[i].Up {
		if action == ha.VolumePromote && clone != "" {
			return nil // Pacemaker starts it, or says why it does not
		}
		return why("volume.not_up", "the volume is not up on that node")
	}
	own := states[i]
	connected := slices.ContainsFunc(own.Peers, func(p ha.VolumePeer) bool { return p.Connection == ha.PeerConnected })
	source := slices.ContainsFunc(own.Peers, func(p ha.VolumePeer) bool { return p.Connection == ha.PeerConnected && p.Disk == ha.DiskUpToDate })
	syncing := slices.ContainsFunc(own.Peers, ha.VolumePeer.Syncing)
	split := slices.ContainsFunc(states, func(st ha.VolumeState) bool { return st.Split != nil })
	switch action {
	case ha.VolumeConnect:
		if split {
			return why("volume.split", "the sides have gone apart: resolve the split brain")
		}
	case ha.VolumeDetach:
		if !source {
			return why("volume.last_copy", "no other side has a complete copy")
		}
	case ha.VolumeInvalidate:
		switch {
		case own.Role == ha.VolumePrimary:
			return why("volume.primary", "it is Primary there")
		case !source:
			return why("volume.no_source", "no connected side has a complete copy")
		}
	case ha.VolumeVerify, ha.VolumePause, ha.VolumeResume:
		switch {
		case !connected:
			return why("volume.apart", "the sides are not connected")
		case action == ha.VolumePause && !syncing:
			return why("volume.no_sync", "nothing is being copied")
		case action == ha.VolumeVerify && syncing:
			return why("volume.syncing", "a resync is going on")
		case action == ha.VolumeVerify && v.Driver == ha.Mirror && own.Role != ha.VolumePrimary:
			return why("volume.not_primary", "a mirror is verified by its Primary")
		}
	case ha.VolumePromote:
		if own.Disk != ha.DiskUpToDate && !source {
			return why("volume.not_complete", "that side has no complete copy, and none to read from", "disk", own.Disk)
		}
	}
	return nil
}

// resolveSplit ends a split brain: the side that is not kept stops being Primary, gives up what it has written since, and connects. A mirror
// knows of no changes by themselves: it gives up all of that side's data.
var resolveSplit = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.editable(m)
		if err != nil {
			return err
		}
		shown, err := e.volume(ctx, m.Request.Actor, k, m.Request.Object)
		if err != nil {
			return err
		}
		v, keep := shown.Volume, m.Request.Keep
		if v.On(keep) == nil {
			var f fault.Fields
			f.Add("keep", "volume.no_replica", "has no replica of it", "node", keep, "volume", v.Name)
			return f.Err()
		}
		if shown.Verdict != ha.VolumeSplit {
			return fault.New(fault.Conflict, "volume.no_split", "volume %s is not split", v.Name).With("volume", v.Name)
		}
		for _, node := range v.Nodes() {
			if one, err := member(k, node); err != nil || !one.Connected {
				if err == nil {
					err = errAway(one)
				}
				return err
			}
		}
		p := volumePlan{Volume: v, Clone: shown.Resource, From: keep}
		for _, st := range shown.States {
			switch {
			case st.Node == keep:
				if st.Disk != ha.DiskUpToDate {
					return fault.New(fault.Conflict, "volume.not_complete", "%s has no complete copy of %s", keep, v.Name).With("volume", v.Name, "node", keep, "disk", st.Disk)
				}
			case st.Role == ha.VolumePrimary:
				p.Demote = true
			}
		}
		m.Volumes = []volumePlan{p}
		if p.Demote && p.Clone != "" {
			m.Edits = unbar(k, p.Clone)
		}
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		p := m.Volumes[0]
		v, keep := p.Volume, p.From
		act := func(node string, action ha.VolumeAction) step {
			return step{name: "volume_" + string(action), node: node, args: volumeArgs(v), do: func(ctx context.Context, j *job, s *spot) error {
				return j.side(ctx, s, node, wire.VolumeAct, wire.VolumeActArgs{Name: v.Name, Action: action})
			}}
		}
		giveUp := ha.VolumeDiscard
		if v.Driver == ha.Mirror {
			giveUp = ha.VolumeInvalidate
		}
		var demote, discard stage
		for _, node := range v.Nodes() {
			if node != keep {
				demote = append(demote, act(node, ha.VolumeDemote))
				discard = append(discard, act(node, giveUp))
			}
		}
		var stages []stage
		if len(m.Edits) > 0 {
			stages = append(stages, stage{{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.revise(ctx, s, m.Node, m.Edits, nil)
			}}})
		}
		switch {
		case p.Demote && p.Clone != "":
			stages = append(stages, stage{promoteStep(m, p, keep)})
		case p.Demote:
			stages = append(stages, demote)
		}
		return append(stages, discard, stage{act(keep, ha.VolumeConnect)}, stage{connectedStep(v)}), nil
	},
}

// unbar takes the constraints away by which DRBD's fence handler keeps the other side from being promoted: a person has chosen that side.
func unbar(k fleet.Known, clone string) []ha.Edit {
	var edits []ha.Edit
	if k.Config.Config == nil {
		return nil
	}
	for _, c := range k.Config.Config.Constraints {
		if c.Resource == clone && strings.HasPrefix(c.ID, "drbd-fence-by-handler-") {
			edits = append(edits, ha.Edit{Op: ha.DeleteConstraint, ID: c.ID})
		}
	}
	return edits
}
