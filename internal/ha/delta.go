package ha

import (
	"fmt"
	"reflect"
	"slices"
)

// The names by which Delta.Cleared calls lists of a State.
const (
	listFailures     = "failures"
	listFenceHistory = "fenceHistory"
	listWatched      = "watched"
)

// MakeDelta returns what turns old into new, and whether anything but the time of observation is different.
// Apply(old, delta) is new, whichever way the delta travelled. Nothing to start from (nil) gives a full delta.
func MakeDelta(old *State, new State) (Delta, bool) {
	if old == nil {
		return fullDelta(new), true
	}
	d := Delta{State: new}
	s := &d.State
	s.Nodes, d.GoneNodes = changed(old.Nodes, new.Nodes, nodeKey)
	s.Resources, d.GoneRes = changed(old.Resources, new.Resources, resourceKey)
	s.Links, d.GoneLinks = changed(old.Links, new.Links, LinkState.key)
	s.Health, d.GoneWell = changed(old.Health, new.Health, healthKey)
	s.Volumes, d.GoneVols = changed(old.Volumes, new.Volumes, volumeKey)
	s.Failures = whole(old.Failures, new.Failures)
	s.FenceHistory = whole(old.FenceHistory, new.FenceHistory)
	s.Watched = whole(old.Watched, new.Watched)
	for name, emptied := range map[string]bool{
		listFailures:     len(old.Failures) > 0 && len(new.Failures) == 0,
		listFenceHistory: len(old.FenceHistory) > 0 && len(new.FenceHistory) == 0,
		listWatched:      len(old.Watched) > 0 && len(new.Watched) == 0,
	} {
		if emptied {
			d.Cleared = append(d.Cleared, name)
		}
	}
	slices.Sort(d.Cleared)
	if keys := keysOf(new.Resources, resourceKey); !slices.Equal(keys, keysOf(merge(old.Resources, s.Resources, d.GoneRes, resourceKey), resourceKey)) {
		d.Order = keys
	}
	// Lists whose order moved in a way that a delta has no word for are rare (a node in the middle): then all is sent.
	if !reflect.DeepEqual(normal(Apply(old, d)), normal(new)) {
		return fullDelta(new), true
	}
	before, after := normal(*old), normal(new)
	before.At = after.At
	return d, !reflect.DeepEqual(before, after)
}

// Apply returns old as the delta changes it. A delta that is not full needs the very state that it was made from;
// on nil it gives what it holds. Old is not changed, but shares what did not change with the result.
func Apply(old *State, d Delta) State {
	if d.Full {
		return normal(d.State)
	}
	s := d.State
	if old == nil {
		old = &State{}
	}
	s.Nodes = merge(old.Nodes, s.Nodes, d.GoneNodes, nodeKey)
	s.Resources = inOrder(merge(old.Resources, s.Resources, d.GoneRes, resourceKey), d.Order)
	s.Links = merge(old.Links, s.Links, d.GoneLinks, LinkState.key)
	s.Health = merge(old.Health, s.Health, d.GoneWell, healthKey)
	s.Volumes = merge(old.Volumes, s.Volumes, d.GoneVols, volumeKey)
	if s.Failures == nil && !slices.Contains(d.Cleared, listFailures) {
		s.Failures = old.Failures
	}
	if s.FenceHistory == nil && !slices.Contains(d.Cleared, listFenceHistory) {
		s.FenceHistory = old.FenceHistory
	}
	if s.Watched == nil && !slices.Contains(d.Cleared, listWatched) {
		s.Watched = old.Watched
	}
	return s
}

func fullDelta(s State) Delta { return Delta{Full: true, State: normal(s)} }

func nodeKey(n NodeState) string         { return n.Name }
func resourceKey(r ResourceState) string { return r.ID }
func healthKey(h NodeHealth) string      { return h.Node }
func volumeKey(v VolumeState) string     { return v.Name + "@" + v.Node }

// key tells links apart: who looks, at whom, on which.
func (l LinkState) key() string { return fmt.Sprintf("%s>%s#%d", l.Node, l.Peer, l.Link) }

// changed returns the elements of new that old does not have just so, and the keys that are gone.
func changed[T any](old, new []T, key func(T) string) (diff []T, gone []string) {
	was := make(map[string]T, len(old))
	for _, e := range old {
		was[key(e)] = e
	}
	for _, e := range new {
		k := key(e)
		if before, had := was[k]; !had || !reflect.DeepEqual(before, e) {
			diff = append(diff, e)
		}
		delete(was, k)
	}
	for _, e := range old {
		if _, left := was[key(e)]; left {
			gone = append(gone, key(e))
		}
	}
	return diff, gone
}

// whole returns new where it differs from old, and nil where it does not.
func whole[T any](old, new []T) []T {
	if len(old) == len(new) && (len(old) == 0 || reflect.DeepEqual(old, new)) {
		return nil
	}
	return new
}

// merge puts changed elements in their old places and new ones at the end.
func merge[T any](old, diff []T, gone []string, key func(T) string) []T {
	place := make(map[string]int, len(old)+len(diff))
	out := make([]T, 0, len(old)+len(diff))
	for _, e := range old {
		if k := key(e); !slices.Contains(gone, k) {
			place[k] = len(out)
			out = append(out, e)
		}
	}
	for _, e := range diff {
		if i, had := place[key(e)]; had {
			out[i] = e
			continue
		}
		place[key(e)] = len(out)
		out = append(out, e)
	}
	return out
}

// inOrder sorts resources as order lists them; it is nil where the order did not change.
func inOrder(resources []ResourceState, order []string) []ResourceState {
	if order == nil {
		return resources
	}
	place := make(map[string]int, len(order))
	for i, id := range order {
		place[id] = i
	}
	slices.SortStableFunc(resources, func(a, b ResourceState) int { return place[a.ID] - place[b.ID] })
	return resources
}

func keysOf[T any](list []T, key func(T) string) []string {
	keys := make([]string, 0, len(list))
	for _, e := range list {
		keys = append(keys, key(e))
	}
	return keys
}

// normal makes empty lists alike, so that nil and empty compare as the same.
func normal(s State) State {
	if len(s.Nodes) == 0 {
		s.Nodes = []NodeState{}
	}
	if len(s.Resources) == 0 {
		s.Resources = []ResourceState{}
	}
	if len(s.Links) == 0 {
		s.Links = []LinkState{}
	}
	if len(s.Health) == 0 {
		s.Health = nil
	}
	if len(s.Volumes) == 0 {
		s.Volumes = nil
	}
	if len(s.Failures) == 0 {
		s.Failures = nil
	}
	if len(s.FenceHistory) == 0 {
		s.FenceHistory = nil
	}
	if len(s.Watched) == 0 {
		s.Watched = nil
	}
	return s
}
