package target

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post"
	"hawser/server/fleet"
)

// lookEvery is how often it is looked whether something has begun or ended. Nothing hurries: times are taken from events.
const lookEvery = 10 * time.Second

// grown is by how much more must be out of sync until that is written down anew.
const grown = 1.1

// Run keeps when volumes were exposed, and tells of targets that are missed, until ctx ends.
func (t *Targets) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := t.Look(ctx); err != nil && ctx.Err() == nil {
			t.o.Log.Warn("targets not looked after", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Look looks once at every cluster that has had events since the last time, or in which something has begun, has ended, or may become a
// miss by going on. It is called by one at a time.
func (t *Targets) Look(ctx context.Context) error {
	clusters, last, err := t.o.Store.EventsAfter(ctx, t.last)
	if err != nil {
		return err
	}
	t.stir(clusters...)
	t.last = last
	all, err := t.o.Picture.Clusters(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, c := range all {
		k, err := t.o.Picture.Known(c.Name)
		if err != nil {
			continue // deleted meanwhile
		}
		// A state that is old says nothing: what happened since may be on its way.
		if k.State == nil || t.o.Now().Sub(k.State.At) > ha.StaleAfter {
			continue
		}
		if err := t.look(ctx, k); err != nil { // the others are none the worse for it
			failed = append(failed, fmt.Errorf("cluster %s: %w", c.Name, err))
		}
	}
	return errors.Join(failed...)
}

// stir has clusters looked at, whatever their state.
func (t *Targets) stir(clusters ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range clusters {
		t.news[name] = true
	}
}

// stirred says whether a cluster has to be looked at, and that it is.
func (t *Targets) stirred(cluster string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	is := t.news[cluster]
	delete(t.news, cluster)
	return is
}

// look looks at one cluster. Its past is read where that may say something new; what grows is written down without.
func (t *Targets) look(ctx context.Context, k fleet.Known) (err error) {
	cluster, now := k.Setup.Name, t.o.Now().UTC()
	news := t.stirred(cluster)
	defer func() {
		if err != nil && news {
			t.stir(cluster)
		}
	}()
	kept, err := t.o.Store.Exposures(ctx, cluster, now.Add(-ha.ExposureSpan))
	if err != nil {
		return err
	}
	targets, err := t.o.Store.Targets(ctx, cluster)
	if err != nil || len(targets) == 0 && len(volumes(kept, *k.State)) == 0 {
		return err
	}
	h, whole := history{since: now}, news || t.waits[cluster] || turned(kept, *k.State)
	if whole {
		if h, err = t.history(ctx, cluster, k.Created, now); err != nil {
			return err
		}
	}
	var changed []ha.Exposure
	h.Exposures, changed = keepExposures(kept, h.Changes, *k.State, now)
	if len(changed) > 0 {
		if err := t.o.Store.PutExposures(ctx, cluster, changed); err != nil {
			return err
		}
		t.publish(cluster, "")
	}
	if !whole {
		return nil
	}
	return t.tell(ctx, k, targets, h.History, now)
}

// turned says whether a volume has become exposed, or is so no longer.
func turned(kept []ha.Exposure, st ha.State) bool {
	for _, name := range volumes(kept, st) {
		if exposed, _, known := st.VolumeExposed(name); known && exposed != (goesOn(kept, name) >= 0) {
			return true
		}
	}
	return false
}

// volumes are those that are there, and those of which something is kept.
func volumes(kept []ha.Exposure, st ha.State) []string {
	names := st.VolumeNames()
	for _, e := range kept {
		names = append(names, e.Volume)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// goesOn is where the exposure of a volume is that has not ended; -1 where there is none.
func goesOn(list []ha.Exposure, volume string) int {
	return slices.IndexFunc(list, func(e ha.Exposure) bool { return e.Volume == volume && e.Ended.IsZero() })
}

// gone says whether there is no such volume any more.
func gone(volume string, st ha.State) bool {
	return st.Running && !slices.Contains(st.VolumeNames(), volume)
}

// keepExposures goes on with what is kept: what goes on now by the state, with times from events, and what events tell that nobody saw
// going on. It returns all that there is, and what of it is new or different.
func keepExposures(kept []ha.Exposure, changes []ha.Happening, st ha.State, now time.Time) (list, changed []ha.Exposure) {
	list = slices.Clone(kept)
	since := now.Add(-ha.ExposureSpan)
	for _, name := range volumes(kept, st) {
		told := ha.Exposures(name, changes)
		for _, e := range told {
			if e.Ended.After(since) && !slices.ContainsFunc(list, func(o ha.Exposure) bool { return o.Volume == name && o.Meets(e) }) {
				list, changed = append(list, e), append(changed, e)
			}
		}
		open := goesOn(list, name)
		exposed, bytes, known := st.VolumeExposed(name)
		switch {
		case known && exposed && open < 0:
			e := ha.Exposure{Volume: name, Started: begun(told, list, name, st.At), Bytes: bytes}
			list, changed = append(list, e), append(changed, e)
		case known && exposed && float64(bytes) > float64(list[open].Bytes)*grown:
			list[open].Bytes = bytes
			changed = append(changed, list[open])
		case open >= 0 && (known && !exposed || !known && gone(name, st)):
			list[open].Ended = over(told, list[open], st.At)
			changed = append(changed, list[open])
		}
	}
	slices.SortStableFunc(list, func(a, b ha.Exposure) int { return a.Started.Compare(b.Started) })
	return list, changed
}

// begun is when what goes on has begun: as events tell, otherwise when it was seen.
func begun(told, list []ha.Exposure, name string, seen time.Time) time.Time {
	n := len(told)
	if n == 0 || !told[n-1].Ended.IsZero() {
		return seen
	}
	if slices.ContainsFunc(list, func(e ha.Exposure) bool { return e.Volume == name && e.Meets(told[n-1]) }) {
		return seen // that one is kept, and has ended without an event that says so
	}
	return told[n-1].Started
}

// over is when what goes on has ended: as events tell, otherwise when it was seen.
func over(told []ha.Exposure, e ha.Exposure, seen time.Time) time.Time {
	for _, o := range slices.Backward(told) {
		if o.Meets(e) && o.Ended.After(e.Started) {
			return o.Ended
		}
	}
	return seen
}

// tell tells of what has missed a target, once each: an event with the same key is kept once.
func (t *Targets) tell(ctx context.Context, k fleet.Known, targets map[string]ha.Target, h ha.History, now time.Time) error {
	cluster, waits := k.Setup.Name, false
	for _, s := range services(k) {
		target, is := targets[s.ID]
		if !is {
			continue
		}
		misses, coming := s.Misses(target, h, k.State, now)
		waits = waits || coming
		for _, m := range misses {
			if err := t.o.Picture.Note(ctx, missKey(cluster, m), missed(cluster, m, now)); err != nil {
				return err
			}
		}
	}
	t.waits[cluster] = waits
	return nil
}

func missKey(cluster string, m ha.Miss) string {
	goal := "rto"
	if m.Volume != "" {
		goal = "rpo/" + m.Volume
	}
	return "target/" + cluster + "/" + m.Service + "/" + goal + "/" + strconv.FormatInt(m.Since.UnixMicro(), 10)
}

func missed(cluster string, m ha.Miss, now time.Time) api.Event {
	e := api.Event{At: now, Cluster: cluster, Kind: string(ha.RTOMissed), Severity: ha.Warning, Object: m.Service, Args: map[string]string{
		"service": m.Service, "goal": m.Goal, "promised": strconv.Itoa(m.Promised), "seconds": strconv.FormatFloat(m.Length.Round(100*time.Millisecond).Seconds(), 'f', -1, 64),
		"since": m.Since.Local().Format(post.Clock),
	}}
	if m.Volume != "" {
		e.Kind, e.Args["volume"] = string(ha.RPOMissed), m.Volume
	}
	return e
}

// Exposures returns when a volume was exposed lately, newest first.
func (t *Targets) Exposures(ctx context.Context, cluster, volume string) ([]ha.Exposure, error) {
	list, err := t.o.Store.Exposures(ctx, cluster, t.o.Now().Add(-ha.ExposureSpan))
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(e ha.Exposure) bool { return e.Volume != volume })
	slices.Reverse(list)
	return list, nil
}
