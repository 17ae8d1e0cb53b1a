package reconcile

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

const (
	// volumeTime bounds a step on one side of a volume: metadata of a disk of some terabytes take a minute to be written.
	volumeTime = 5 * time.Minute
	// connectTime bounds the wait until the sides of a volume see each other, promoteTime that until Pacemaker has made one of them Primary.
	connectTime = time.Minute
	promoteTime = 3 * time.Minute
	// lookEvery is how often sides are looked at while something is waited for.
	lookEvery = 300 * time.Millisecond
	// secretSize is that of a volume's secret, in bytes: DRBD takes at most 64 characters.
	secretSize = 24
)

// volumePlan is what has been worked out for one volume. It is kept with the operation: after a restart it is the same volume and secret.
type volumePlan struct {
	Volume  ha.Volume           `json:"volume"`
	Secret  []byte              `json:"secret,omitempty"`  // of a new one
	Destroy map[string][]string `json:"destroy,omitempty"` // by node
	Sync    ha.FirstSync        `json:"sync,omitempty"`
	From    string              `json:"from,omitempty"`
	// Before is the volume as each node has it, where it is changed.
	Before map[string]ha.Volume `json:"before,omitempty"`
	// Clone is the ID of what runs it, empty where Pacemaker does not.
	Clone string `json:"clone,omitempty"`
	// Demote is set where the side that gives up its data must stop being Primary first.
	Demote bool `json:"demote,omitempty"`
}

func newVolumeSecret() []byte {
	raw := make([]byte, secretSize)
	_, _ = rand.Read(raw) // never fails [crypto/rand, Go 1.24]
	return []byte(hex.EncodeToString(raw))
}

// createVolume makes a volume in stages, each of which is taken back where a later one fails: files, metadata, connection, first sync, and
// last the resource, so that Pacemaker never runs what is not there. It ends when the sync has begun and one side is Primary.
var createVolume = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.editable(m)
		if err != nil {
			return err
		}
		found, p, err := e.examine(ctx, m.Request.Actor, k, *m.Request.Volume)
		if err != nil {
			return err
		}
		if found.Refused != nil {
			return found.Refused
		}
		p.Secret = newVolumeSecret()
		m.Volumes, m.Request.Volume = []volumePlan{p}, nil
		m.Edits = ha.RunVolume(p.Volume)
		return e.rehearse(ctx, m)
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		p := m.Volumes[0]
		return append(makeVolume(p), stage{{
			name: "edit", node: m.Node,
			do: func(ctx context.Context, j *job, s *spot) error { return j.revise(ctx, s, m.Node, m.Edits, nil) },
			undo: func(ctx context.Context, j *job, s *spot) error {
				return j.unmake(ctx, s, ha.VolumeClone(p.Volume.Name))
			},
		}}, stage{promotedStep(p)}), nil
	},
}

// makeVolume are the stages that make a volume outside of Pacemaker.
func makeVolume(p volumePlan) []stage {
	v := p.Volume
	var configure, prepare stage
	for _, node := range v.Nodes() {
		remove := func(wipe bool) func(context.Context, *job, *spot) error {
			return func(ctx context.Context, j *job, s *spot) error { return j.removeVolume(ctx, s, node, v.Name, wipe) }
		}
		configure = append(configure, step{
			name: "volume_configure", node: node, args: volumeArgs(v),
			do: func(ctx context.Context, j *job, s *spot) error {
				return j.side(ctx, s, node, wire.VolumeConfigure, wire.VolumeConfigureArgs{Cluster: j.op.Cluster, Volume: v, Secret: p.Secret})
			},
			undo: remove(false),
		})
		prepare = append(prepare, step{
			name: "volume_prepare", node: node, args: volumeArgs(v),
			do: func(ctx context.Context, j *job, s *spot) error {
				return j.side(ctx, s, node, wire.VolumePrepare, wire.VolumePrepareArgs{Name: v.Name, Destroy: p.Destroy[node]})
			},
			undo: remove(true),
		})
	}
	return []stage{configure, prepare, {connectedStep(v)}, {{
		name: "volume_sync", node: p.From, args: volumeArgs(v),
		do: func(ctx context.Context, j *job, s *spot) error {
			return j.side(ctx, s, p.From, wire.VolumeSync, wire.VolumeSyncArgs{Name: v.Name, How: p.Sync})
		},
	}}}
}

func volumeArgs(v ha.Volume) map[string]string { return map[string]string{"volume": v.Name} }

// side sends a command to one side of a volume.
func (j *job) side(ctx context.Context, s *spot, node string, name wire.CommandName, args any) error {
	a := j.to(node, name, args)
	a.timeout = volumeTime
	_, err := j.send(ctx, s, a, nil)
	return err
}

