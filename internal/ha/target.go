package ha

import (
	"slices"
	"strings"
	"time"

	"hawser/internal/fault"
)

// Target is what was promised for a service: how long it may be away (RTO), and how much of what was written last may be lost (RPO), where
// a person moves or stops it and where something fails. What is absent was not promised.
type Target struct {
	RTOPlanned   *int `json:"rtoPlanned,omitempty" minimum:"0" maximum:"31536000" doc:"Seconds that it may be away where a person moves or stops it."`
	RTOUnplanned *int `json:"rtoUnplanned,omitempty" minimum:"0" maximum:"31536000" doc:"Seconds that it may be away where something fails."`
	RPOPlanned   *int `json:"rpoPlanned,omitempty" minimum:"0" maximum:"31536000" doc:"Seconds of writes that may be lost where a person moves it; 0: nothing."`
	RPOUnplanned *int `json:"rpoUnplanned,omitempty" minimum:"0" maximum:"31536000" doc:"Seconds of writes that may be lost where something fails; 0: nothing."`
	// Since is when it was set: what was over before did not miss it.
	Since time.Time `json:"-"`
}

// ValidateTarget says what is wrong with a target.
func ValidateTarget(t Target) error {
	var f fault.Fields
	some := false
	for _, v := range []struct {
		path  string
		value *int
	}{{"rtoPlanned", t.RTOPlanned}, {"rtoUnplanned", t.RTOUnplanned}, {"rpoPlanned", t.RPOPlanned}, {"rpoUnplanned", t.RPOUnplanned}} {
		some = some || v.value != nil
		if v.value != nil && (*v.value < 0 || *v.value > maxTarget) {
			f.Add(v.path, "target.range", "is not between 0 s and a year")
		}
	}
	if !some {
		f.Add("", "target.empty", "promises nothing")
	}
	return f.Err()
}

const maxTarget = 365 * 24 * 60 * 60 // seconds

// TargetSpan is how far back a target is held against what happened.
const TargetSpan = 90 * 24 * time.Hour

// Answer says whether a target is kept.
type Answer string

// The answers; none where there is no target.
const (
	TargetMet     Answer = "met"
	TargetMissed  Answer = "missed"
	TargetUnknown Answer = "unknown" // nothing was measured yet, or nobody can tell
)

// Standing is where a service stands.
type Standing struct {
	RTOPlanned   RTO `json:"rtoPlanned"`
	RTOUnplanned RTO `json:"rtoUnplanned"`
	RPOPlanned   RPO `json:"rpoPlanned"`
	RPOUnplanned RPO `json:"rpoUnplanned"`
	// Exposed is what the RPO would have met lately.
	Exposed *Exposed `json:"exposed,omitempty" doc:"How much its replicated volumes were exposed in the last 30 days; absent where they were not, or it has none."`
}

// RTO is how long a service really was away.
type RTO struct {
	Answer Answer   `json:"answer,omitempty" enum:"met,missed,unknown" doc:"Of the worst; absent where there is no target."`
	Number int      `json:"number" doc:"How often; 0: not measured yet."`
	Last   *Absence `json:"last,omitempty"`
	Worst  *Absence `json:"worst,omitempty"`
}

// RPO is how much would be lost if the service were taken over now.
type RPO struct {
	Answer    Answer    `json:"answer,omitempty" enum:"met,missed,unknown" doc:"Absent where there is no target."`
	Basis     RPOBasis  `json:"basis" enum:"replicated,shared,asynchronous,exposed,unknown" doc:"What it stands on: replicated, each write is on every side; shared, every node reads the same storage; asynchronous, writes are on their way; exposed, one side alone has everything; unknown, it is not known where the data are."`
	Volume    string    `json:"volume,omitempty" doc:"The volume that decides."`
	Seconds   *int64    `json:"seconds,omitempty" doc:"Writes of so many seconds at most; absent where that is not known."`
	Since     time.Time `json:"since,omitzero" doc:"Since when one side is alone."`
	OutOfSync int64     `json:"outOfSync,omitempty" doc:"Bytes that the sides do not have alike."`
}

// RPOBasis is what it stands on how much would be lost.
type RPOBasis string

// The bases, best first: of several volumes the worst decides.
const (
	RPOReplicated   RPOBasis = "replicated"
	RPOShared       RPOBasis = "shared"
	RPOAsynchronous RPOBasis = "asynchronous"
	RPOUnknown      RPOBasis = "unknown"
	RPOExposed      RPOBasis = "exposed"
)

// RPOBases are all of them, best first.
var RPOBases = []RPOBasis{RPOReplicated, RPOShared, RPOAsynchronous, RPOUnknown, RPOExposed}

