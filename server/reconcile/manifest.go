package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/api"
	"hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/manifest"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// applyManifest makes a cluster what a file says, as one patch and one revision. What it changes was worked out from one version of the
// configuration, and is made on no other.
var applyManifest = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.editable(m)
		if err != nil {
			return err
		}
		p, volumes, databases, version, err := e.compared(ctx, m.Request.Actor, k, *m.Request.Manifest)
		m.Request.Manifest = nil // what follows from it is in the edits; the rest are secrets
		if err != nil {
			return err
		}
		m.Request.Version, m.Edits, m.Volumes, m.Databases = version, p.Edits, volumes.plans(), databases
		for i := range m.Edits {
			if r := m.Edits[i].Resource; r != nil {
				hidden := *r
				if err := e.hideIn(ctx, m, m.Host, &hidden); err != nil {
					return err
				}
				m.Edits[i].Resource = &hidden
			}
		}
		if len(m.Secrets) > 0 {
			if err := allConnected(k, ""); err != nil {
				return err
			}
		}
		m.Obsolete = obsolete(m, k)
		if len(m.Edits) == 0 {
			return nil
		}
		_, err = e.tryOut(ctx, m.Request.Actor, m.Host, m.Node, p, m.Edits, version)
		return err
	},
	plan: func(e *Engine, m *memo) ([]stage, error) {
		return withSecrets(kind{plan: func(_ *Engine, m *memo) ([]stage, error) {
			var stages []stage
			for _, p := range m.Volumes {
				if p.Before == nil {
					stages = append(stages, makeVolume(p)...)
				} else {
					stages = append(stages, changeVolume(p))
				}
			}
			edit := step{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				if len(m.Edits) == 0 {
					return errSkip // the cluster is what the file says
				}
				if err := j.revise(ctx, s, m.Node, m.Edits, m.Request.Version); err != nil {
					return err
				}
				return j.carryEdit(ctx)
			}}
			if len(m.Databases) > 0 { // they come later, and may fail
				edit.undo = func(ctx context.Context, j *job, s *spot) error { return j.unmakeEdit(ctx, s) }
			}
			stages = append(stages, stage{edit})
			for _, p := range m.Databases {
				stages = append(stages, makeDatabase(m.Node, p)...)
			}
			return stages, nil
		}}).plan(e, m)
	},
}

// compared reads a file and works out what it asks for. What runs new volumes comes first among the edits: others name it.
func (e *Engine) compared(ctx context.Context, actor string, k fleet.Known, in api.ManifestChange) (manifest.Plan, fileVolumes, []databasePlan, *ha.Version, error) {
	none := func(err error) (manifest.Plan, fileVolumes, []databasePlan, *ha.Version, error) {
		return manifest.Plan{}, fileVolumes{}, nil, nil, err
	}
	cfg, err := known(k)
	if err != nil {
		return none(err)
	}
	d, places, err := manifest.Read([]byte(in.YAML), in.Files)
	if err != nil {
		return none(err)
	}
	if d.Cluster != k.Setup.Name {
		var f fault.Fields
		f.Add("cluster", "manifest.other_cluster", "it is the file of another cluster", "cluster", d.Cluster, "want", k.Setup.Name, "line", strconv.Itoa(places["cluster"]))
		return none(f.Err())
	}
	d.Keep(*cfg)
	d.KeepDatabases(*cfg)
	p, err := manifest.Compare(*cfg, d, places)
	if err != nil {
		return none(err)
	}
	volumes, err := e.volumesOf(ctx, actor, k, d, places)
	if err != nil {
		return none(err)
	}
	p.Edits, p.At = append(volumes.edits, p.Edits...), append(volumes.at, p.At...)
	version := cfg.Version
	databases, err := e.databasesOf(ctx, actor, k, d, volumes.made)
	if err != nil {
		return none(err)
	}
	return p, volumes, databases, &version, nil
}

// known returns the configuration of a cluster that has told it.
func known(k fleet.Known) (*ha.Config, error) {
	if k.Config.Config == nil {
		return nil, fault.New(fault.Unreachable, "verdict.no_report", "no node has reported yet")
	}
	return k.Config.Config, nil
}

// tryOut has a node try edits on its copy of the configuration, and puts what it refuses where the file has it.
func (e *Engine) tryOut(ctx context.Context, actor, host, node string, p manifest.Plan, edits []ha.Edit, version *ha.Version) ([]ha.Difference, error) {
	var out wire.EditOutput
	err := e.read(ctx, actor, host, wire.EditConfig, wire.EditArgs{Edits: edits, Expect: version, DryRun: true}, &out)
	told := fault.Public(err)
	if told == nil || len(told.Fields) == 0 {
		return out.Differences, named(err, node)
	}
	moved := *told
	moved.Fields = slices.Clone(told.Fields)
	for i, f := range moved.Fields {
		found := editPath.FindStringSubmatch(f.Path)
		if found == nil {
			continue
		}
		n, err := strconv.Atoi(found[1])
		if err != nil || n >= len(p.At) {
			continue
		}
		moved.Fields[i].Path = strings.TrimSuffix(p.At[n]+"."+f.Path[len(found[0]):], ".")
	}
	return nil, &moved
}

