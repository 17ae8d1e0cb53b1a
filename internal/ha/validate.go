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
		checkAgent(f, at, r)
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
	checkOperations(f, at, r.Operations)
	for i, m := range r.Members {
		in := fmt.Sprintf("%smembers[%d].", at, i)
		if m.Kind != Primitive && (r.Kind == Group || m.Kind != Group) {
			f.Add(in+"kind", "resource.nested", "cannot be inside another", "id", m.ID, "kind", string(m.Kind))
		}
		checkResource(f, in, m, seen)
	}
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

// checkMeta checks the meta attributes whose values Pacemaker would otherwise replace by a default without a word.
func checkMeta(f *fault.Fields, at string, meta map[string]string) {
	allowed := map[string][]string{
		"target-role":     {"Started", "Stopped", "Promoted", "Unpromoted", "Master", "Slave"},
		"is-managed":      {"true", "false", "on", "off", "yes", "no", "1", "0"},
		"maintenance":     {"true", "false", "on", "off", "yes", "no", "1", "0"},
		"multiple-active": {"stop_start", "stop_only", "block", "stop_unexpected"},
	}
	for _, name := range sortedKeys(allowed) {
		if v, has := meta[name]; has && !slices.ContainsFunc(allowed[name], func(a string) bool { return strings.EqualFold(a, v) }) {
			f.Add(at+name, "field.one_of", "unknown value", "value", v, "allowed", strings.Join(allowed[name], ", "))
		}
	}
	for _, name := range []string{"migration-threshold", "priority", "resource-stickiness"} {
		if v, has := meta[name]; has {
			checkScore(f, at+name, v)
		}
	}
	checkDuration(f, at+"failure-timeout", meta["failure-timeout"])
}

// ValidateConstraint checks a constraint by itself. Whether its resources and nodes exist, the cluster knows.
func ValidateConstraint(c Constraint) error {
	var f fault.Fields
	checkConstraint(&f, "", c)
	return f.Err()
}

func checkConstraint(f *fault.Fields, at string, c Constraint) {
	checkID(f, at+"id", c.ID)
	if c.Complex {
		f.Add(at+"complex", "constraint.complex", "Hawser shows such a constraint, but does not make it", "id", c.ID)
		return
	}
	var wanted []string
	switch c.Kind {
	case Location:
		wanted = []string{"resource"}
		switch {
		case c.Node == "" && c.Rule == nil:
			f.Add(at+"node", "field.required", "missing")
		case c.Node != "" && c.Rule != nil:
			f.Add(at+"rule", "constraint.node_or_rule", "a node or a rule, not both", "id", c.ID)
		case c.Rule != nil:
			checkRule(f, at+"rule.", *c.Rule)
		default:
			checkNodeName(f, at+"node", c.Node)
			if !required(f, at+"score", c.Score) {
				checkScore(f, at+"score", c.Score)
			}
		}
	case Colocation:
		wanted = []string{"resource", "with"}
		if !required(f, at+"score", c.Score) {
			checkScore(f, at+"score", c.Score)
		}
		same(f, at+"with", c.Resource, c.With)
	case Order:
		wanted = []string{"first", "then"}
		same(f, at+"then", c.First, c.Then)
		if kinds := []string{"", "Mandatory", "Optional", "Serialize"}; !slices.Contains(kinds, c.OrderKind) {
			f.Add(at+"orderKind", "field.one_of", "unknown", "value", c.OrderKind, "allowed", strings.Join(kinds[1:], ", "))
		}
		if actions := []string{"", "start", "stop", "promote", "demote"}; !slices.Contains(actions, c.Action) {
			f.Add(at+"action", "field.one_of", "unknown", "value", c.Action, "allowed", strings.Join(actions[1:], ", "))
		}
	case "":
		f.Add(at+"kind", "field.required", "missing")
		return
	default:
		f.Add(at+"kind", "field.one_of", "unknown kind", "value", string(c.Kind), "allowed", "location, colocation, order")
		return
	}
	given := map[string]string{"resource": c.Resource, "with": c.With, "first": c.First, "then": c.Then, "node": c.Node}
	for _, name := range []string{"resource", "with", "first", "then"} {
		switch value := given[name]; {
		case slices.Contains(wanted, name):
			checkID(f, at+name, value)
		case value != "":
			f.Add(at+name, "constraint.unwanted", "this kind has no such field", "kind", string(c.Kind), "field", name)
		}
	}
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

// same refuses a relation of a resource to itself.
func same(f *fault.Fields, path, a, b string) {
	if a == b && a != "" {
		f.Add(path, "constraint.same", "a resource cannot be related to itself", "resource", a)
	}
}

func checkRule(f *fault.Fields, at string, r Rule) {
	if !required(f, at+"score", r.Score) {
		checkScore(f, at+"score", r.Score)
	}
	if r.Bool != "" && r.Bool != "and" && r.Bool != "or" {
		f.Add(at+"bool", "field.one_of", "unknown", "value", r.Bool, "allowed", "and, or")
	}
	if len(r.Expressions) == 0 {
		f.Add(at+"expressions", "field.required", "missing")
	}
	operations := []string{"lt", "gt", "lte", "gte", "eq", "ne", "defined", "not_defined"}
	types := []string{"", "string", "integer", "number", "version"}
	for i, e := range r.Expressions {
		here := fmt.Sprintf("%sexpressions[%d].", at, i)
		if !required(f, here+"attribute", e.Attribute) && !valueName.MatchString(e.Attribute) {
			f.Add(here+"attribute", "attribute.name_invalid", "not a name that the cluster takes", "name", e.Attribute)
		}
		if !slices.Contains(operations, e.Operation) {
			f.Add(here+"operation", "field.one_of", "unknown", "value", e.Operation, "allowed", strings.Join(operations, ", "))
		} else if needs := !strings.HasSuffix(e.Operation, "defined"); needs {
			required(f, here+"value", e.Value)
		}
		if !slices.Contains(types, e.Type) {
			f.Add(here+"type", "field.one_of", "unknown", "value", e.Type, "allowed", strings.Join(types[1:], ", "))
		}
		if !xmlText(e.Value) {
			f.Add(here+"value", "attribute.value_invalid", "holds characters that XML cannot carry", "name", e.Attribute)
		}
	}
}

// ValidateValues checks names and values of properties, defaults or attributes; path stands before their names.
func ValidateValues(path string, values map[string]string) error {
	var f fault.Fields
	checkValues(&f, path, values)
	return f.Err()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