// Service is what a target is for: a group, or a primitive that is in none.
type Service struct {
	ID      string
	Members []string // primitives
	Tied    []string // resources that constraints bind it to, and tags of all of these: what is done to them may stop or move it
	Volumes []string // replicated volumes that it uses
	Shared  bool     // it uses storage that is none of these
}

// sharedAgents are the agents by which a service uses storage. What such a resource may use on several nodes in turn they share.
var sharedAgents = []string{"Filesystem", "LVM", "LVM-activate", "ZFS", "mdraid", "Raid1"}

// Services are the services of a cluster. Fence devices, connections to remote nodes and what runs volumes are none.
func Services(c Config, st *State) []Service {
	users := map[string][]string{}
	for _, v := range volumesSeen(st) {
		for _, id := range VolumeUsers(c, v) {
			users[id] = append(users[id], v.Name)
		}
	}
	var list []Service
	for _, r := range c.Resources {
		if r.Kind != Group && r.Kind != Primitive || IsFenceDevice(r.Agent) || r.Agent == RemoteAgent || runsVolumes(r.Agent) {
			continue
		}
		members := r.Members
		if r.Kind == Primitive {
			members = []Resource{r}
		}
		s := Service{ID: r.ID}
		use := func(id string) {
			for _, v := range users[id] {
				if !slices.Contains(s.Volumes, v) {
					s.Volumes = append(s.Volumes, v)
				}
			}
		}
		use(r.ID)
		for _, m := range members {
			s.Members = append(s.Members, m.ID)
			use(m.ID)
			s.Shared = s.Shared || len(users[m.ID]) == 0 && usesStorage(m)
		}
		s.Tied = tied(c, s)
		list = append(list, s)
	}
	return list
}

// tied are the resources that colocations and orders bind a service to, whatever the way, with what contains them, and the tags of all.
func tied(c Config, s Service) []string {
	bound := map[string]bool{s.ID: true}
	for _, id := range s.Members {
		bound[id] = true
	}
	var bonds [][]string
	for _, r := range c.Resources {
		bonds = append(bonds, idsIn(r))
	}
	for _, k := range c.Constraints {
		if k.Kind != Colocation && k.Kind != Order {
			continue
		}
		bond := []string{k.Resource, k.With, k.First, k.Then}
		for _, set := range k.Sets {
			bond = append(bond, set.Resources...)
		}
		bonds = append(bonds, bond)
	}
	for grown := true; grown; {
		grown = false
		for _, bond := range bonds {
			if !slices.ContainsFunc(bond, func(id string) bool { return bound[id] }) {
				continue
			}
			for _, id := range bond {
				if id != "" && !bound[id] {
					bound[id], grown = true, true
				}
			}
		}
	}
	for _, t := range c.Tags {
		if slices.ContainsFunc(t.Resources, func(id string) bool { return bound[id] }) {
			bound[t.ID] = true
		}
	}
	for _, id := range append([]string{s.ID}, s.Members...) {
		delete(bound, id)
	}
	return sortedKeys(bound)
}

// idsIn are the IDs of a resource and of what is in it.
func idsIn(r Resource) []string {
	ids := []string{r.ID}
	for _, m := range r.Members {
		ids = append(ids, idsIn(m)...)
	}
	return ids
}

// usesStorage leaves out what is mounted of this node alone: memory, and folders that are elsewhere already.
func usesStorage(r Resource) bool {
	name := r.Agent[strings.LastIndexByte(r.Agent, ':')+1:]
	return slices.Contains(sharedAgents, name) && r.Parameters["fstype"] != "tmpfs" && !strings.Contains(r.Parameters["options"], "bind")
}

// volumesSeen are the volumes of a state, as far as it tells.
func volumesSeen(st *State) []Volume {
	if st == nil {
		return nil
	}
	var list []Volume
	for _, s := range st.Volumes {
		if !slices.ContainsFunc(list, func(v Volume) bool { return v.Name == s.Name }) {
			list = append(list, Volume{Name: s.Name, Device: s.Device})
		}
	}
	return list
}

// History is what is known of a cluster's past, oldest first.
type History struct {
	Changes   []Happening
	Works     []Work
	Exposures []Exposure
}

// Stand says where a service stands, from what happened, from what people did, and from what is seen now.
func Stand(s Service, t Target, h History, st *State, now time.Time) Standing {
	fresh := st != nil && now.Sub(st.At) <= StaleAfter
	out := Standing{Exposed: s.exposed(h.Exposures, now)}
	for _, a := range s.measured(h, st, now) {
		r := &out.RTOUnplanned
		if a.Planned {
			r = &out.RTOPlanned
		}
		r.add(a, now)
	}
	if !fresh {
		st = nil
	}
	out.RPOPlanned, out.RPOUnplanned = s.rpo(h.Changes, st, now)
	out.RTOPlanned.Answer, out.RTOUnplanned.Answer = out.RTOPlanned.answer(t.RTOPlanned), out.RTOUnplanned.answer(t.RTOUnplanned)
	out.RPOPlanned.Answer, out.RPOUnplanned.Answer = out.RPOPlanned.answer(t.RPOPlanned), out.RPOUnplanned.answer(t.RPOUnplanned)
	return out
}

