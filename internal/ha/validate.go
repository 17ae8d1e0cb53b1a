package ha

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/fault"
)

// ValidateSetup checks what can be known of a cluster before any host is asked, and tells all mistakes at once.
// Whether an address belongs to a host, and whether two links share a subnet, only the hosts know: see preflight.
func ValidateSetup(s Setup) error {
	var f fault.Fields
	checkClusterName(&f, "name", s.Name)
	switch {
	case len(s.Nodes) == 0:
		f.Add("nodes", "field.required", "missing")
	case len(s.Nodes) > MaxNodes:
		f.Add("nodes", "cluster.too_many_nodes", "at most 32 nodes", "max", strconv.Itoa(MaxNodes))
	}
	names, ids := map[string]int{}, map[int]int{}
	for i, n := range s.Nodes {
		at := fmt.Sprintf("nodes[%d]", i)
		checkNodeName(&f, at+".name", n.Name)
		// Pacemaker compares node names without regard to case.
		if j, taken := names[strings.ToLower(n.Name)]; taken && n.Name != "" {
			f.Add(at+".name", "node.name_taken", fmt.Sprintf("nodes[%d] has this name", j), "name", n.Name)
		} else {
			names[strings.ToLower(n.Name)] = i
		}
		switch j, taken := ids[n.ID]; {
		case n.ID < 0 || int64(n.ID) > 1<<31-1:
			f.Add(at+".id", "node.id_invalid", "a node ID is a whole number from 1 to 2147483647", "id", strconv.Itoa(n.ID))
		case n.ID > 0 && taken:
			f.Add(at+".id", "node.id_taken", fmt.Sprintf("nodes[%d] has this ID", j), "id", strconv.Itoa(n.ID), "name", s.Nodes[j].Name)
		default:
			ids[n.ID] = i
		}
	}
	checkAddresses(&f, s.Nodes, s.Links)
	checkTiming(&f, s.Timing, len(s.Nodes))
	checkLinks(&f, s)
	checkQuorum(&f, s)
	checkValues(&f, "properties", s.Properties)
	return f.Err()
}

func checkAddresses(f *fault.Fields, nodes []SetupNode, links []Link) {
	most, want := MaxLinks, 0
	if links != nil {
		most, want = MaxLinks+1, len(links) // each kind has its own bound: see checkLinks
	}
	taken := map[netip.Addr]string{}
	family := map[int]bool{} // of each link: whether it is IPv4
	for i, n := range nodes {
		at := fmt.Sprintf("nodes[%d].addresses", i)
		switch {
		case len(n.Addresses) == 0:
			f.Add(at, "field.required", "missing")
		case len(n.Addresses) > most:
			f.Add(at, "link.too_many", "at most 7 links", "max", strconv.Itoa(MaxLinks))
		case want > 0 && len(n.Addresses) != want:
			f.Add(at, "link.count_uneven", "every node needs an address on every link",
				"want", strconv.Itoa(want), "got", strconv.Itoa(len(n.Addresses)))
		case len(n.Addresses) != len(nodes[0].Addresses):
			f.Add(at, "link.count_uneven", "every node needs an address on every link",
				"want", strconv.Itoa(len(nodes[0].Addresses)), "got", strconv.Itoa(len(n.Addresses)))
		}
		for l, text := range n.Addresses {
			here := fmt.Sprintf("%s[%d]", at, l)
			if required(f, here, text) {
				continue
			}
			a, err := netip.ParseAddr(text)
			if err != nil || a.Zone() != "" {
				f.Add(here, "address.invalid", "not an IP address", "address", text)
				continue
			}
			a = a.Unmap()
			if a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
				f.Add(here, "address.unusable", "an address that no other node can reach", "address", text)
				continue
			}
			if owner, has := taken[a]; has {
				f.Add(here, "address.taken", "given twice", "address", text, "node", owner)
			}
			taken[a] = n.Name
			if v4, has := family[l]; has && v4 != a.Is4() {
				f.Add(here, "address.family_mixed", "a link is IPv4 on all nodes or IPv6 on all nodes", "address", text, "link", strconv.Itoa(l))
			} else if !has {
				family[l] = a.Is4()
			}
		}
	}
}

// ValidateTiming checks timing for a cluster of so many nodes.
func ValidateTiming(t Timing, nodes int) error {
	var f fault.Fields
	checkTiming(&f, t, nodes)
	for i := range f {
		f[i].Path = strings.TrimPrefix(f[i].Path, "timing.")
	}
	return f.Err()
}