// Manifest writes a cluster's configuration as a file, with its set-up where that is asked for. Volumes that others have configured are left
// out: applying a file could not make them.
func (e *Engine) Manifest(ctx context.Context, cluster string, setup bool) (api.Manifest, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.Manifest{}, err
	}
	cfg, err := known(k)
	if err != nil {
		return api.Manifest{}, err
	}
	comment := ""
	if n := len(cfg.Other); n > 0 {
		comment = fmt.Sprintf("The cluster keeps what is not in this file / 本文件之外，集群另行保留：%s", strings.Join(others(cfg.Other), ", "))
	}
	d := manifest.From(cluster, *cfg)
	for _, v := range e.volumes(ctx, Self, k) {
		if minor := drbd.Minor(v.Volume.Device); !v.Volume.Foreign && (minor >= 0 || v.Volume.Driver == ha.Mirror) {
			d.Volumes = append(d.Volumes, manifest.VolumeOf(v.Volume, minor))
		}
	}
	if setup {
		d.Setup = &k.Setup
	}
	text, err := d.Bytes(comment)
	return api.Manifest{Cluster: cluster, Version: cfg.Version, YAML: string(text)}, err
}

// Migrate carries the file of a cluster over to other machines. Nothing is changed.
func (e *Engine) Migrate(in api.MigrationRequest) (api.Migration, error) {
	d, _, err := manifest.Read([]byte(in.YAML), in.Files)
	if err != nil {
		return api.Migration{}, err
	}
	m, err := manifest.ReadMapping([]byte(in.Mapping), in.Files)
	if err != nil {
		f := fault.Public(err)
		moved := *f
		moved.Fields = fields(err, "mapping.")
		return api.Migration{}, &moved
	}
	moved, setup, err := d.Migrate(m)
	if err != nil {
		return api.Migration{}, err
	}
	text, err := moved.Bytes("")
	return api.Migration{Cluster: moved.Cluster, Setup: setup, YAML: string(text), Differences: differences(d, moved)}, err
}

// differences are those of two documents, as a list also where there are none.
func differences(before, after manifest.Document) []ha.Difference {
	return append([]ha.Difference{}, manifest.Differences(before, after)...)
}

// ReadManifest says what stands in the file of a cluster that is to be carried over, and what a mapping has to answer.
func (e *Engine) ReadManifest(in api.ManifestFile) (api.ManifestContents, error) {
	d, _, err := manifest.Read([]byte(in.YAML), in.Files)
	if err != nil {
		return api.ManifestContents{}, err
	}
	if d.Setup == nil {
		var f fault.Fields
		f.Add("setup", "migrate.no_setup", "the file does not say what nodes and links there are")
		return api.ManifestContents{}, f.Err()
	}
	out := api.ManifestContents{Cluster: d.Cluster, Resources: d.Resources, Constraints: len(d.Constraints)}
	links := d.Setup.LinkList()
	for i, l := range links {
		if l.Kind == ha.DiskLink {
			out.Stays = append(out.Stays, "disk_heartbeat")
			continue
		}
		out.Links = append(out.Links, api.ManifestLink{Number: l.Number})
		for _, n := range d.Setup.Nodes {
			address := ""
			if i < len(n.Addresses) {
				address = n.Addresses[i]
			}
			last := &out.Links[len(out.Links)-1]
			last.Addresses = append(last.Addresses, address)
		}
	}
	for _, n := range d.Setup.Nodes {
		out.Nodes = append(out.Nodes, n.Name)
	}
	if q := d.Setup.Quorum; q != nil && q.Device != nil {
		out.Stays = append(out.Stays, "quorum_device")
	}
	for _, n := range d.Needs() {
		out.Needs = append(out.Needs, api.MappingNeed{Kind: string(n.Kind), Value: n.Value, Resource: n.Resource, Parameter: n.Parameter, Path: n.At})
	}
	return out, nil
}

// CompareManifest says what a cluster has otherwise than a file. Secrets are not compared.
func (e *Engine) CompareManifest(cluster string, in api.ManifestFile) (api.ManifestComparison, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.ManifestComparison{}, err
	}
	cfg, err := known(k)
	if err != nil {
		return api.ManifestComparison{}, err
	}
	d, _, err := manifest.Read([]byte(in.YAML), in.Files)
	if err != nil {
		return api.ManifestComparison{}, err
	}
	return api.ManifestComparison{Version: cfg.Version, Differences: differences(d, manifest.From(cluster, *cfg))}, nil
}

// others names the elements that Hawser keeps without a word for them, each once.
func others(list []ha.Fragment) []string {
	var names []string
	for _, f := range list {
		if !slices.Contains(names, f.Path) {
			names = append(names, f.Path)
		}
	}
	return names
}