// measured are the absences of a service of which it is known how long they took, or take.
func (s Service) measured(h History, st *State, now time.Time) []Absence {
	back := st != nil && now.Sub(st.At) <= StaleAfter && s.runs(*st)
	return slices.DeleteFunc(s.absences(h.Changes, h.Works), func(a Absence) bool {
		return a.Until.IsZero() && back // that it came back nobody has seen
	})
}

// runs says whether all members run.
func (s Service) runs(st State) bool {
	_, active := activities(st)
	return st.Running && !slices.ContainsFunc(s.Members, func(id string) bool { return active[id] == nil || len(active[id].on) == 0 || active[id].failed })
}

// length is how long an absence was, until now where it goes on.
func (a Absence) length(now time.Time) time.Duration {
	end := a.Until
	if end.IsZero() {
		end = now
	}
	return max(0, end.Sub(a.Since).Round(time.Millisecond))
}

func (r *RTO) add(a Absence, now time.Time) {
	a.Seconds = a.length(now).Seconds()
	r.Number++
	r.Last = &a
	if r.Worst == nil || a.Seconds > r.Worst.Seconds {
		r.Worst = &a
	}
}

func (r RTO) answer(target *int) Answer {
	switch {
	case target == nil:
		return ""
	case r.Worst == nil:
		return TargetUnknown
	case r.Worst.Seconds > float64(*target):
		return TargetMissed
	}
	return TargetMet
}

func (r RPO) answer(target *int) Answer {
	switch {
	case target == nil:
		return ""
	case r.Seconds == nil && r.Basis == RPOExposed && *target == 0:
		return TargetMissed // since when is not known, and it is not nothing
	case r.Seconds == nil:
		return TargetUnknown
	case *r.Seconds > int64(*target):
		return TargetMissed
	}
	return TargetMet
}

// rpo is what would be lost now: by the worst of its volumes, or of its other storage.
func (s Service) rpo(changes []Happening, st *State, now time.Time) (planned, unplanned RPO) {
	planned = RPO{Basis: RPOUnknown}
	if s.Shared {
		planned = RPO{Basis: RPOShared, Seconds: new(int64)}
	}
	unplanned = planned
	worst := func(a, b RPO, first bool) RPO {
		if first || slices.Index(RPOBases, b.Basis) > slices.Index(RPOBases, a.Basis) || a.Basis == b.Basis && b.Seconds != nil && (a.Seconds == nil || *b.Seconds > *a.Seconds) {
			return b
		}
		return a
	}
	for i, name := range s.Volumes {
		p, u := volumeRPO(name, changes, st, now)
		first := i == 0 && !s.Shared
		planned, unplanned = worst(planned, p, first), worst(unplanned, u, first)
	}
	return planned, unplanned
}

// volumeRPO is what would be lost of a volume. A person moves it only where the other side has everything: then nothing is lost, whatever
// the protocol. What fails takes with it what was not on the other side's disk yet, of which only protocol C leaves nothing.
func volumeRPO(name string, changes []Happening, st *State, now time.Time) (planned, unplanned RPO) {
	none := RPO{Basis: RPOUnknown, Volume: name}
	exposed, bytes, known := st.VolumeExposed(name)
	if !known {
		return none, none
	}
	if exposed {
		alone := RPO{Basis: RPOExposed, Volume: name, Since: aloneSince(name, changes), OutOfSync: bytes}
		if !alone.Since.IsZero() {
			n := max(0, int64(now.Sub(alone.Since).Seconds()))
			alone.Seconds = &n
		}
		return alone, alone
	}
	protocol := ""
	for _, v := range st.sides(name) {
		if protocol == "" || v.Protocol > "" && v.Protocol < protocol {
			protocol = v.Protocol
		}
	}
	planned = RPO{Basis: RPOReplicated, Volume: name, Seconds: new(int64)}
	switch protocol {
	case "C":
		return planned, planned
	case "":
		return planned, none
	}
	return planned, RPO{Basis: RPOAsynchronous, Volume: name}
}

// aloneSince is when the sides of a volume ceased to be alike for the last time, zero where that is not known.
func aloneSince(name string, changes []Happening) time.Time {
	list := Exposures(name, changes)
	if n := len(list); n > 0 && list[n-1].Ended.IsZero() {
		return list[n-1].Started
	}
	return time.Time{}
}
