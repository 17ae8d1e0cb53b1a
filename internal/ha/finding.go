package ha

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Finding is something in a cluster that is unsafe or not as it should be. finding.<code> in internal/words says why,
// finding.<code>.do what to do about it.
type Finding struct {
	Code     string            `json:"code"`
	Severity Severity          `json:"severity" enum:"info,warning,critical"`
	Object   string            `json:"object,omitempty" doc:"Resource, constraint, node or property concerned; empty for the cluster as a whole."`
	Args     map[string]string `json:"args,omitempty"`
	// Fix is only there where it can be made without a service being interrupted by it.
	Fix []Edit `json:"fix,omitempty" doc:"The changes that mend it, as check.fix makes them; absent where a person has to decide."`
}

// The codes of findings, worst first. Args are named in the comment.
const (
	FindingFencingOff       = "fencing_off"          // critical:
	FindingNoDevice         = "no_fence_device"      // critical:
	FindingQuorumIgnored    = "quorum_ignored"       // critical:
	FindingCloneFS          = "filesystem_cloned"    // critical: resource, fstype
	FindingDRBDTwoPrimaries = "drbd_two_primaries"   // warning: resource
	FindingDRBDNotify       = "drbd_no_notify"       // warning: resource
	FindingDRBDPlain        = "drbd_not_promotable"  // warning: resource
	FindingMirrorTimeout    = "mirror_timeout"       // warning: resource, operation, timeout, least, mirror
	FindingUncovered        = "fence_uncovered"      // warning: node
	FindingUntested         = "fence_untested"       // warning: node
	FindingOneLink          = "one_link"             // warning:
	FindingLinksTogether    = "links_one_network"    // warning: links, network
	FindingVIPUnordered     = "vip_unordered"        // warning: resource, with
	FindingNoMonitor        = "no_monitor"           // warning: resource
	FindingPromotedBlind    = "promoted_unmonitored" // warning: resource
	FindingFailureIgnored   = "failure_ignored"      // warning: resource, operation
	FindingMoveLeft         = "move_left"            // warning: constraint, resource, node
	FindingForgetsFailures  = "forgets_failures"     // warning: resource, timeout, interval
	FindingNowhere          = "runs_nowhere"         // warning: resource
	FindingNoInterleave     = "clone_no_interleave"  // warning: resource, with
	FindingOldProperty      = "property_ignored"     // warning: name
	FindingEndlessStart     = "endless_start"        // warning:
	FindingNoStickiness     = "no_stickiness"        // warning: value
	FindingHealthUnread     = "health_unread"        // warning: name, value, why
	FindingHealthChanged    = "health_changed"       // warning:
	FindingHealthHeld       = "health_held"          // warning: resource
	FindingHealthBlind      = "health_blind"         // warning: node, kind, why
	FindingHealthAgent      = "health_agent"         // info: resource, agent, kind
	FindingFailuresLeft     = "failures_left"        // info: resource, node, operation
	FindingMonitorTimeout   = "monitor_no_timeout"   // info: resource
	FindingVIPMiddle        = "vip_in_the_middle"    // info: resource, next
	FindingNeverForgotten   = "threshold_no_timeout" // info: resource, threshold
	FindingOldSyntax        = "old_syntax"           // info: example, count
)

// The codes of findings about replicated volumes, which internal/drbd gives. Each has volume among its args; the line is of the text.
const (
	FindingDRBDNoFencing     = "drbd_no_fencing"       // critical:
	FindingDRBDNoHandler     = "drbd_no_fence_handler" // critical: policy
	FindingDRBDDiscards      = "drbd_discards"         // critical without fencing, else warning: option, value
	FindingDRBDNoFlush       = "drbd_no_flush"         // critical: option
	FindingDRBDNoOrder       = "drbd_no_order"         // critical:
	FindingDRBDExposed       = "drbd_secret_exposed"   // critical: file
	FindingDRBDTwice         = "drbd_twice"            // critical: name, line
	FindingDRBDProtocol      = "drbd_protocol"         // warning: protocol
	FindingDRBDPullAhead     = "drbd_pull_ahead"       // warning:
	FindingDRBDNoLog         = "drbd_no_activity_log"  // warning:
	FindingDRBDBothWrite     = "drbd_both_write"       // warning:
	FindingDRBDWeakFencing   = "drbd_fencing_weak"     // warning:
	FindingDRBDNeverUnfenced = "drbd_never_unfenced"   // warning:
	FindingDRBDIOError       = "drbd_io_error"         // warning: value
	FindingDRBDNoSecret      = "drbd_no_secret"        // warning:
	FindingDRBDUnstable      = "drbd_unstable_name"    // warning: node, disk
	FindingDRBDNoQuorum      = "drbd_no_quorum"        // warning:
	FindingDRBDVersion       = "drbd_version"          // warning: option, value, version
	FindingDRBDUnread        = "drbd_unread"           // warning: file, why
	FindingDRBDUnknown       = "drbd_unknown"          // warning: name, section, line
	FindingDRBDValue         = "drbd_value"            // warning: name, section, value, line
	FindingDRBDAlone         = "drbd_alone"            // warning: line
	FindingDRBDWeakHash      = "drbd_weak_hash"        // info: alg
	FindingDRBDNoVerify      = "drbd_no_verify"        // info:
	FindingDRBDObsolete      = "drbd_obsolete"         // info: option
	FindingDRBDInclude       = "drbd_include"          // info: file, line
)

