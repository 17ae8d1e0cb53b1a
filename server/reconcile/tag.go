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

func tagged(k fleet.Known, id string) (*ha.Tag, error) {
	if cfg := k.Config.Config; cfg != nil {
		if i := slices.IndexFunc(cfg.Tags, func(t ha.Tag) bool { return t.ID == id }); i >= 0 {
			return &cfg.Tags[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "tag.not_found", "cluster %s has no tag %s", k.Setup.Name, id).With("cluster", k.Setup.Name, "tag", id)
}

func createTag(m *memo, k fleet.Known) ([]ha.Edit, error) {
	t := m.Request.Tag
	f := fields(ha.ValidateTag(*t), "")
	code := fault.Invalid
	if idTaken(k.Config.Config, t.ID) {
		f.Add("id", "resource.id_taken", "is taken", "id", t.ID)
		code = fault.Conflict
	}
	checkTagged(&f, *t, k)
	return []ha.Edit{{Op: ha.CreateTag, ID: t.ID, Tag: t}}, withCode(f.Err(), code)
}

func editTag(m *memo, k fleet.Known) ([]ha.Edit, error) {
	was, err := tagged(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	t := m.Request.Tag
	f := fields(ha.ValidateTag(*t), "")
	// What has the tag already may stay, whatever it is.
	checkTagged(&f, ha.Tag{Resources: slices.DeleteFunc(slices.Clone(t.Resources), func(id string) bool { return slices.Contains(was.Resources, id) })}, k)
	return []ha.Edit{{Op: ha.UpdateTag, ID: t.ID, Tag: t}}, f.Err()
}

func checkTagged(f *fault.Fields, t ha.Tag, k fleet.Known) {
	for i, id := range t.Resources {
		if ha.FindResource(resourcesOf(k), id) == nil {
			f.Add(fmt.Sprintf("resources[%d]", i), "resource.unknown", "there is no such resource", "resource", id)
		}
	}
}

func deleteTag(m *memo, k fleet.Known) ([]ha.Edit, error) {
	if _, err := tagged(k, m.Request.Object); err != nil {
		return nil, err
	}
	return []ha.Edit{{Op: ha.DeleteTag, ID: m.Request.Object}}, nil
}

// every stands in a condition for each resource in turn.
var every = []string{"*"}

// together is an operation that does one thing to all resources of a tag, in one patch, and then tells of each of them what became
// of it. Where one of them does not come to what was asked for, the others do all the same.
func together(one makeEdits, until wire.SettleArgs) kind {
	inner := editing(func(m *memo, k fleet.Known) ([]ha.Edit, error) {
		t, err := tagged(k, m.Request.Object)
		if err != nil {
			return nil, err
		}
		var edits []ha.Edit
		m.Affected = nil
		for _, id := range t.Resources {
			r := ha.FindResource(resourcesOf(k), id)
			if r == nil || r.Kind == ha.Template {
				continue // a tag may name whatever has an ID
			}
			m.Affected = append(m.Affected, id)
			each := *m
			each.Request.Object = id
			more, err := one(&each, k)
			if err != nil {
				return nil, err
			}
			edits = append(edits, more...)
		}
		if len(edits) == 0 {
			return nil, fault.New(fault.Conflict, "tag.no_resources", "nothing that has tag %s can be started or stopped", t.ID).With("tag", t.ID)
		}
		return edits, nil
	})
	plan := inner.plan
	inner.plan = func(e *Engine, m *memo) ([]stage, error) {
		stages, err := plan(e, m)
		if err != nil {
			return nil, err
		}
		var results stage
		for _, id := range m.Affected {
			results = append(results, step{name: "result", node: m.Node, args: map[string]string{"resource": id}, do: func(ctx context.Context, j *job, s *spot) error {
				args := wire.SettleArgs{Now: true}
				if until.Started != nil {
					args.Started = []string{id}
				}
				if until.Stopped != nil {
					args.Stopped = []string{id}
				}
				a := j.to(m.Node, wire.Settle, args)
				a.timeout = resultTime
				_, err := j.send(ctx, s, a, nil)
				return err
			}})
		}
		return append(stages, results), nil
	}
	return inner
}