func checkTiming(f *fault.Fields, t Timing, nodes int) {
	if _, named := profiles[t.Profile]; !named && t.Profile != "" && t.Profile != ProfileCustom {
		f.Add("timing.profile", "field.one_of", "unknown profile", "value", t.Profile, "allowed", "fast, balanced, tolerant, custom")
	}
	if t.Token != 0 && (t.Token < minToken || t.Token > maxToken) {
		f.Add("timing.token", "field.range", "out of range", "min", strconv.Itoa(minToken), "max", strconv.Itoa(maxToken))
	}
	if t.Profile == ProfileCustom && t.Token == 0 {
		f.Add("timing.token", "field.required", "missing")
	}
	if c := t.TokenCoefficient; c != nil && (*c < 0 || *c > maxToken) {
		f.Add("timing.tokenCoefficient", "field.range", "out of range", "min", "0", "max", strconv.Itoa(maxToken))
	}
	if t.Consensus != 0 {
		at := t
		at.Consensus = 0
		if least := at.Resolved(nodes).Consensus; t.Consensus < least {
			f.Add("timing.consensus", "timing.consensus_low", "at least 1.2 times the token", "min", strconv.Itoa(least))
		}
	}
}

// ValidateResource checks a resource as it would be configured, with what it holds. Whether its agent exists and which
// parameters that takes, only a node knows.
func ValidateResource(r Resource) error {
	var f fault.Fields
	checkResource(&f, "", r, map[string]bool{})
	return f.Err()
}

func checkResource(f *fault.Fields, at string, r Resource, seen map[string]bool) {
	checkID(f, at+"id", r.ID)
	if seen[r.ID] && r.ID != "" {
		f.Add(at+"id", "resource.id_taken", "given twice", "id", r.ID)
	}
	seen[r.ID] = true
	switch r.Kind {
	case Primitive, Template:
		if !r.IsReference() || at == "" {
			checkAgent(f, at, r)
		}
		if len(r.Members) > 0 {
			f.Add(at+"members", "resource.members_unwanted", "a primitive holds nothing", "id", r.ID)
		}
	case Group, Clone, Bundle:
		if r.Agent != "" {
			f.Add(at+"agent", "resource.agent_unwanted", "only a primitive has an agent", "id", r.ID)
		}
		if len(r.Operations) > 0 {
			f.Add(at+"operations", "resource.operations_unwanted", "only a primitive has operations", "id", r.ID)
		}
		if len(r.Members) == 0 && r.Kind != Bundle {
			f.Add(at+"members", "field.required", "missing")
		}
		if len(r.Members) > 1 && r.Kind != Group {
			f.Add(at+"members", "resource.one_member", "holds one resource", "id", r.ID)
		}
	case "":
		f.Add(at+"kind", "field.required", "missing")
	default:
		f.Add(at+"kind", "field.one_of", "unknown kind", "value", string(r.Kind), "allowed", "primitive, group, clone, bundle, template")
	}
	checkValues(f, at+"parameters", r.Parameters)
	checkValues(f, at+"meta", r.Meta)
	checkMeta(f, at+"meta.", r.Meta)
	checkGuest(f, at, r)
	if r.Agent == RemoteAgent {
		checkConnection(f, at, r)
	}
	checkUtilization(f, at+"utilization", r.Utilization)
	if len(r.Utilization) > 0 && r.Kind != Primitive && r.Kind != Template {
		f.Add(at+"utilization", "resource.utilization_unwanted", "only a primitive has utilization", "id", r.ID)
	}
	checkContainer(f, at+"container", r)
	checkOperations(f, at, r.Operations)
	for i, m := range r.Members {
		in := fmt.Sprintf("%smembers[%d].", at, i)
		switch {
		case m.IsReference() && r.Kind != Bundle:
			checkID(f, in+"id", m.ID) // what it is, the configuration knows
			if seen[m.ID] {
				f.Add(in+"id", "resource.id_taken", "given twice", "id", m.ID)
			}
			seen[m.ID] = true
			continue
		case m.Kind != Primitive && (r.Kind != Clone || m.Kind != Group):
			f.Add(in+"kind", "resource.nested", "cannot be inside another", "id", m.ID, "kind", string(m.Kind))
		case IsFenceDevice(m.Agent), m.Agent == RemoteAgent:
			f.Add(in+"agent", "resource.nested", "cannot be inside another", "id", m.ID, "kind", m.Agent)
		}
		checkResource(f, in, m, seen)
	}
}

// IsReference says whether a member is only an ID: a resource that exists already and becomes a member.
func (r Resource) IsReference() bool {
	return r.Agent == "" && r.Template == "" && (r.Kind == "" || r.Kind == Primitive) && r.Container == nil &&
		len(r.Members)+len(r.Parameters)+len(r.Meta)+len(r.Utilization)+len(r.Operations) == 0
}

func checkAgent(f *fault.Fields, at string, r Resource) {
	switch {
	case r.Agent == "" && (r.Template == "" || r.Kind == Template):
		f.Add(at+"agent", "field.required", "missing")
	case r.Agent != "" && r.Template != "":
		f.Add(at+"template", "resource.agent_or_template", "an agent or a template, not both", "id", r.ID)
	case r.Agent != "" && !anAgent.MatchString(r.Agent):
		f.Add(at+"agent", "agent.name_invalid", "not an agent's name such as ocf:heartbeat:IPaddr2 or systemd:nginx", "agent", r.Agent)
	}
	if r.Template != "" {
		checkID(f, at+"template", r.Template)
	}
}

// onFail is what may happen after a failed operation. Source: Pacemaker Explained 2.1, "Operation properties".
var onFail = []string{"ignore", "block", "stop", "restart", "standby", "fence", "demote", "restart-container"}