func (j *job) removeVolume(ctx context.Context, s *spot, node, name string, wipe bool) error {
	if s.undo && (j.refused(s) || j.stands(s, "edit")) {
		return nil // it was there already, and is not ours to remove; or the cluster runs it
	}
	return j.side(ctx, s, node, wire.VolumeRemove, wire.VolumeRemoveArgs{Name: name, Wipe: wipe})
}

// refused says whether a step was refused before it changed anything.
func (j *job) refused(s *spot) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	st := j.op.Steps[j.own[s.place]]
	return st.State == stepFailed && st.Fault != nil && st.Fault.Reason == "volume.exists"
}

// stands says whether a later step of that name has been done and not been taken back.
func (j *job) stands(s *spot, name string) bool {
	undone := j.memoUndone()
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, place := range j.own {
		if st := j.op.Steps[place]; i > s.place && st.Name == name && st.State == stepDone && !slices.Contains(undone, i) {
			return true
		}
	}
	return false
}

// connectedStep waits until all sides of a volume see each other.
func connectedStep(v ha.Volume) step {
	return step{name: "volume_connected", args: volumeArgs(v), do: func(ctx context.Context, j *job, s *spot) error {
		return j.await(ctx, s, v, connectTime, func(states []ha.VolumeState) *fault.Error {
			for _, st := range states {
				for _, p := range st.Peers {
					if p.Connection != ha.PeerConnected {
						return fault.New(fault.Failed, "volume.not_seen", "%s and %s do not come to see each other: %s", st.Node, p.Node, p.Connection).
							With("volume", v.Name, "node", st.Node, "peer", p.Node, "state", p.Connection)
					}
				}
				if len(st.Peers) == 0 {
					return fault.New(fault.Failed, "volume.not_seen", "%s sees no other side", st.Node).
						With("volume", v.Name, "node", st.Node, "peer", "–", "state", "–")
				}
			}
			return nil
		})
	}}
}

// promotedStep waits until Pacemaker has made one side Primary.
func promotedStep(p volumePlan) step {
	v := p.Volume
	return step{name: "volume_promoted", args: volumeArgs(v), do: func(ctx context.Context, j *job, s *spot) error {
		return j.await(ctx, s, v, promoteTime, func(states []ha.VolumeState) *fault.Error {
			if n := len(primaries(states)); n != 1 {
				return fault.New(fault.Failed, "volume.not_promoted", "%d sides of %s are Primary", n, v.Name).With("volume", v.Name, "count", fmt.Sprint(n))
			}
			return nil
		})
	}}
}

// primaries are the nodes that say that they are Primary.
func primaries(states []ha.VolumeState) []string {
	var list []string
	for _, st := range states {
		if st.Up && st.Role == ha.VolumePrimary {
			list = append(list, st.Node)
		}
	}
	return list
}

// await looks at all sides of a volume until they are as they should be. What is missing then is the fault.
func (j *job) await(ctx context.Context, s *spot, v ha.Volume, limit time.Duration, missing func([]ha.VolumeState) *fault.Error) error {
	until := time.Now().Add(limit)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		states, err := j.look(ctx, s, v)
		if err != nil {
			return err
		}
		lacks := missing(states)
		if lacks == nil {
			return nil
		}
		if time.Now().After(until) {
			return lacks
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// look asks every side how it is. One that does not know the volume is told as not up.
func (j *job) look(ctx context.Context, s *spot, v ha.Volume) ([]ha.VolumeState, error) {
	var states []ha.VolumeState
	for nth, node := range v.Nodes() {
		a := j.to(node, wire.VolumeList, wire.NoArgs{})
		a.timeout, a.nth = readTime, nth
		var out wire.VolumeListOutput
		if _, err := j.send(ctx, s, a, &out); err != nil {
			return nil, err
		}
		st := ha.VolumeState{Name: v.Name, Node: node}
		if i := slices.IndexFunc(out.States, func(st ha.VolumeState) bool { return st.Name == v.Name }); i >= 0 {
			st = out.States[i]
			st.Node = node
		}
		states = append(states, st)
	}
	return states, nil
}

// unmake takes a resource that this operation has made out again, and with it the revision that made it.
func (j *job) unmake(ctx context.Context, s *spot, id string) error {
	a := j.to(j.memo.Node, wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{{Op: ha.DeleteResource, ID: id}}, Wait: true})
	a.timeout = editTime
	return j.unmakeBy(ctx, s, a)
}

// editVolume writes another configuration on all nodes, which their drivers take over at once; where one cannot, all get theirs back.
var editVolume = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.editable(m)
		if err != nil {
			return err
		}
		own, err := e.ownVolume(ctx, m, k)
		if err != nil {
			return err
		}
		p, err := own.edited(*m.Request.VolumeEdit)
		if err != nil {
			return err
		}
		m.Volumes = []volumePlan{p}
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) { return []stage{changeVolume(m.Volumes[0])}, nil },
}

