package ha

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WatchProperty is a cluster property of Hawser's own: on begins detection by events on all nodes, and monitors go on as they are.
const WatchProperty = "hawser-watch"

// What a node tells of failures that it has noticed by events and has told Pacemaker of: ms is the time from the event until then.
const (
	WatchProcess   ChangeKind = "resource.process_ended" // resource, node, what (PID, or unit of systemd), ms
	WatchAddress   ChangeKind = "resource.address_lost"  // resource, node, what (address), ms
	WatchCarrier   ChangeKind = "resource.carrier_lost"  // resource, node, what (interface), ms
	WatchUnmounted ChangeKind = "resource.unmounted"     // resource, node, what (mount point), ms
	WatchReadOnly  ChangeKind = "resource.read_only"     // resource, node, what (mount point), ms
	WatchDisk      ChangeKind = "resource.disk_lost"     // resource, node, what (volume), ms
)

// WatchKinds are all of them.
var WatchKinds = []ChangeKind{WatchProcess, WatchAddress, WatchCarrier, WatchUnmounted, WatchReadOnly, WatchDisk}

// Watching is a resource whose failure a node would notice by an event.
type Watching struct {
	Node     string       `json:"node"`
	Resource string       `json:"resource"`
	By       []ChangeKind `json:"by" doc:"What the event would be: the end of a process, the loss of an address, an unmount."`
}

// WatchedBy is what a node watches itself.
func (s State) WatchedBy(node string) []Watching {
	return slices.DeleteFunc(slices.Clone(s.Watched), func(w Watching) bool { return w.Node != node })
}

// NoticedByEvents returns resources with what is noticed by events marked: what is watched wherever it runs. The resources that are given
// stay as they are.
func NoticedByEvents(resources []ResourceState, watched []Watching) []ResourceState {
	at := map[[2]string]bool{}
	for _, w := range watched {
		at[[2]string{w.Node, w.Resource}] = true
	}
	var mark func([]ResourceState) []ResourceState
	mark = func(resources []ResourceState) []ResourceState {
		list := slices.Clone(resources)
		for i, r := range list {
			on := r.ActiveOn()
			list[i].Members = mark(r.Members)
			list[i].ByEvent = len(on) > 0 && !slices.ContainsFunc(on, func(node string) bool { return !at[[2]string{node, r.ID}] })
		}
		return list
	}
	marked := func(r ResourceState) bool { return r.ByEvent }
	if len(at) == 0 && !slices.ContainsFunc(Leaves(resources), marked) { // as it is in most clusters
		return resources
	}
	return mark(resources)
}

// WatchOn says whether detection by events is on in a cluster. Somebody has to switch it on (decision 0016).
func WatchOn(cfg Config) bool { return Yes(cfg.Properties[WatchProperty]) }

// CheckWatchValue says what is wrong with a value of the property; empty where nothing is.
func CheckWatchValue(name, value string) string {
	if name != WatchProperty || slices.Contains([]string{"on", "off", "true", "false", "yes", "no", "1", "0"}, strings.ToLower(value)) {
		return ""
	}
	return value
}

// The reasons for which a failure of a primitive is left to Pacemaker's own monitor.
const (
	UnwatchedOff         = "off"         // switched off in the cluster
	UnwatchedFencing     = "fencing"     // a fence device is no service
	UnwatchedUnique      = "unique"      // instances on one node cannot be told apart
	UnwatchedMonitor     = "no_monitor"  // whoever wants no monitor wants no failures
	UnwatchedOnFail      = "on_fail"     // what is reported from outside is restarted, whatever the monitor's on-fail says
	UnwatchedPending     = "pending"     // operations under way are not recorded: a stop could not be told from a failure
	UnwatchedMaintenance = "maintenance" // of the cluster, or of the resource
	UnwatchedUnmanaged   = "unmanaged"
	UnwatchedStopped     = "stopped" // by target-role, or all resources
)

// Watched is a primitive as detection by events has it.
type Watched struct {
	ID         string
	Agent      string
	Parameters map[string]string
	// Ruled says that rules decide on parameters, too: those above are not all, or not what it runs with.
	Ruled bool
	// Level and Timeout are of the deepest of its monitors: OCF_CHECK_LEVEL, and how long it may take.
	Level   int
	Timeout time.Duration
	// Why is the reason for which its failures are left to its monitor; empty where they are reported as soon as they are seen.
	Why string
}

// defaultTimeout is Pacemaker's where an operation has none.
const defaultTimeout = 20 * time.Second

