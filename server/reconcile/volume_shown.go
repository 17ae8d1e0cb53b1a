package reconcile

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// listTime bounds how long a node is waited for that is to tell of its volumes: a person waits for the list, and the others' answers say
// most of it.
const listTime = 5 * time.Second

// told is what the nodes of a cluster say of one volume.
type told struct {
	each   map[string]ha.Volume // its configuration, by node
	states []ha.VolumeState
}

// askVolumes asks all members at once what is configured there and how it is. Of one that does not answer, what it reported last counts.
func (e *Engine) askVolumes(ctx context.Context, actor string, k fleet.Known) map[string]*told {
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	answers := make([]*wire.VolumeListOutput, len(k.Members))
	eachMember(k.Members, func(i int, one fleet.Member) {
		var out wire.VolumeListOutput
		if one.Connected && e.read(ctx, actor, one.Host, wire.VolumeList, wire.NoArgs{}, &out) == nil {
			answers[i] = &out
		}
	})
	all := map[string]*told{}
	of := func(name string) *told {
		if all[name] == nil {
			all[name] = &told{each: map[string]ha.Volume{}}
		}
		return all[name]
	}
	for i, one := range k.Members {
		if answers[i] == nil {
			if k.State == nil || !one.Connected {
				continue
			}
			for _, st := range k.State.Volumes {
				if st.Node == one.Node {
					of(st.Name).states = append(of(st.Name).states, st)
				}
			}
			continue
		}
		for _, v := range answers[i].Volumes {
			of(v.Name).each[one.Node] = v
		}
		for _, st := range answers[i].States {
			st.Node = one.Node
			of(st.Name).states = append(of(st.Name).states, st)
		}
	}
	return all
}

// Volumes lists the volumes of a cluster, as all its nodes see them.
func (e *Engine) Volumes(ctx context.Context, actor, cluster string) ([]api.VolumeShown, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return nil, err
	}
	return e.volumes(ctx, actor, k), nil
}

func (e *Engine) volumes(ctx context.Context, actor string, k fleet.Known) []api.VolumeShown {
	list := []api.VolumeShown{}
	for name, t := range e.askVolumes(ctx, actor, k) {
		list = append(list, t.show(name, k))
	}
	slices.SortFunc(list, func(a, b api.VolumeShown) int { return strings.Compare(a.Volume.Name, b.Volume.Name) })
	return list
}

// Volume shows one volume.
func (e *Engine) Volume(ctx context.Context, actor, cluster, volume string) (api.VolumeShown, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.VolumeShown{}, err
	}
	return e.volume(ctx, actor, k, volume)
}

func (e *Engine) volume(ctx context.Context, actor string, k fleet.Known, volume string) (api.VolumeShown, error) {
	t := e.askVolumes(ctx, actor, k)[volume]
	if t == nil {
		return api.VolumeShown{}, errNoVolume(k, volume)
	}
	return t.show(volume, k), nil
}

func errNoVolume(k fleet.Known, volume string) error {
	return fault.New(fault.NotFound, "volume.not_found", "cluster %s has no volume %s", k.Setup.Name, volume).With("cluster", k.Setup.Name, "volume", volume)
}

// show puts together what the nodes say.
func (t *told) show(name string, k fleet.Known) api.VolumeShown {
	s := api.VolumeShown{Volume: ha.Volume{Name: name, Driver: ha.DRBD, Replicas: []ha.Replica{}}, States: []ha.VolumeState{}, Findings: []ha.Finding{}}
	s.States = append(s.States, t.states...)
	first := true
	for _, m := range k.Members {
		v, has := t.each[m.Node]
		switch {
		case !has:
		case first:
			s.Volume, first = v, false
		case !sameVolume(s.Volume, v):
			s.Differing = append(s.Differing, m.Node)
		}
	}
	if first && len(s.States) > 0 { // no node has told its configuration: what is seen of it must do
		st := s.States[0]
		s.Volume.Driver, s.Volume.Device, s.Volume.Protocol = cmp.Or(st.Driver, ha.DRBD), st.Device, st.Protocol
		s.Volume.Replicas = append(s.Volume.Replicas, ha.Replica{Node: st.Node})
		for _, p := range st.Peers {
			s.Volume.Replicas = append(s.Volume.Replicas, ha.Replica{Node: p.Node})
		}
	}
	s.Verdict, s.UpToDate = ha.JudgeVolume(s.Volume, s.States)
	if cfg := k.Config.Config; cfg != nil {
		if runner, clone := ha.VolumeRunner(cfg.Resources, name); runner != nil {
			s.Resource = clone
		}
		if users := ha.VolumeUsers(*cfg, s.Volume); len(users) > 0 {
			s.User = users[0]
		}
	}
	if !first && s.Volume.Driver == ha.DRBD {
		s.Findings = append(s.Findings, drbd.Findings(s.Volume, judgement(k))...)
	}
	return s
}