// changeVolume is the stage that gives all sides of a volume another configuration.
func changeVolume(p volumePlan) stage {
	var s stage
	for _, node := range p.Volume.Nodes() {
		put := func(v ha.Volume) func(context.Context, *job, *spot) error {
			return func(ctx context.Context, j *job, s *spot) error {
				return j.side(ctx, s, node, wire.VolumeConfigure, wire.VolumeConfigureArgs{Cluster: j.op.Cluster, Volume: v, Update: true})
			}
		}
		s = append(s, step{name: "volume_change", node: node, args: volumeArgs(p.Volume), do: put(p.Volume), undo: put(p.Before[node])})
	}
	return s
}

// deleteVolume takes what runs a volume out of the cluster first, then the volume off all nodes. It is not taken back: the data stay where
// they are, and a second try goes on where the first has ended.
var deleteVolume = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.editable(m)
		if err != nil {
			return err
		}
		own, err := e.ownVolume(ctx, m, k)
		if err != nil {
			return err
		}
		v := own.shown.Volume
		cfg, err := known(k)
		if err != nil {
			return err
		}
		if users := ha.VolumeUsers(*cfg, v); len(users) > 0 {
			return fault.New(fault.Conflict, "volume.has_users", "volume %s is used by %s", v.Name, names(users)).With("volume", v.Name, "users", names(users))
		}
		if err := e.unmounted(ctx, m, k, own.shown); err != nil {
			return err
		}
		m.Volumes = []volumePlan{{Volume: v, Clone: own.shown.Resource}}
		if runner, clone := ha.VolumeRunner(cfg.Resources, v.Name); runner != nil {
			id := runner.ID
			if clone != "" {
				id = clone
			}
			m.Volumes[0].Clone = id
			m.Edits = []ha.Edit{{Op: ha.DeleteResource, ID: id}}
			return e.rehearse(ctx, m)
		}
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		v := m.Volumes[0].Volume
		var stages []stage
		if len(m.Edits) > 0 {
			stages = append(stages, stage{{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.revise(ctx, s, m.Node, m.Edits, nil)
			}}})
		}
		var remove stage
		for _, node := range v.Nodes() {
			remove = append(remove, step{name: "volume_remove", node: node, args: volumeArgs(v), do: func(ctx context.Context, j *job, s *spot) error {
				return j.removeVolume(ctx, s, node, v.Name, m.Request.Wipe)
			}})
		}
		return append(stages, remove), nil
	},
}

// unmounted refuses a volume that is mounted without the cluster's doing: to stop it would fail, and a node that cannot stop what it runs
// is fenced.
func (e *Engine) unmounted(ctx context.Context, m *memo, k fleet.Known, shown api.VolumeShown) error {
	for _, st := range shown.States {
		one, err := member(k, st.Node)
		if err != nil || st.Role != ha.VolumePrimary {
			continue
		}
		var side ha.SplitSide
		if err := e.read(ctx, m.Request.Actor, one.Host, wire.VolumeSplit, wire.VolumeNameArgs{Name: shown.Volume.Name}, &side); err != nil {
			return named(err, st.Node)
		}
		if side.Mounted != "" {
			return fault.New(fault.Conflict, "volume.mounted", "volume %s is mounted at %s on %s", shown.Volume.Name, side.Mounted, st.Node).
				With("volume", shown.Volume.Name, "path", side.Mounted, "node", st.Node)
		}
	}
	return nil
}

// edited is the plan of a change of a volume.
func (o owned) edited(in api.EditVolume) (volumePlan, error) {
	v := o.shown.Volume
	p := volumePlan{Volume: v, Before: o.each}
	p.Volume.Options = map[string]map[string]string{}
	for section, values := range v.Options {
		p.Volume.Options[section] = maps.Clone(values)
	}
	if in.Protocol != "" {
		p.Volume.Protocol = in.Protocol
	}
	var f fault.Fields
	for section, values := range in.Options {
		for name, value := range values {
			if aSecret(section, name) && value == "" {
				f.Add("options.net.shared-secret", "volume.option_elsewhere", "has a place of its own", "option", name)
				continue
			}
			if value == "" {
				delete(p.Volume.Options[section], name)
				continue
			}
			if p.Volume.Options[section] == nil {
				p.Volume.Options[section] = map[string]string{}
			}
			p.Volume.Options[section][name] = value
		}
	}
	f = append(f, fields(checkVolume(p.Volume, o.kernel), "")...)
	if len(f) == 0 && p.Volume.Protocol == v.Protocol && sameOptions(p.Volume.Options, v.Options) {
		return p, fault.New(fault.Conflict, "volume.so_already", "volume %s is so already", v.Name).With("volume", v.Name)
	}
	return p, f.Err()
}

func sameOptions(a, b map[string]map[string]string) bool {
	flat := func(o map[string]map[string]string) []string {
		var list []string
		for section, values := range o {
			for name, value := range values {
				list = append(list, strings.Join([]string{section, name, value}, "\x00"))
			}
		}
		slices.Sort(list)
		return list
	}
	return slices.Equal(flat(a), flat(b))
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