// WatchedOf lists a cluster's primitives in the configuration's order.
func WatchedOf(cfg Config) []Watched {
	f := &finder{cfg: &cfg}
	var list []Watched
	var walk func(resources, holders []Resource)
	walk = func(resources, holders []Resource) {
		for _, r := range resources {
			switch {
			case len(r.Members) > 0:
				walk(r.Members, append(slices.Clone(holders), r))
			case r.Kind == Primitive || r.Kind == "":
				list = append(list, f.watched(r, holders))
			}
		}
	}
	walk(cfg.Resources, nil)
	return list
}

// ruled says whether a resource or template has parameters that hold only while a rule is true.
func (f *finder) ruled(id string) bool {
	return slices.ContainsFunc(f.cfg.AttributeSets, func(s AttributeSet) bool { return s.Kind == ParameterSet && s.Resource == id })
}

func (f *finder) watched(r Resource, holders []Resource) Watched {
	operations := r.Operations
	w := Watched{ID: r.ID, Agent: r.Agent, Parameters: r.Parameters, Ruled: f.ruled(r.ID)}
	if t := f.template(r); t != nil {
		w.Agent = cmp.Or(r.Agent, t.Agent)
		w.Ruled = w.Ruled || f.ruled(t.ID)
		w.Parameters = maps.Clone(t.Parameters)
		if w.Parameters == nil {
			w.Parameters = map[string]string{}
		}
		maps.Copy(w.Parameters, r.Parameters)
		operations = withTemplate(r.Operations, t.Operations)
	}
	w.Why = f.unwatched(r, holders, w.Agent)
	unrecorded := func(options map[string]string) bool {
		value := options["record-pending"]
		return value != "" && !Yes(value)
	}
	if w.Why == "" && (unrecorded(f.cfg.OperationDefaults) || slices.ContainsFunc(operations, func(o Operation) bool { return unrecorded(o.Options) })) {
		w.Why = UnwatchedPending
	}
	monitored := false
	for _, o := range operations {
		enabled := o.Options["enabled"]
		if o.Name != "monitor" || Milliseconds(o.Interval) == "0" || enabled != "" && !Yes(enabled) {
			continue
		}
		monitored = true
		if fail := cmp.Or(o.OnFail, f.cfg.OperationDefaults["on-fail"]); fail != "" && fail != "restart" && w.Why == "" {
			w.Why = UnwatchedOnFail
		}
		level, _ := strconv.Atoi(cmp.Or(o.Parameters["OCF_CHECK_LEVEL"], o.Options["OCF_CHECK_LEVEL"]))
		timeout, is := ParseTime(cmp.Or(o.Timeout, f.cfg.OperationDefaults["timeout"]))
		if !is || timeout <= 0 {
			timeout = defaultTimeout
		}
		if w.Timeout == 0 || level > w.Level {
			w.Level, w.Timeout = level, timeout
		}
	}
	if !monitored && w.Why == "" {
		w.Why = UnwatchedMonitor
	}
	return w
}

// unwatched is what speaks against reporting a failure, apart from operations.
func (f *finder) unwatched(r Resource, holders []Resource, agent string) string {
	meta := func(name string) string { return f.meta(r, holders, name) }
	// A clone or a group that is not to run, or not to be managed, is so whatever a member says of itself.
	all := append(slices.Clone(holders), r)
	any := func(is func(Resource) bool) bool { return slices.ContainsFunc(all, is) }
	maintained := func(r Resource) bool { return Yes(r.Meta["maintenance"]) }
	unmanaged := func(r Resource) bool { value, set := r.Meta["is-managed"]; return set && !Yes(value) }
	stopped := func(r Resource) bool { return strings.EqualFold(r.Meta["target-role"], "Stopped") }
	managed, role := cmp.Or(meta("is-managed"), f.cfg.Properties["is-managed-default"]), meta("target-role")
	switch {
	case !WatchOn(*f.cfg):
		return UnwatchedOff
	case IsFenceDevice(agent):
		return UnwatchedFencing
	case Yes(meta("globally-unique")):
		return UnwatchedUnique
	case Yes(f.cfg.Properties["maintenance-mode"]), Yes(meta("maintenance")), any(maintained):
		return UnwatchedMaintenance
	case managed != "" && !Yes(managed), any(unmanaged):
		return UnwatchedUnmanaged
	case strings.EqualFold(role, "Stopped"), any(stopped), Yes(f.cfg.Properties["stop-all-resources"]):
		return UnwatchedStopped
	}
	return ""
}

// withTemplate adds to the operations of a primitive those of its template that it does not have itself.
func withTemplate(own, template []Operation) []Operation {
	list := slices.Clone(own)
	for _, o := range template {
		if !slices.ContainsFunc(own, func(p Operation) bool {
			return p.Name == o.Name && Milliseconds(p.Interval) == Milliseconds(o.Interval)
		}) {
			list = append(list, o)
		}
	}
	return list
}