// FindingCodes are all codes: those that Findings gives, those of volumes, and those of budgets, each worst first.
var FindingCodes = []string{
	FindingFencingOff, FindingNoDevice, FindingQuorumIgnored, FindingCloneFS, FindingDRBDTwoPrimaries, FindingDRBDNotify, FindingDRBDPlain, FindingMirrorTimeout, FindingUncovered,
	FindingUntested, FindingOneLink, FindingLinksTogether, FindingVIPUnordered, FindingNoMonitor, FindingPromotedBlind, FindingFailureIgnored, FindingMoveLeft,
	FindingForgetsFailures, FindingNowhere, FindingNoInterleave, FindingOldProperty, FindingEndlessStart, FindingNoStickiness,
	FindingHealthUnread, FindingHealthChanged, FindingHealthHeld, FindingHealthBlind, FindingHealthAgent, FindingFailuresLeft,
	FindingMonitorTimeout, FindingVIPMiddle, FindingNeverForgotten, FindingOldSyntax,

	FindingDRBDNoFencing, FindingDRBDNoHandler, FindingDRBDDiscards, FindingDRBDNoFlush, FindingDRBDNoOrder, FindingDRBDExposed, FindingDRBDTwice,
	FindingDRBDProtocol, FindingDRBDPullAhead, FindingDRBDNoLog, FindingDRBDBothWrite, FindingDRBDWeakFencing, FindingDRBDNeverUnfenced, FindingDRBDIOError,
	FindingDRBDNoSecret, FindingDRBDUnstable, FindingDRBDNoQuorum, FindingDRBDVersion, FindingDRBDUnread, FindingDRBDUnknown, FindingDRBDValue, FindingDRBDAlone,
	FindingDRBDWeakHash, FindingDRBDNoVerify, FindingDRBDObsolete, FindingDRBDInclude,

	FindingBudgetNoTaker, FindingBudgetNoFencing, FindingBudgetNoQuorum, FindingBudgetNotWatched, FindingBudgetHeld, FindingBudgetMonitor, FindingBudgetEvent,
	FindingBudgetToken, FindingBudgetDelay, FindingBudgetFencing, FindingBudgetStop, FindingBudgetStart, FindingBudgetUnmeasured,
}

// Findings looks at what is configured and observed for what is known to end badly, worst first. St may be nil, and so may the
// parts of b: what they would tell is then not looked at.
func Findings(cfg *Config, st *State, b Background) []Finding {
	if cfg == nil {
		return []Finding{}
	}
	f := finder{cfg: cfg, st: st, b: b, list: []Finding{}}
	f.fencing()
	f.quorum()
	f.linkNetworks()
	f.properties()
	f.defaults()
	f.health()
	for _, r := range cfg.Resources {
		f.resource(r, nil)
	}
	f.addresses()
	f.clones()
	f.mirrors()
	f.constraints()
	f.failures()
	f.oldWords()
	SortFindings(f.list)
	return f.list
}

// SortFindings puts findings in order, worst first.
func SortFindings(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity.number(), a.Severity.number()), cmp.Compare(slices.Index(FindingCodes, a.Code), slices.Index(FindingCodes, b.Code)))
	})
}

// FindFinding returns the finding of that code about that object.
func FindFinding(list []Finding, code, object string) (Finding, bool) {
	for _, f := range list {
		if f.Code == code && f.Object == object {
			return f, true
		}
	}
	return Finding{}, false
}

