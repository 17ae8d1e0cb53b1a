package licence

import (
	"context"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/licensing"
)

// judged is a kept licence, and why it does not count, where it does not.
type judged struct {
	kept
	licence licensing.Licence
	fault   *fault.Error
	grace   bool // it counts although its token is missing
}

// judge looks at one licence of a state. The caller holds mu.
func (l *Licences) judge(s *state, k kept) judged {
	at := s.Reached
	j := judged{kept: k}
	var err error
	if j.licence, err = licensing.Open([]byte(k.Document), l.o.Keys); err != nil {
		j.fault = unlicensed(err)
		return j
	}
	if j.fault = j.licence.Holds(at); j.fault == nil {
		j.fault = l.fits(j.licence)
	}
	if j.fault != nil || j.licence.Kind != licensing.Ukey {
		return j
	}
	proved, is := s.Proved[hex.EncodeToString(j.licence.Token[:])]
	switch {
	case !is || at.Sub(proved) > l.o.Grace:
		j.fault = fault.New(fault.Unlicensed, "licence.ukey_absent", "the token of licence %d has been missing for too long", j.licence.Number).
			With("number", number(j.licence), "hours", hours(l.o.Grace))
	case !l.token.proof:
		j.grace = true
	}
	return j
}

// fits says whether a licence is for this machine. The caller holds mu.
func (l *Licences) fits(one licensing.Licence) *fault.Error {
	if one.Kind != licensing.Node {
		return nil
	}
	c := one.Machine.Compare(l.print)
	if c.OK {
		return nil
	}
	return fault.New(fault.Unlicensed, "licence.other_machine", "licence %d is for another machine: different are %s", one.Number, c.Different()).
		With("number", number(one), "different", c.Different(), "same", strconv.Itoa(c.Count), "needed", strconv.Itoa(c.Needed))
}

// unlicensed makes a fault of reading the one that bars.
func unlicensed(err error) *fault.Error {
	f := *fault.Public(err)
	f.Code = fault.Unlicensed
	return &f
}

func number(l licensing.Licence) string { return strconv.FormatUint(uint64(l.Number), 10) }

func hours(d time.Duration) string { return strconv.Itoa(int(d.Hours())) }

// all judges everything in a state, and finds the licence that counts: of those that hold the one that allows most. The caller holds mu.
func (l *Licences) all(s *state) (list []judged, force *judged) {
	for _, k := range s.Licences {
		list = append(list, l.judge(s, k))
	}
	for i := range list {
		if list[i].fault == nil && (force == nil || licensing.Compare(list[i].licence, force.licence) > 0) {
			force = &list[i]
		}
	}
	return list, force
}

func (s state) trialEnd() time.Time { return s.Trial.AddDate(0, 0, TrialDays) }

// verdict is what may be added, and until when. Force is nil during the trial, barred nil where something may be.
type verdict struct {
	state  string
	list   []judged
	force  *judged
	until  time.Time
	barred *fault.Error
}

// verdict judges. The caller holds mu.
func (l *Licences) verdict(at time.Time) verdict {
	v := verdict{state: api.LicenseValid}
	v.list, v.force = l.all(&l.state)
	switch {
	case v.force != nil && v.force.grace:
		v.state, v.until = api.LicenseGrace, v.force.licence.Until.End()
	case v.force != nil:
		v.until = v.force.licence.Until.End()
	case at.Before(l.state.trialEnd()):
		v.state, v.until = api.LicenseTrialRuns, l.state.trialEnd()
	default:
		v.state = api.LicenseBarred
		v.barred = fault.New(fault.Unlicensed, "licence.trial_over", "the trial ended on %s, and there is no licence", l.state.trialEnd().Format(time.DateOnly)).
			With("date", l.state.trialEnd().Format(time.DateOnly))
		if n := len(v.list); n > 0 { // the newest one says best what is wrong
			v.barred = v.list[n-1].fault
		}
	}
	return v
}

