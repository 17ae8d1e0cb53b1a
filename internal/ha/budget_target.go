package ha

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The codes of findings about budgets that do not keep their target. Args of all: service, event, target (seconds). Those whose service
// comes back have time (what is to be expected, in seconds) as well.
const (
	FindingBudgetNoTaker    = "budget_no_taker"    // warning: object
	FindingBudgetNoFencing  = "budget_no_fencing"  // warning: object
	FindingBudgetNoQuorum   = "budget_no_quorum"   // warning: object
	FindingBudgetNotWatched = "budget_not_watched" // warning: object
	FindingBudgetHeld       = "budget_held"        // warning: object
	FindingBudgetMonitor    = "budget_monitor"     // warning: part, resource, want
	FindingBudgetEvent      = "budget_event"       // warning: part, resource
	FindingBudgetToken      = "budget_token"       // warning: part
	FindingBudgetDelay      = "budget_delay"       // warning: part, node, device
	FindingBudgetFencing    = "budget_fencing"     // warning: part, node, device
	FindingBudgetStop       = "budget_stop"        // warning: part, resource
	FindingBudgetStart      = "budget_start"       // warning: part, resource
	FindingBudgetUnmeasured = "budget_unmeasured"  // info: worst, what
)

// ofNever are the findings about what does not come back.
var ofNever = map[Never]string{
	NoTaker: FindingBudgetNoTaker, NoFencing: FindingBudgetNoFencing, NoQuorum: FindingBudgetNoQuorum, NotWatched: FindingBudgetNotWatched, Held: FindingBudgetHeld,
}

// ofPart are the findings about what takes most.
var ofPart = map[PartKind]string{
	PartToken: FindingBudgetToken, PartConsensus: FindingBudgetToken, PartMonitor: FindingBudgetMonitor, PartEvent: FindingBudgetEvent, PartDelay: FindingBudgetDelay,
	PartFence: FindingBudgetFencing, PartDemote: FindingBudgetStop, PartStop: FindingBudgetStop, PartStart: FindingBudgetStart, PartPromote: FindingBudgetStart,
}

// RTO is the time that was promised for an event, nil where none was.
func (t Target) RTO(e Event) *int {
	if e == EventPlanned {
		return t.RTOPlanned
	}
	return t.RTOUnplanned
}

// Against holds a budget against a target: what is to be expected decides.
func (b Budget) Against(t Target) Budget {
	b.Events = slices.Clone(b.Events)
	for i := range b.Events {
		e := &b.Events[i]
		e.Target, e.Answer, e.Finding = t.RTO(e.Event), "", nil
		if e.Target == nil {
			continue
		}
		limit := *e.Target * 1000
		switch {
		case e.Never != "", e.Typical.MS > limit:
			e.Answer = TargetMissed
		case e.Worst.MS <= limit, e.Typical.Exact:
			e.Answer = TargetMet
		default:
			e.Answer = TargetUnknown
		}
		if e.Answer != TargetMet {
			f := e.finding(b.Service)
			e.Finding = &f
		}
	}
	return b
}

// finding says why an event does not keep its target: what takes the most of it.
func (e BudgetEvent) finding(service string) Finding {
	f := Finding{Severity: Warning, Object: service, Args: map[string]string{"service": service, "event": string(e.Event), "target": strconv.Itoa(*e.Target)}}
	if e.Never != "" {
		f.Code, f.Args["object"] = ofNever[e.Never], e.Because
		return f
	}
	f.Args["time"] = inSeconds(e.Typical.MS)
	if e.Answer == TargetUnknown {
		var what []string
		for _, p := range e.Typical.Parts {
			if p.Source == SourceUnknown {
				what = append(what, string(p.Kind)+" "+p.Object)
			}
		}
		f.Code, f.Severity, f.Args["worst"], f.Args["what"] = FindingBudgetUnmeasured, Info, inSeconds(e.Worst.MS), strings.Join(what, ", ")
		return f
	}
	most, token := BudgetPart{}, 0
	for _, p := range e.Typical.Parts {
		if p.Kind == PartToken || p.Kind == PartConsensus {
			token += p.MS
			p.MS = token
		}
		if p.MS > most.MS {
			most = p
		}
	}
	f.Code, f.Args["part"] = ofPart[most.Kind], inSeconds(most.MS)
	switch most.Kind {
	case PartToken, PartConsensus:
	case PartDelay, PartFence:
		f.Args["node"], f.Args["device"] = most.Object, most.By
	case PartMonitor: // on average half of the interval passes
		f.Args["resource"] = most.Object
		f.Args["want"] = strconv.Itoa(max(1, 2*(*e.Target*1000-(e.Typical.MS-most.MS))/1000)) + "s"
	default:
		f.Args["resource"] = most.Object
	}
	return f
}

// Breaks are the findings about targets that a change would break: which were met, or nobody could tell, and would be missed; or were met
// and nobody could tell.
func Breaks(before, after []Budget) []Finding {
	was := map[string]Answer{}
	for _, b := range before {
		for _, e := range b.Events {
			was[b.Service+"|"+string(e.Event)] = e.Answer
		}
	}
	list := []Finding{}
	for _, b := range after {
		for _, e := range b.Events {
			old := was[b.Service+"|"+string(e.Event)]
			if e.Answer == TargetMissed && old != TargetMissed || e.Answer == TargetUnknown && old == TargetMet {
				list = append(list, *e.Finding)
			}
		}
	}
	SortFindings(list)
	return list
}

// inSeconds writes milliseconds as seconds, with a tenth where there are few.
func inSeconds(ms int) string {
	if ms < 10_000 {
		return fmt.Sprintf("%.1f", float64(ms)/1000)
	}
	return strconv.Itoa((ms + 500) / 1000)
}