type finder struct {
	cfg  *Config
	st   *State
	b    Background
	list []Finding
}

func (f *finder) add(code string, s Severity, object string, fix []Edit, pairs ...string) {
	x := Finding{Code: code, Severity: s, Object: object, Fix: fix}
	for i := 0; i+1 < len(pairs); i += 2 {
		if x.Args == nil {
			x.Args = map[string]string{}
		}
		x.Args[pairs[i]] = pairs[i+1]
	}
	f.list = append(f.list, x)
}

// nodes counts the members; one node alone has nobody to be kept apart from.
func (f *finder) nodes() int {
	if n := len(f.b.Setup.Nodes); n > 0 {
		return n
	}
	n := 0
	for _, node := range f.cfg.Nodes {
		if node.IsMember() {
			n++
		}
	}
	return n
}

// property reads a cluster property, by its old name too: Pacemaker 1 wrote underscores.
func (f *finder) property(name string) string { return f.cfg.property(name) }

// property is a property of the cluster, by its name or as it was written of old; nothing where nobody has set it.
func (c *Config) property(name string) string {
	if c == nil {
		return ""
	}
	return cmp.Or(c.Properties[name], c.Properties[strings.ReplaceAll(name, "-", "_")])
}

func (f *finder) no(name string) bool {
	v := f.property(name)
	return v != "" && !Yes(v)
}

func (f *finder) fencing() {
	if f.nodes() < 2 {
		return
	}
	view := ViewFencing(f.cfg, f.st, f.b)
	devices := allFenceDevices(f.cfg.Resources)
	all := len(view.Nodes) > 0
	for _, n := range view.Nodes {
		all = all && (n.Covered || n.Idle)
	}
	switch {
	case f.no("stonith-enabled") && all && len(devices) > 0 && f.st != nil:
		f.add(FindingFencingOff, Critical, "stonith-enabled", []Edit{{Op: SetProperties, Values: map[string]string{"stonith-enabled": "true"}}})
		return
	case f.no("stonith-enabled"):
		f.add(FindingFencingOff, Critical, "stonith-enabled", nil)
		return
	case len(devices) == 0 && !watchdogFences(*f.cfg):
		f.add(FindingNoDevice, Critical, "", nil)
		return
	case f.st == nil:
		return
	}
	for _, n := range view.Nodes {
		switch {
		case n.Idle:
		case !n.Fences(watchdogFences(*f.cfg)):
			f.add(FindingUncovered, Warning, n.Node, nil, "node", n.Node)
		case slices.Contains(view.NeedsFencingTest, n.Node):
			f.add(FindingUntested, Warning, n.Node, nil, "node", n.Node)
		}
	}
}

// quorum: without it each part of a split cluster goes on by itself.
func (f *finder) quorum() {
	if f.property("no-quorum-policy") != "ignore" || f.nodes() < 2 {
		return
	}
	// A cluster that is quorate now goes on as it is; one of two nodes needs two_node to survive the loss of the other.
	var fix []Edit
	safe := f.st != nil && f.st.Running && f.st.Quorate && len(f.b.Setup.Nodes) > 0
	if safe && (len(f.b.Setup.Nodes) != 2 || f.b.Setup.EffectiveQuorum().TwoNode || f.b.Setup.EffectiveQuorum().Device != nil) {
		fix = []Edit{{Op: SetProperties, Values: map[string]string{"no-quorum-policy": "stop"}}}
	}
	f.add(FindingQuorumIgnored, Critical, "no-quorum-policy", fix)
}

func (f *finder) linkNetworks() {
	s := f.b.Setup
	if len(s.Nodes) < 2 {
		return
	}
	links := s.LinkList()
	if len(links) == 1 {
		f.add(FindingOneLink, Warning, "", nil)
		return
	}
	// Two links in one network have one switch, one cable, one mistake in common.
	first := s.Nodes[0]
	facts, known := f.b.Facts[first.Name]
	if !known {
		return
	}
	by := map[string]string{}
	for _, l := range links {
		_, network := facts.InterfaceOf(s.Address(first.Name, l.Number))
		if !network.IsValid() {
			continue
		}
		name := network.Masked().String()
		if other, taken := by[name]; taken {
			f.add(FindingLinksTogether, Warning, "", nil, "links", other+", "+strconv.Itoa(l.Number), "network", name)
			return
		}
		by[name] = strconv.Itoa(l.Number)
	}
}