// Growth says whether something may be added; the fault says why not.
func (l *Licences) Growth(ctx context.Context, g ha.Growth) error {
	use, err := l.o.Use(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	v := l.verdict(l.reach())
	l.mu.Unlock()
	if v.barred != nil {
		return v.barred
	}
	if v.force == nil {
		return nil
	}
	one := v.force.licence
	switch {
	case g.Clusters > 0 && one.Clusters > 0 && use.Clusters+g.Clusters > int(one.Clusters):
		return fault.New(fault.Unlicensed, "licence.clusters_full", "licence %d allows %d clusters, %d are managed", one.Number, one.Clusters, use.Clusters).
			With("number", number(one), "max", strconv.Itoa(int(one.Clusters)), "used", strconv.Itoa(use.Clusters), "wanted", strconv.Itoa(g.Clusters))
	case g.Nodes > 0 && one.Nodes > 0 && use.Nodes+g.Nodes > int(one.Nodes):
		return fault.New(fault.Unlicensed, "licence.nodes_full", "licence %d allows %d nodes, %d are managed", one.Number, one.Nodes, use.Nodes).
			With("number", number(one), "max", strconv.Itoa(int(one.Nodes)), "used", strconv.Itoa(use.Nodes), "wanted", strconv.Itoa(g.Nodes))
	case g.Remotes > 0 && !slices.Contains(one.Features, licensing.FeatureRemote):
		return fault.New(fault.Unlicensed, "licence.no_feature", "licence %d does not have %s", one.Number, licensing.FeatureRemote).
			With("number", number(one), "feature", licensing.FeatureRemote)
	}
	return nil
}

// Days before the end from which it is told.
const (
	warnDays      = 60
	warnTrialDays = 30
)

// daysTo counts the days to a moment; begun ones count.
func daysTo(end, at time.Time) int {
	if end.IsZero() {
		return 0
	}
	return max(0, int(math.Ceil(end.Sub(at).Hours()/24)))
}

// Status says what may be added, by which licence, and until when.
func (l *Licences) Status(ctx context.Context) (api.License, error) {
	use, err := l.o.Use(ctx)
	if err != nil {
		return api.License{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.reach()
	v := l.verdict(at)
	s := api.License{
		State: v.state, Barred: v.barred, Development: len(l.o.Keys) == 0, Until: v.until, DaysLeft: daysTo(v.until, at),
		Trial: api.LicenseTrial{Since: l.state.Trial, Until: l.state.trialEnd(), Over: !at.Before(l.state.trialEnd())},
		Use:   use, Kept: []api.LicenseShown{}, Ukey: l.ukey(v, at), ClockBack: l.behind(), Reached: at, Waiting: len(l.state.Requests),
	}
	limit := warnDays
	if v.state == api.LicenseTrialRuns {
		limit = warnTrialDays
	}
	s.Warn = v.barred != nil || !v.until.IsZero() && s.DaysLeft <= limit
	for _, j := range v.list {
		s.Kept = append(s.Kept, j.show())
	}
	slices.Reverse(s.Kept)
	if v.force != nil {
		force := v.force.show()
		s.InForce = &force
	}
	return s, nil
}

func (j judged) show() api.LicenseShown {
	l := j.licence
	return api.LicenseShown{
		Number: l.Number, Customer: l.Customer, Kind: string(l.Kind), Site: l.Site, Nodes: int(l.Nodes), Clusters: int(l.Clusters),
		Features: append([]string{}, l.Features...), Issued: l.Issued.String(), From: l.From.String(), Until: l.Until.String(),
		Added: j.At, By: j.By, Fault: j.fault,
	}
}

// ukey shows the token. The caller holds mu.
func (l *Licences) ukey(v verdict, at time.Time) api.LicenseUkey {
	u := api.LicenseUkey{
		Module: l.o.Module, Label: l.o.Label, PINRefused: l.state.Refused, PINSet: l.pinSet, GraceHours: int(l.o.Grace.Hours()), Fault: l.token.fault,
	}
	if t := l.token.token; t != nil {
		u.Token, u.Serial = t.Label, t.Serial
	}
	for _, j := range v.list {
		if proved, is := l.state.Proved[hex.EncodeToString(j.licence.Token[:])]; is && j.licence.Kind == licensing.Ukey {
			u.Proved = proved
			if !l.token.proof && at.Sub(proved) <= l.o.Grace {
				u.GraceUntil = proved.Add(l.o.Grace)
			}
		}
	}
	return u
}

// TrialName stands where a licence has its number.
const TrialName = "trial"

// Ending is what has to be told of licences.
type Ending struct {
	Name      string    // the licence's number, or TrialName
	End       time.Time // zero where there is none
	Now       time.Time // by which it is counted
	Barred    bool
	UkeyAway  time.Time // until when the licence counts without its token; zero where the token is there
	ClockBack bool
}

// Ending says what has to be told.
func (l *Licences) Ending() Ending {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.reach()
	v := l.verdict(at)
	e := Ending{Name: TrialName, End: v.until, Now: at, Barred: v.barred != nil, ClockBack: l.behind()}
	if v.force != nil {
		e.Name = number(v.force.licence)
		if v.force.grace {
			e.UkeyAway = l.ukey(v, at).GraceUntil
		}
	} else if n := len(v.list); n > 0 && e.Barred {
		e.Name = number(v.list[n-1].licence)
	}
	return e
}
