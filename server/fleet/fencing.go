package fleet

import (
	"context"
	"slices"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// rememberFencing keeps the successes that a cluster tells: Pacemaker forgets them when all its nodes have stopped, and
// the verdict stands on them for years.
func (f *Fleet) rememberFencing(ctx context.Context, name string) error {
	f.mu.Lock()
	var told []ha.FenceRecord
	if c := f.clusters[name]; c != nil && c.State != nil {
		told = ha.Fenced(c.Cluster.Config, *c.State)
	}
	f.mu.Unlock()
	return f.keepFenced(ctx, name, told)
}

// Fenced keeps that a node was fenced, with what only the asker knows: who it was, and with which device.
func (f *Fleet) Fenced(ctx context.Context, cluster string, r ha.FenceRecord) error {
	if err := f.keepFenced(ctx, cluster, []ha.FenceRecord{r}); err != nil {
		return err
	}
	f.publishCluster(cluster)
	return nil
}

func (f *Fleet) keepFenced(ctx context.Context, name string, told []ha.FenceRecord) error {
	if len(told) == 0 {
		return nil
	}
	f.mu.Lock()
	c := f.clusters[name]
	if c == nil {
		f.mu.Unlock()
		return nil
	}
	known, news := ha.Remember(c.fenced, told...)
	if news {
		c.fenced = known
	}
	f.mu.Unlock()
	if !news {
		return nil
	}
	// Two reports of one moment may be kept in either order: each row is of one node, and only a later one replaces it.
	return f.o.Store.SaveFenced(ctx, name, known)
}

// background is what is known of a cluster besides its state. The caller holds mu.
func (f *Fleet) background(c *cluster) ha.Background {
	b := ha.Background{Setup: c.Setup, Fenced: slices.Clone(c.fenced), Facts: map[string]ha.Facts{}}
	for _, n := range c.Setup.Nodes {
		if h := f.find(n.Name); h != nil && h.Cluster == c.Name {
			b.Facts[n.Name] = h.Facts
		}
	}
	return b
}

// Fencing returns how a cluster fences, and when it last did.
func (f *Fleet) Fencing(_ context.Context, name string) (ha.Fencing, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return ha.Fencing{}, err
	}
	st, _ := f.observed(c)
	return ha.ViewFencing(c.Cluster.Config, st, f.background(c)), nil
}

// Findings returns what is unsafe in a cluster, worst first.
func (f *Fleet) Findings(_ context.Context, name string) ([]ha.Finding, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return nil, err
	}
	st, _ := f.observed(c)
	return ha.Findings(c.Cluster.Config, st, f.background(c)), nil
}

// Evidence returns what the verdict of a cluster stands on.
func (f *Fleet) Evidence(_ context.Context, name string) (api.EvidenceReport, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.lookUp(name)
	if err != nil {
		return api.EvidenceReport{}, err
	}
	st, _ := f.observed(c)
	b, now := f.background(c), f.o.Now()
	return api.EvidenceReport{Verdict: ha.JudgeWith(c.Cluster.Config, st, b, now), Evidence: ha.Gather(c.Cluster.Config, st, b, now)}, nil
}