// oldProperties have no effect since Pacemaker 2.0.
var oldProperties = []string{"default-resource-stickiness", "is-managed-default", "default-action-timeout", "default-resource-failure-stickiness"}

func (f *finder) properties() {
	for _, name := range oldProperties {
		for _, spelled := range []string{name, strings.ReplaceAll(name, "-", "_")} {
			if _, has := f.cfg.Properties[spelled]; has {
				f.add(FindingOldProperty, Warning, spelled, []Edit{{Op: SetProperties, Unset: []string{spelled}}}, "name", spelled)
			}
		}
	}
	if f.no("start-failure-is-fatal") && f.cfg.ResourceDefaults["migration-threshold"] == "" && !f.everyService("migration-threshold") {
		f.add(FindingEndlessStart, Warning, "start-failure-is-fatal", []Edit{{Op: SetResourceDefault, Values: map[string]string{"migration-threshold": "3"}}})
	}
}

// services are the top-level resources that run in one place and are no fence devices.
func (f *finder) services() []Resource {
	var list []Resource
	for _, r := range f.cfg.Resources {
		if (r.Kind == Primitive || r.Kind == Group) && !strings.HasPrefix(r.Agent, "stonith:") {
			list = append(list, r)
		}
	}
	return list
}

// everyService says whether each service has a meta attribute of its own, or a part of it has.
func (f *finder) everyService(name string) bool {
	for _, r := range f.services() {
		if !slices.ContainsFunc(append([]Resource{r}, r.Members...), func(m Resource) bool { return m.Meta[name] != "" }) {
			return false
		}
	}
	return true
}

func (f *finder) defaults() {
	if f.nodes() < 2 || len(f.services()) == 0 {
		return
	}
	if Score(f.cfg.ResourceDefaults["resource-stickiness"]) == 0 && !f.everyService("resource-stickiness") {
		// Where a service is to go back by itself, the preference must stay above what holds it.
		value := "100"
		for _, c := range f.cfg.Constraints {
			if s := Score(c.Score); c.Kind == Location && (s > 0 && s < Infinity || c.Rule != nil && Score(c.Rule.Score) > 0 && Score(c.Rule.Score) < Infinity || c.Complex) {
				value = "1"
			}
		}
		f.add(FindingNoStickiness, Warning, "resource-stickiness", []Edit{{Op: SetResourceDefault, Values: map[string]string{"resource-stickiness": value}}}, "value", value)
	}
	if t := f.cfg.ResourceDefaults["migration-threshold"]; Score(t) > 0 && Score(t) < Infinity && f.cfg.ResourceDefaults["failure-timeout"] == "" && !f.everyService("failure-timeout") {
		f.add(FindingNeverForgotten, Info, "migration-threshold", []Edit{{Op: SetResourceDefault, Values: map[string]string{"failure-timeout": "10min"}}}, "resource", "–", "threshold", t)
	}
}

// failures are what the cluster remembers until it is cleaned up.
func (f *finder) failures() {
	if f.st == nil {
		return
	}
	told := map[string]bool{}
	for _, x := range f.st.Failures {
		if key := x.Resource + "@" + x.Node; !told[key] {
			told[key] = true
			f.add(FindingFailuresLeft, Info, key, nil, "resource", x.Resource, "node", x.Node, "operation", x.Operation)
		}
	}
}

// meta returns a meta attribute of a resource as it inherits it from what holds it, its template and the defaults. Holders are the
// groups and clones around it, outermost first.
func (f *finder) meta(r Resource, holders []Resource, name string) string {
	list := []string{r.Meta[name]}
	if t := f.template(r); t != nil {
		list = append(list, t.Meta[name])
	}
	for _, h := range slices.Backward(holders) {
		list = append(list, h.Meta[name])
	}
	return cmp.Or(append(list, f.cfg.ResourceDefaults[name])...)
}

func (f *finder) template(r Resource) *Resource {
	if r.Template == "" {
		return nil
	}
	for i := range f.cfg.Resources {
		if t := &f.cfg.Resources[i]; t.Kind == Template && t.ID == r.Template {
			return t
		}
	}
	return nil
}

// milliseconds reads a time as Pacemaker does; 0 where it is none.
func milliseconds(text string) int {
	d, _ := ParseTime(text)
	return int(d / time.Millisecond)
}
