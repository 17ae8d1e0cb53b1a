package fleet

import (
	"context"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// Tags returns the tags of a cluster with what has them.
func (f *Fleet) Tags(_ context.Context, name string) ([]api.TagShown, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return nil, err
	}
	cfg, st := f.known(c)
	byID := map[string]api.Resource{}
	for _, r := range resources(cfg, st) {
		byID[r.ID] = r
	}
	list := make([]api.TagShown, 0, len(cfg.Tags))
	for _, t := range cfg.Tags {
		version := cfg.Version
		one := api.TagShown{ID: t.ID, Resources: []api.Tagged{}, Version: &version}
		for _, id := range t.Resources {
			tagged := api.Tagged{ID: id, Nodes: []string{}}
			if r, is := byID[id]; is {
				tagged.Role, tagged.Nodes, tagged.Failed = r.Role, r.Nodes, r.Failed
			}
			one.Resources = append(one.Resources, tagged)
		}
		list = append(list, one)
	}
	return list, nil
}

// AttributeSets returns the sets of attributes with a rule of a cluster.
func (f *Fleet) AttributeSets(_ context.Context, name string) ([]ha.AttributeSet, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return nil, err
	}
	cfg, _ := f.known(c)
	return slices.Clone(cfg.AttributeSets), nil
}

// Lapsed is a resource of which a constraint of Hawser's own has become void by itself.
type Lapsed struct{ Cluster, Resource string }

// Lapsed returns the resources whose moves and bans have expired.
func (f *Fleet) Lapsed(now time.Time) []Lapsed {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Lapsed
	for _, c := range f.clusters {
		if c.Cluster.Config == nil {
			continue
		}
		for _, one := range c.Cluster.Config.Constraints {
			if strings.HasPrefix(one.ID, "hawser-") && one.ByMove(one.Resource) && one.Expired(now) {
				list = append(list, Lapsed{c.Name, one.Resource})
			}
		}
	}
	return list
}