// PlanManifest says what applying a file would change. Nothing is changed.
func (e *Engine) PlanManifest(ctx context.Context, actor, cluster string, in api.ManifestChange) (api.ManifestPlan, error) {
	m := memo{Request: Request{Cluster: cluster, Version: in.Version, Actor: actor}}
	k, err := e.editable(&m)
	if err != nil {
		return api.ManifestPlan{}, e.explained(ctx, cluster, in.Version, "", err)
	}
	p, volumes, databases, version, err := e.compared(ctx, actor, k, in)
	if err != nil {
		return api.ManifestPlan{}, err
	}
	out := api.ManifestPlan{Version: *version, Edits: len(p.Edits) + len(volumes.plans()) + len(databases), Differences: append([]ha.Difference{}, volumes.differences...)}
	for _, p := range databases {
		out.Differences = append(out.Differences, p.difference())
	}
	if len(p.Edits) == 0 {
		return out, nil
	}
	list, err := e.tryOut(ctx, actor, m.Host, m.Node, p, p.Edits, version)
	out.Differences = append(out.Differences, list...)
	return out, err
}

// CompareRevisions compares the configurations after two revisions; 0 is the configuration as it is now.
func (e *Engine) CompareRevisions(ctx context.Context, actor, cluster string, from, to int) (api.Comparison, error) {
	m := memo{Request: Request{Cluster: cluster}}
	k, err := e.editable(&m)
	if err != nil {
		return api.Comparison{}, err
	}
	out := api.Comparison{Cluster: cluster, Differences: []ha.Difference{}}
	var args wire.CompareArgs
	if out.From, args.BeforeXML, err = e.after(ctx, k, from); err != nil {
		return out, err
	}
	if out.To, args.AfterXML, err = e.after(ctx, k, to); err != nil {
		return out, err
	}
	var got wire.CompareOutput
	if err := e.read(ctx, actor, m.Host, wire.Compare, args, &got); err != nil {
		return out, named(err, m.Node)
	}
	if got.Differences != nil {
		out.Differences = got.Differences
	}
	return out, nil
}

// after returns a configuration as it was after a revision.
func (e *Engine) after(ctx context.Context, k fleet.Known, number int) (api.RevisionHead, string, error) {
	if number == 0 {
		cfg, err := known(k)
		if err != nil {
			return api.RevisionHead{}, "", err
		}
		return api.RevisionHead{Version: cfg.Version}, k.Config.XML, nil
	}
	r, bodies, err := e.o.Store.Revision(ctx, k.Setup.Name, number)
	if err != nil {
		return api.RevisionHead{}, "", err
	}
	if bodies.After == "" {
		return api.RevisionHead{}, "", fault.New(fault.Conflict, "revision.no_body", "revision %d has left no configuration to compare", number).
			With("revision", strconv.Itoa(number), "state", r.State)
	}
	return api.RevisionHead{Number: r.Number, At: r.At, Author: r.Author, Version: r.Version}, bodies.After, nil
}

// Options lists the cluster's properties as the installed Pacemaker describes them, with what is set, and the defaults that are set.
func (e *Engine) Options(ctx context.Context, actor, cluster, language string) ([]api.ClusterOption, error) {
	m := memo{Request: Request{Cluster: cluster}}
	k, err := e.editable(&m)
	if err != nil {
		return nil, err
	}
	cfg, err := known(k)
	if err != nil {
		return nil, err
	}
	var got wire.OptionsOutput
	if err := e.read(ctx, actor, m.Host, wire.Options, wire.OptionsArgs{Language: language}, &got); err != nil {
		return nil, named(err, m.Node)
	}
	const advanced = "*** Advanced Use Only ***"
	var list []api.ClusterOption
	described := map[string]bool{}
	for _, p := range got.Options {
		described[p.Name] = true
		o := api.ClusterOption{AgentParameter: p, Scope: "property", Own: slices.Contains(pacemakersProperties, p.Name), Advanced: strings.Contains(p.Short, advanced)}
		o.Short = strings.TrimSpace(strings.Replace(p.Short, advanced, "", 1))
		o.Value, o.Set = cfg.Properties[p.Name]
		list = append(list, o)
	}
	list = append(list, undescribed("property", cfg.Properties, described)...)
	list = append(list, undescribed("resource", cfg.ResourceDefaults, nil)...)
	list = append(list, undescribed("operation", cfg.OperationDefaults, nil)...)
	for i, o := range list {
		if o.Scope == "property" {
			list[i].Dangers = ha.DangersOf(o.Name)
			list[i].Dangerous = ha.DangerOf(o.Name, o.Value)
		}
	}
	return list, nil
}

// undescribed lists options that are set and that Pacemaker does not describe.
func undescribed(scope string, values map[string]string, known map[string]bool) []api.ClusterOption {
	var list []api.ClusterOption
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !known[name] {
			list = append(list, api.ClusterOption{
				AgentParameter: ha.AgentParameter{Name: name, Type: "string"}, Scope: scope, Value: values[name], Set: true,
				Own: scope == "property" && slices.Contains(pacemakersProperties, name),
			})
		}
	}
	return list
}
