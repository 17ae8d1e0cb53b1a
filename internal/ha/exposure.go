package ha

import (
	"slices"
	"strconv"
	"time"
)

// Exposure is a span in which one side of a volume alone had everything: what was written then, the loss of that side would have taken.
type Exposure struct {
	Volume  string    `json:"volume"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero" doc:"Absent while it goes on."`
	Bytes   int64     `json:"bytes" doc:"The most that the sides were seen not to have alike."`
}

// Length is how long it lasted, until now where it goes on.
func (e Exposure) Length(now time.Time) time.Duration {
	end := e.Ended
	if end.IsZero() {
		end = now
	}
	return max(0, end.Sub(e.Started))
}

// Meets says whether two spans have a moment in common.
func (e Exposure) Meets(o Exposure) bool {
	return (e.Ended.IsZero() || !e.Ended.Before(o.Started)) && (o.Ended.IsZero() || !o.Ended.Before(e.Started))
}

// ExposureSpan is how far back exposures of a service count.
const ExposureSpan = 30 * 24 * time.Hour

// Exposed is how much the volumes of a service were exposed lately.
type Exposed struct {
	Number  int       `json:"number" doc:"How often in the last 30 days."`
	Seconds float64   `json:"seconds" doc:"How long in all."`
	Worst   *Exposure `json:"worst,omitempty" doc:"The longest."`
	Lasted  float64   `json:"lasted" doc:"Seconds that the longest lasted, or lasts until now."`
}

// exposed sums up the exposures of a service's volumes; nil where there were none.
func (s Service) exposed(list []Exposure, now time.Time) *Exposed {
	since := now.Add(-ExposureSpan)
	var out *Exposed
	for i, e := range list {
		if !slices.Contains(s.Volumes, e.Volume) || !e.Ended.IsZero() && e.Ended.Before(since) {
			continue
		}
		if out == nil {
			out = &Exposed{}
		}
		length := e.Length(now).Round(time.Millisecond).Seconds()
		out.Number++
		out.Seconds += length
		if out.Worst == nil || length > out.Lasted {
			out.Worst, out.Lasted = &list[i], length
		}
	}
	return out
}

// resyncWithin is how soon after two sides have connected a resync between them begins, where there is one.
const resyncWithin = time.Minute

// Exposures tells from changes, oldest first, when a volume was exposed. What is connected again is alike only once it is in sync: a
// resync goes back to the loss before it.
func Exposures(volume string, changes []Happening) []Exposure {
	var list []Exposure
	syncing := false
	open := func() *Exposure {
		if n := len(list); n > 0 && list[n-1].Ended.IsZero() {
			return &list[n-1]
		}
		return nil
	}
	for _, c := range changes {
		if c.Args["volume"] != volume {
			continue
		}
		now := open()
		switch c.Kind {
		case VolumeDisconnected, VolumeDiskLost, VolumeSplitBrain:
			if now == nil {
				list = append(list, Exposure{Volume: volume, Started: c.At})
			}
		case VolumeConnected, VolumeDiskBack:
			if now != nil && !syncing {
				now.Ended = c.At
			}
		case VolumeSyncBegun:
			syncing = true
			if n := len(list); now == nil && n > 0 && c.At.Sub(list[n-1].Ended) <= resyncWithin {
				list[n-1].Ended = time.Time{}
			} else if now == nil {
				list = append(list, Exposure{Volume: volume, Started: c.At})
			}
			if bytes, err := strconv.ParseInt(c.Args["bytes"], 10, 64); err == nil {
				open().Bytes = max(open().Bytes, bytes)
			}
		case VolumeSyncDone:
			syncing = false
			if now != nil {
				now.Ended = c.At
			}
		}
	}
	return list
}

// VolumeExposed says of a volume whether one side alone has everything, and how many bytes its sides do not have alike; known is false where
// nobody tells of it, or it is down everywhere.
func (s *State) VolumeExposed(volume string) (exposed bool, bytes int64, known bool) {
	sides := s.sides(volume)
	if !slices.ContainsFunc(sides, func(v VolumeState) bool { return v.Up }) {
		return false, 0, false
	}
	verdict, _ := JudgeVolume(asSeen(sides), sides)
	whole := verdict == VolumeOK
	for _, v := range sides {
		for _, p := range v.Peers {
			whole = whole && p.replicates()
			bytes = max(bytes, p.OutOfSync)
		}
	}
	return !whole, bytes, true
}

// sides are what the nodes tell of a volume.
func (s *State) sides(volume string) []VolumeState {
	if s == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Volumes), func(v VolumeState) bool { return v.Name != volume })
}

// VolumeNames are the volumes of which somebody tells.
func (s *State) VolumeNames() []string {
	var list []string
	for _, v := range volumesSeen(s) {
		list = append(list, v.Name)
	}
	return list
}

// Miss is a target that was missed.
type Miss struct {
	Service  string
	Goal     string // rto_planned, rto_unplanned, rpo_planned or rpo_unplanned
	Promised int    // seconds
	Since    time.Time
	Volume   string // of an exposure
	Length   time.Duration
}

// Misses are what has missed a target since it was set: absences that took longer than the RTO, and exposures that lasted longer than
// the RPO, of whose two the stricter counts. What goes on is a miss as soon as it is longer; coming says that something goes on that is not
// yet.
func (s Service) Misses(t Target, h History, st *State, now time.Time) (list []Miss, coming bool) {
	add := func(m Miss, promised *int, until time.Time) {
		switch m.Service = s.ID; {
		case promised == nil || !until.IsZero() && !until.After(t.Since):
		case m.Length > time.Duration(*promised)*time.Second:
			m.Promised = *promised
			list = append(list, m)
		default:
			coming = coming || until.IsZero()
		}
	}
	for _, a := range s.measured(h, st, now) {
		goal, promised := "rto_unplanned", t.RTOUnplanned
		if a.Planned {
			goal, promised = "rto_planned", t.RTOPlanned
		}
		add(Miss{Goal: goal, Since: a.Since, Length: a.length(now)}, promised, a.Until)
	}
	goal, promised := "rpo_unplanned", t.RPOUnplanned
	if promised == nil || t.RPOPlanned != nil && *t.RPOPlanned < *promised {
		goal, promised = "rpo_planned", t.RPOPlanned
	}
	for _, e := range h.Exposures {
		if slices.Contains(s.Volumes, e.Volume) {
			add(Miss{Goal: goal, Since: e.Started, Volume: e.Volume, Length: e.Length(now)}, promised, e.Ended)
		}
	}
	return list, coming
}
