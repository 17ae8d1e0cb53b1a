package fleet

import (
	"context"
	"time"

	"hawser/internal/ha"
)

// restoredAfter is how long an older configuration waits until it is believed: longer than the node that decides may be behind the one
// that has told the newest, which a node that is behind tells soon after.
const restoredAfter = 15 * time.Second

// older is a configuration, older than the one that is known, that the node that decides has told: what it read before the newest and told
// late, or a backup that somebody has restored.
type older struct {
	Configuration
	command string
	at      time.Time // when an older one was told first
}

// newer says whether a host's configuration is to replace the one that is known. An older one is believed only of the
// node that decides for a quorate cluster, and after it has told nothing newer for restoredAfter. The caller holds mu.
func (f *Fleet) newer(c *cluster, h *host, to Configuration, command string) bool {
	decides := h.quorate() && (h.view.state.DC == h.Name || c.standIn == h.ID)
	switch known := c.Cluster.Config; {
	case known == nil, ahead(to.Config.Version, known.Version):
		c.older = nil
		return true
	case !decides:
	case to.Config.Version.SameConfig(known.Version):
		c.older = nil
	default:
		at := f.o.Now()
		if c.older != nil {
			at = c.older.at
		}
		c.older = &older{to, command, at}
	}
	return false
}

func ahead(a, b ha.Version) bool {
	return a.AdminEpoch > b.AdminEpoch || a.AdminEpoch == b.AdminEpoch && a.Epoch > b.Epoch
}

// restoreAll takes over the older configurations that have waited long enough.
func (f *Fleet) restoreAll(ctx context.Context) {
	f.mu.Lock()
	var names []string
	for name, c := range f.clusters {
		if c.older != nil {
			names = append(names, name)
		}
	}
	f.mu.Unlock()
	for _, name := range names {
		if err := f.restored(ctx, name); err != nil && ctx.Err() == nil {
			f.o.Log.Warn("restored configuration was not kept; it is tried again", "cluster", name, "err", err)
		}
	}
}

func (f *Fleet) restored(ctx context.Context, name string) error {
	f.configs.Lock()
	defer f.configs.Unlock()
	f.mu.Lock()
	c := f.clusters[name]
	if c == nil || c.older == nil || f.o.Now().Sub(c.older.at) < restoredAfter {
		f.mu.Unlock()
		return nil
	}
	o, from := *c.older, Configuration{Config: c.Cluster.Config, XML: c.XML}
	f.mu.Unlock()
	if err := f.o.Configured(ctx, name, from, o.Configuration, o.command); err != nil {
		return err
	}
	if err := f.keep(ctx, name, o.Configuration); err != nil {
		return err
	}
	f.mu.Lock()
	c.older = nil // whoever tells another waits for configs
	f.mu.Unlock()
	return nil
}
