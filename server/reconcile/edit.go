package reconcile

import (
	"context"
	"fmt"
	"slices"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// kinds are the operations by their routes.
var kinds = map[string]kind{
	"cluster.create":       create,
	"cluster.destroy":      destroy,
	"cluster.start":        startCluster,
	"cluster.stop":         stopCluster,
	"cluster.restart":      restartCluster,
	"cluster.properties":   editing(editProperties),
	"defaults.set":         editing(editDefaults),
	"node.add":             byNode(addRemote, carrySecrets(addNode)),
	"node.remove":          byNode(removeRemote, removeNode),
	"node.start":           byNode(startRemote, startNode),
	"node.stop":            byNode(stopRemote, stopNode),
	"node.fence":           fenceNode,
	"node.standby":         editing(nodeAttribute("standby", "on")),
	"node.unstandby":       editing(nodeAttribute("standby", "")),
	"node.maintenance":     editing(nodeAttribute("maintenance", "true")),
	"node.unmaintenance":   editing(nodeAttribute("maintenance", "")),
	"resource.create":      withSecrets(editing(createResource)),
	"resource.edit":        withSecrets(editing(editResource)),
	"resource.delete":      withSecrets(editing(deleteResource)),
	"resource.start":       editing(startResource),
	"resource.stop":        editing(stopResource),
	"resource.restart":     asking(wire.Restart, "restart"),
	"resource.move":        moving("move"),
	"resource.ban":         moving("ban"),
	"resource.clear":       editing(clearResource),
	"resource.cleanup":     asking(wire.Cleanup, "clean"),
	"resource.refresh":     asking(wire.Cleanup, "refresh"),
	"cluster.cleanup":      asking(wire.Cleanup, "clean"),
	"resource.place":       editing(placeResource),
	"resource.prefer":      editing(preferNodes),
	"resource.failback":    editing(setFailback),
	"resource.utilization": editing(resourceUtilization),
	"node.attributes":      editing(nodeAttributes),
	"health.set":           editing(setHealth),
	"health.unset":         editing(unsetHealth),
	"node.utilization":     editing(nodeUtilization),
	"resource.manage":      editing(manageResource),
	"resource.unmanage":    editing(unmanageResource),
	"constraint.create":    editing(createConstraint),
	"constraint.edit":      editing(editConstraint),
	"constraint.delete":    editing(deleteConstraint),
	"attributes.create":    editing(putAttributes),
	"attributes.edit":      editing(putAttributes),
	"attributes.delete":    editing(deleteAttributes),
	"service.spread":       editing(spread),
	"service.database":     createDatabase,
	"tag.create":           editing(createTag),
	"tag.edit":             editing(editTag),
	"tag.delete":           editing(deleteTag),
	"tag.start":            together(startResource, wire.SettleArgs{Started: every}),
	"tag.stop":             together(stopResource, wire.SettleArgs{Stopped: every}),
	"fence.levels":         editing(setLevels),
	"fence.test":           testFence,
	"ping.create":          editing(createPing),
	"sbd.set":              setSBD,
	"sbd.remove":           removeSBD,
	"revision.revert":      revert,
	"node.sync":            syncNode,
	"diskhb.enable":        enableDisk,
	"diskhb.disable":       disableDisk,
	"link.add":             reconfiguring(addLink),
	"link.edit":            reconfiguring(editLink),
	"link.remove":          reconfiguring(removeLink),
	"timing.set":           reconfiguring(setTiming),
	"quorum.edit":          reconfiguring(editQuorum),
	"cluster.adopt":        adopt,
	"config.apply":         applyManifest,
	"check.fix":            mending,
	"qdevice.set":          setDevice,
	"qdevice.remove":       removeDevice,
	"volume.create":        createVolume,
	"volume.edit":          editVolume,
	"volume.delete":        deleteVolume,
	"volume.act":           actOnVolume,
	"volume.resolve":       resolveSplit,
}

// makeEdits checks a request and returns what is to be changed.
type makeEdits func(m *memo, k fleet.Known) ([]ha.Edit, error)

// editing is an operation that is one patch of the configuration. An agent makes it whole or not at all, so there is nothing
// to take back here.
func editing(edits makeEdits) kind {
	return kind{
		check: func(ctx context.Context, e *Engine, m *memo) error {
			k, err := e.editable(m)
			if err != nil {
				return err
			}
			if m.Edits, err = edits(m, k); err != nil {
				return err
			}
			return e.rehearse(ctx, m)
		},
		plan: func(_ *Engine, m *memo) ([]stage, error) {
			return []stage{{{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.revise(ctx, s, m.Node, m.Edits, m.Request.Version)
			}}}}, nil
		},
	}
}