func checkOperations(f *fault.Fields, at string, list []Operation) {
	type key struct{ name, interval string }
	seen := map[key]bool{}
	for i, o := range list {
		here := fmt.Sprintf("%soperations[%d].", at, i)
		if !required(f, here+"name", o.Name) && !xmlID.MatchString(o.Name) {
			f.Add(here+"name", "attribute.name_invalid", "not a name that the cluster takes", "name", o.Name)
		}
		checkDuration(f, here+"interval", o.Interval)
		checkDuration(f, here+"timeout", o.Timeout)
		if o.OnFail != "" && !slices.Contains(onFail, o.OnFail) {
			f.Add(here+"onFail", "field.one_of", "unknown", "value", o.OnFail, "allowed", strings.Join(onFail, ", "))
		}
		once := slices.Contains([]string{"start", "stop", "promote", "demote"}, o.Name)
		if zero := o.Interval == "" || strings.TrimRight(o.Interval, "smhinuecr ") == "0"; once && !zero {
			f.Add(here+"interval", "operation.not_repeated", "only monitor is repeated", "name", o.Name)
		}
		// Pacemaker tells operations apart by name and interval alone: two monitors need two intervals, whatever their roles.
		if k := (key{o.Name, o.Interval}); seen[k] {
			f.Add(here+"interval", "operation.twice", "the same operation with the same interval", "name", o.Name, "interval", o.Interval)
		} else {
			seen[k] = true
		}
		checkValues(f, here+"options", o.Options)
		checkValues(f, here+"parameters", o.Parameters)
	}
}

// booleans are what Pacemaker takes for true and false.
var booleans = []string{"true", "false", "on", "off", "yes", "no", "y", "n", "1", "0"}

// checkUtilization holds capacities to whole numbers: Pacemaker counts what is none as 0 without a word.
func checkUtilization(f *fault.Fields, at string, values map[string]string) {
	checkValues(f, at, values)
	for _, name := range sortedKeys(values) {
		if v := values[name]; !aCount.MatchString(v) {
			f.Add(at+"."+name, "field.number", "not a whole number", "value", v)
		}
	}
}

// ValidateUtilization checks capacities; path stands before their names.
func ValidateUtilization(path string, values map[string]string) error {
	var f fault.Fields
	checkUtilization(&f, path, values)
	return f.Err()
}

// checkMeta checks the meta attributes whose values Pacemaker would otherwise replace by a default without a word.
func checkMeta(f *fault.Fields, at string, meta map[string]string) {
	allowed := map[string][]string{
		"target-role":     {"Started", "Stopped", "Promoted", "Unpromoted", "Master", "Slave"},
		"is-managed":      booleans,
		"maintenance":     booleans,
		"multiple-active": {"stop_start", "stop_only", "block", "stop_unexpected"},
	}
	for _, name := range []string{"notify", "ordered", "interleave", "globally-unique", "promotable", "allow-migrate", "critical", "allow-unhealthy-nodes", "remote-allow-migrate"} {
		allowed[name] = booleans
	}
	for _, name := range sortedKeys(allowed) {
		if v, has := meta[name]; has && !slices.ContainsFunc(allowed[name], func(a string) bool { return strings.EqualFold(a, v) }) {
			f.Add(at+name, "field.one_of", "unknown value", "value", v, "allowed", strings.Join(allowed[name], ", "))
		}
	}
	for _, name := range []string{"clone-max", "clone-node-max", "clone-min", "promoted-max", "promoted-node-max", "master-max", "master-node-max"} {
		if v, has := meta[name]; has && !aCount.MatchString(v) {
			f.Add(at+name, "field.number", "not a whole number", "value", v)
		}
	}
	for _, name := range []string{"migration-threshold", "priority", "resource-stickiness"} {
		if v, has := meta[name]; has {
			checkScore(f, at+name, v)
		}
	}
	checkDuration(f, at+"failure-timeout", meta["failure-timeout"])
}

// ValidateTag checks a tag by itself. Whether its resources exist, the cluster knows.
func ValidateTag(t Tag) error {
	var f fault.Fields
	checkID(&f, "id", t.ID)
	if len(t.Resources) == 0 {
		f.Add("resources", "field.required", "missing")
	}
	for i, id := range t.Resources {
		at := fmt.Sprintf("resources[%d]", i)
		checkID(&f, at, id)
		if slices.Contains(t.Resources[:i], id) && id != "" {
			f.Add(at, "resource.id_taken", "given twice", "id", id)
		}
	}
	return f.Err()
}

// ValidateValues checks names and values of properties, defaults or attributes; path stands before their names.
func ValidateValues(path string, values map[string]string) error {
	var f fault.Fields
	checkValues(&f, path, values)
	for _, name := range sortedKeys(values) {
		if why := CheckHealthValue(name, values[name]); why != "" {
			f.Add(path+"."+name, "health.value_invalid", "smart migration cannot read it", "name", name, "value", values[name], "why", why)
		}
	}
	return f.Err()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
