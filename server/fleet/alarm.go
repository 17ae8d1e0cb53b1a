package fleet

import (
	"time"

	"hawser/internal/ha"
)

// Look returns a cluster's state and when it was observed; false where no host reports it now.
func (f *Fleet) Look(name string) (ha.State, time.Time, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.clusters[name]
	if c == nil {
		return ha.State{}, time.Time{}, false
	}
	s, seen := f.observed(c)
	if s == nil {
		return ha.State{}, time.Time{}, false
	}
	return *s, seen, true
}

// Managed says whether there is such a cluster.
func (f *Fleet) Managed(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clusters[name] != nil
}