// editable resolves a cluster whose configuration may be changed, and refuses what was made from an older one.
func (e *Engine) editable(m *memo) (fleet.Known, error) {
	k, err := e.o.Picture.Known(m.Request.Cluster)
	if err != nil {
		return k, err
	}
	if err := m.choose(k, ""); err != nil {
		return k, err
	}
	if v, cfg := m.Request.Version, k.Config.Config; v != nil && cfg != nil && !v.SameConfig(cfg.Version) {
		return k, fault.New(fault.Conflict, "config.stale", "the configuration has changed since: it was %d.%d, now it is %d.%d",
			v.AdminEpoch, v.Epoch, cfg.Version.AdminEpoch, cfg.Version.Epoch).
			With("seen", fmt.Sprintf("%d.%d", v.AdminEpoch, v.Epoch), "now", fmt.Sprintf("%d.%d", cfg.Version.AdminEpoch, cfg.Version.Epoch))
	}
	return k, nil
}

// keepRunning is the resource that must go on running while it is changed.
func (m *memo) keepRunning() string {
	if m.Request.KeepRunning {
		return m.Request.Object
	}
	return ""
}

func editProperties(m *memo, _ fleet.Known) ([]ha.Edit, error) {
	r := m.Request
	f := fields(ha.ValidateValues("set", r.Set), "")
	for i, name := range r.Unset {
		if _, both := r.Set[name]; both {
			f.Add(fmt.Sprintf("unset[%d]", i), "properties.both", "is set and removed at once", "name", name)
		}
	}
	for _, name := range []string{"dc-version", "cluster-infrastructure", "have-watchdog"} {
		if _, given := r.Set[name]; given || slices.Contains(r.Unset, name) {
			f.Add("set."+name, "properties.own", "Pacemaker sets it itself", "name", name)
		}
	}
	if len(r.Set)+len(r.Unset) == 0 {
		f.Add("set", "field.required", "missing")
	}
	return []ha.Edit{{Op: ha.SetProperties, Values: r.Set, Unset: r.Unset}}, f.Err()
}

// nodeAttribute sets a permanent attribute of a node, or removes it where value is empty.
func nodeAttribute(name, value string) makeEdits {
	return func(m *memo, k fleet.Known) ([]ha.Edit, error) {
		node := m.Request.Object
		if err := nodeConfigured(k, node); err != nil {
			return nil, err
		}
		e := ha.Edit{Op: ha.SetNodeAttributes, Node: node}
		if value == "" {
			e.Unset = []string{name}
		} else {
			e.Values = map[string]string{name: value}
		}
		return []ha.Edit{e}, nil
	}
}

