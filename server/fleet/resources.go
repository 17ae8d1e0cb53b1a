package fleet

import (
	"context"
	"slices"
	"strings"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Resources returns the resources of a cluster, flat, what holds others before what it holds.
func (f *Fleet) Resources(_ context.Context, name string) ([]api.Resource, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return nil, err
	}
	cfg, st := f.known(c)
	return resources(cfg, st), nil
}

func (f *Fleet) known(c *cluster) (*ha.Config, *ha.State) {
	cfg := c.Cluster.Config
	if cfg == nil {
		cfg = &ha.Config{}
	}
	st, _ := f.observed(c)
	if st == nil {
		st = &ha.State{}
	}
	return cfg, st
}

// Resource returns one resource with all that is known of it.
func (f *Fleet) Resource(_ context.Context, name, id string) (api.Resource, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return api.Resource{}, err
	}
	cfg, st := f.known(c)
	for _, r := range resources(cfg, st) {
		if r.ID != id {
			continue
		}
		r.Config = ha.FindResource(cfg.Resources, id)
		r.State = findState(st.Resources, id)
		if r.Parent == "" {
			r.Failback = ha.FailbackOf(*cfg, id)
		}
		version := cfg.Version
		r.Version = &version
		return r, nil
	}
	return api.Resource{}, errNoResource(name, id)
}

func errNoResource(cluster, id string) *fault.Error {
	return fault.New(fault.NotFound, "resource.not_found", "cluster %s has no resource %s", cluster, id).With("cluster", cluster, "resource", id)
}

// Constraints returns the constraints of a cluster.
func (f *Fleet) Constraints(_ context.Context, name string) ([]ha.Constraint, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return nil, err
	}
	cfg, _ := f.known(c)
	return slices.Clone(cfg.Constraints), nil
}

func findState(list []ha.ResourceState, id string) *ha.ResourceState {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
		if r := findState(list[i].Members, id); r != nil {
			return r
		}
	}
	return nil
}

func resources(cfg *ha.Config, st *ha.State) []api.Resource {
	var list []api.Resource
	place := map[string]int{}
	add := func(r api.Resource) {
		r.Nodes = []string{}
		place[r.ID] = len(list)
		list = append(list, r)
	}
	var configured func(rs []ha.Resource, parent string)
	configured = func(rs []ha.Resource, parent string) {
		for _, r := range rs {
			add(api.Resource{ID: r.ID, Type: string(r.Kind), Agent: r.Agent, Parent: parent, Role: "Unknown", Managed: true})
			configured(r.Members, r.ID)
		}
	}
	configured(cfg.Resources, "")
	off := map[string]bool{}
	var seen func(rs []ha.ResourceState, parent string)
	seen = func(rs []ha.ResourceState, parent string) {
		for _, s := range rs {
			if _, has := place[s.ID]; !has {
				// Gone from the configuration and still there, or not told by the configuration yet.
				add(api.Resource{ID: s.ID, Type: string(s.Kind), Agent: s.Agent, Parent: parent, Managed: true, Role: "Unknown"})
			}
			off[s.ID] = s.Disabled || off[parent]
			merge(&list[place[s.ID]], s, off[s.ID])
			seen(s.Members, s.ID)
		}
	}
	seen(st.Resources, "")
	for i := range list {
		r := &list[i]
		r.Node = strings.Join(r.Nodes, ",")
		for _, failure := range st.Failures {
			if failure.Resource == r.ID {
				r.Failures = append(r.Failures, failure)
			}
		}
	}
	return list
}

// merge adds what is observed; instances of a clone come one by one under one ID.
func merge(r *api.Resource, s ha.ResourceState, disabled bool) {
	if r.Role == "Unknown" || r.Role == "Stopped" || r.Role == "Unpromoted" && s.Role == "Promoted" {
		r.Role = s.Role
	}
	for _, n := range s.Nodes {
		if !slices.Contains(r.Nodes, n) {
			r.Nodes = append(r.Nodes, n)
		}
	}
	r.Managed = r.Managed && s.Managed
	r.Failed = r.Failed || s.Failed
	r.Blocked = r.Blocked || s.Blocked
	r.Disabled = disabled
}