// judgement is what has to be known of a cluster in order to judge the configuration of a volume.
func judgement(k fleet.Known) drbd.Context {
	var c drbd.Context
	if cfg := k.Config.Config; cfg != nil {
		fences := cfg.Fences()
		c.Fencing = &fences
	}
	return c
}

// sameVolume says whether two nodes have one configuration of a volume. Where it stands, and who wrote it, may differ.
func sameVolume(a, b ha.Volume) bool {
	return a.Driver == b.Driver && a.Device == b.Device && a.Protocol == b.Protocol && slices.Equal(a.Replicas, b.Replicas) && sameOptions(a.Options, b.Options) &&
		sameOptions(a.Inherited, b.Inherited)
}

// Findings are what is unsafe in a cluster, in its volumes too, worst first. Nodes are asked for the latter.
func (e *Engine) Findings(ctx context.Context, actor, cluster string) ([]ha.Finding, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return nil, err
	}
	all, err := e.o.Picture.Findings(ctx, cluster)
	if err != nil {
		return nil, err
	}
	for _, v := range e.volumes(ctx, actor, k) {
		all = append(all, v.Findings...)
	}
	ha.SortFindings(all)
	return all, nil
}

// ParseVolumes reads a configuration of DRBD and says what is wrong with it. Nothing is changed.
func (e *Engine) ParseVolumes(in api.VolumeText) (api.VolumeReading, error) {
	r, err := drbd.Read(in.Text)
	if err != nil {
		return api.VolumeReading{}, err
	}
	out := api.VolumeReading{Volumes: append([]ha.Volume{}, r.Volumes...), Findings: append([]ha.Finding{}, r.Findings...)}
	for _, v := range r.Volumes {
		out.Findings = append(out.Findings, drbd.Findings(v, drbd.Context{})...)
	}
	return out, nil
}

// owned is a volume that Hawser has made and may change, as each node has it.
type owned struct {
	shown  api.VolumeShown
	each   map[string]ha.Volume
	kernel string
}

// ownVolume returns the volume of a request where it may be changed: all its nodes can be asked, and the file is Hawser's.
func (e *Engine) ownVolume(ctx context.Context, m *memo, k fleet.Known) (owned, error) {
	name := m.Request.Object
	t := e.askVolumes(ctx, m.Request.Actor, k)[name]
	if t == nil {
		return owned{}, errNoVolume(k, name)
	}
	o := owned{shown: t.show(name, k), each: t.each}
	for node, v := range t.each {
		if v.Foreign {
			return o, fault.New(fault.Conflict, "volume.foreign", "%s on %s was not written by Hawser", v.File, node).With("volume", name, "node", node, "file", v.File)
		}
	}
	for _, node := range o.shown.Volume.Nodes() {
		one, err := member(k, node)
		switch {
		case err != nil:
			return o, err
		case !one.Connected:
			return o, errAway(one)
		}
		var seen ha.VolumeInspection
		args := wire.VolumeInspectArgs{Driver: o.shown.Volume.Driver, Disk: o.shown.Volume.On(node).Disk}
		if err := e.read(ctx, m.Request.Actor, one.Host, wire.VolumeInspect, args, &seen); err != nil {
			return o, named(err, node)
		}
		if o.kernel == "" || seen.Driver != "" && seen.Driver < o.kernel {
			o.kernel = seen.Driver
		}
	}
	return o, nil
}