func createResource(m *memo, k fleet.Known) ([]ha.Edit, error) {
	r := m.Request
	if err := checkResource(k, r.Resource); err != nil {
		return nil, err
	}
	var f fault.Fields
	if r.Resource.Agent == ha.RemoteAgent {
		f.Add("resource.agent", "remote.use_node_add", "add the remote node instead: its host needs a key and a daemon", "id", r.Resource.ID)
	}
	if r.Group != "" {
		group := (*ha.Resource)(nil)
		if k.Config.Config != nil {
			group = ha.FindResource(k.Config.Config.Resources, r.Group)
		}
		switch {
		case group == nil:
			f.Add("group", "resource.unknown", "there is no such resource", "resource", r.Group)
		case group.Kind != ha.Group:
			f.Add("group", "resource.no_group", "is no group", "resource", r.Group)
		case r.Resource.Kind != ha.Primitive:
			f.Add("resource.kind", "resource.nested", "cannot be inside another", "id", r.Resource.ID, "kind", string(r.Resource.Kind))
		}
	}
	edits := []ha.Edit{{Op: ha.CreateResource, ID: r.Resource.ID, Resource: r.Resource, Group: r.Group}}
	for i, c := range r.Constraints {
		at := fmt.Sprintf("constraints[%d].", i)
		checkConstraint(&f, at, c, k, r.Resource)
		if idTaken(k.Config.Config, c.ID) || ha.FindResource([]ha.Resource{*r.Resource}, c.ID) != nil {
			f.Add(at+"id", "resource.id_taken", "is taken", "id", c.ID)
		}
		edits = append(edits, ha.Edit{Op: ha.CreateConstraint, ID: c.ID, Constraint: &r.Constraints[i]})
	}
	return edits, f.Err()
}

func editResource(m *memo, k fleet.Known) ([]ha.Edit, error) {
	r := m.Request
	now, err := configured(k, r.Object)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	if r.Resource.ID != r.Object {
		f.Add("resource.id", "resource.id_fixed", "an ID cannot be changed", "id", r.Object)
	}
	if r.Resource.Kind != now.Kind {
		f.Add("resource.kind", "resource.kind_fixed", "a kind cannot be changed", "kind", string(now.Kind))
	}
	if r.Resource.Agent != now.Agent {
		f.Add("resource.agent", "resource.agent_fixed", "an agent cannot be changed", "agent", now.Agent)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	changed := *r.Resource
	if len(changed.Members) == 0 {
		changed.Members = now.Members // an edit is about the resource itself
	}
	// Only what is new is checked: clusters of other makers hold much that Hawser would not let pass.
	if f = fields(ha.ValidateResource(ha.News(changed, *now)), "resource."); len(f) > 0 {
		return nil, f.Err()
	}
	return []ha.Edit{{Op: ha.UpdateResource, ID: r.Object, Resource: &changed}}, nil
}

// configured returns a resource as it is configured.
func configured(k fleet.Known, id string) (*ha.Resource, error) {
	if k.Config.Config != nil {
		if r := ha.FindResource(k.Config.Config.Resources, id); r != nil {
			return r, nil
		}
	}
	return nil, fault.New(fault.NotFound, "resource.not_found", "cluster %s has no resource %s", k.Setup.Name, id).
		With("cluster", k.Setup.Name, "resource", id)
}

// withMembers returns a resource and all that it holds.
func withMembers(r ha.Resource) []ha.Resource {
	list := []ha.Resource{r}
	for _, m := range r.Members {
		list = append(list, withMembers(m)...)
	}
	return list
}

// startResource takes back what was asked of the resource or its members: there is no other word for "should run".
func startResource(m *memo, k fleet.Known) ([]ha.Edit, error) {
	return unsetMeta(m, k, "target-role")
}

func manageResource(m *memo, k fleet.Known) ([]ha.Edit, error) {
	return unsetMeta(m, k, "is-managed")
}

func unsetMeta(m *memo, k fleet.Known, name string) ([]ha.Edit, error) {
	r, err := configured(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	var edits []ha.Edit
	for i, each := range withMembers(*r) {
		if _, has := each.Meta[name]; has || i == 0 {
			edits = append(edits, ha.Edit{Op: ha.SetMeta, ID: each.ID, Unset: []string{name}})
		}
	}
	return edits, nil
}

func stopResource(m *memo, k fleet.Known) ([]ha.Edit, error) {
	return setMeta(m, k, "target-role", "Stopped")
}

func unmanageResource(m *memo, k fleet.Known) ([]ha.Edit, error) {
	return setMeta(m, k, "is-managed", "false")
}

func setMeta(m *memo, k fleet.Known, name, value string) ([]ha.Edit, error) {
	r, err := configured(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	return []ha.Edit{{Op: ha.SetMeta, ID: r.ID, Values: map[string]string{name: value}}}, nil
}

func createConstraint(m *memo, k fleet.Known) ([]ha.Edit, error) {
	c := m.Request.Constraints[0]
	var f fault.Fields
	checkConstraint(&f, "", c, k, nil)
	if err := f.Err(); err != nil {
		return nil, err
	}
	if idTaken(k.Config.Config, c.ID) {
		f.Add("id", "resource.id_taken", "is taken", "id", c.ID)
		return nil, withCode(f.Err(), fault.Conflict)
	}
	return []ha.Edit{{Op: ha.CreateConstraint, ID: c.ID, Constraint: &c}}, nil
}

func deleteConstraint(m *memo, k fleet.Known) ([]ha.Edit, error) {
	id := m.Request.Object
	if cfg := k.Config.Config; cfg == nil || !slices.ContainsFunc(cfg.Constraints, func(c ha.Constraint) bool { return c.ID == id }) {
		return nil, fault.New(fault.NotFound, "constraint.not_found", "cluster %s has no constraint %s", k.Setup.Name, id).
			With("cluster", k.Setup.Name, "constraint", id)
	}
	return []ha.Edit{{Op: ha.DeleteConstraint, ID: id}}, nil
}

// deleteResource: the agent stops what runs before it deletes it, and deletes nothing that does not stop.
func deleteResource(m *memo, k fleet.Known) ([]ha.Edit, error) {
	r, err := configured(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	edits := []ha.Edit{{Op: ha.DeleteResource, ID: r.ID}}
	for _, node := range ha.Remotes([]ha.Resource{*r}) {
		if node.Kind == ha.RemoteNode {
			return nil, fault.New(fault.Conflict, "remote.remove_node", "%s connects to a remote node; remove node %s instead", r.ID, node.Name).
				With("resource", r.ID, "node", node.Name)
		}
		edits = append(edits, ha.Edit{Op: ha.RemoveNode, Node: node.Name}) // with what carries it the guest is gone
	}
	return edits, nil
}

// asking is an operation that is one command to one node and leaves the configuration as it was.
func asking(name wire.CommandName, stepName string) kind {
	return kind{
		check: func(_ context.Context, e *Engine, m *memo) error {
			k, err := e.editable(m)
			if err != nil {
				return err
			}
			if m.Request.Object != "" || m.Request.Kind != "cluster.cleanup" {
				if _, err := configured(k, m.Request.Object); err != nil {
					return err
				}
			}
			if m.Request.Target != "" {
				return nodeConfigured(k, m.Request.Target)
			}
			return nil
		},
		plan: func(_ *Engine, m *memo) ([]stage, error) {
			return []stage{{{name: stepName, node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				id, target := m.Request.Object, m.Request.Target
				a := j.to(m.Node, name, wire.RestartArgs{Resource: id})
				a.timeout = moveTime
				if name == wire.Cleanup {
					a.args = wire.CleanupArgs{Resource: id, Node: target, Refresh: stepName == "refresh"}
				}
				return j.without(ctx, s, a)
			}}}}, nil
		},
	}
}

// without sends a command that leaves the configuration as it was, whatever it changes meanwhile.
func (j *job) without(ctx context.Context, s *spot, a ask) error {
	return j.e.whileEditing(ctx, j.op.Cluster, func() (*wire.EditOutput, error) {
		var out wire.EditOutput
		told, err := j.send(ctx, s, a, &out)
		if !told {
			return nil, err
		}
		return &out, err
	})
}
