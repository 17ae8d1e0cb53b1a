package manifest

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Mapping says what of a cluster is called otherwise on other machines.
type Mapping struct {
	Cluster   string            `json:"cluster,omitempty" doc:"Name of the new cluster; absent: the old one's."`
	Nodes     []NodeMapping     `json:"nodes" doc:"One for each node of the old cluster."`
	Addresses map[string]string `json:"addresses,omitempty" doc:"Addresses in parameters, for example of virtual IPs: old to new. What stays is mapped to itself."`
	Devices   map[string]string `json:"devices,omitempty" doc:"Devices in parameters: old to new. What stays is mapped to itself."`
	Secrets   map[string]string `json:"secrets,omitempty" doc:"Secrets that only the old nodes have, by RESOURCE.PARAMETER. *** leaves a place in the file for one that is put there later."`
}

// NodeMapping is what becomes of a node.
type NodeMapping struct {
	Old       string   `json:"old"`
	New       string   `json:"new" doc:"Name of an enrolled host."`
	Addresses []string `json:"addresses" doc:"One for each heartbeat link."`
}

// Need is something in a parameter that is called otherwise on other machines, or that they do not have.
type Need struct {
	Kind      NeedKind
	Value     string // as it stands in the document; of a secret, the name that the mapping has for it
	Resource  string
	Parameter string
	At        string // path in the document
}

// NeedKind is the part of a mapping that answers a need.
type NeedKind string

// The kinds of needs.
const (
	NeedAddress NeedKind = "address"
	NeedDevice  NeedKind = "device"
	NeedSecret  NeedKind = "secret"
)

// Needs lists what the parameters of a document ask of a mapping, in the order of the document.
func (d Document) Needs() []Need {
	var g migration
	g.volumes(d.Volumes)
	g.resources(d.Resources, "resources")
	return g.needs
}

// ReadMapping reads a mapping as strictly as Read. Files are the contents of the files that values refer to.
func ReadMapping(text []byte, files map[string]string) (Mapping, error) {
	var m Mapping
	node, err := parse(text)
	if err != nil {
		return m, err
	}
	r := reader{files: files, places: Places{}}
	r.value(node, reflect.ValueOf(&m).Elem(), "", 0)
	return m, r.faults.Err()
}

// migration carries a document over to other machines.
type migration struct {
	Mapping
	nodes   map[string]string
	needs   []Need
	faults  fault.Fields
	missing map[string]bool // told already
}

// Migrate returns the document and the set-up of the same cluster on other machines. A node, an address or a device that the mapping
// leaves out is refused, all at once: what nobody has thought of must not be taken for the same over there.
func (d Document) Migrate(m Mapping) (Document, ha.Setup, error) {
	g := migration{Mapping: m, nodes: map[string]string{}, missing: map[string]bool{}}
	setup := g.setup(d)
	out := d
	out.Setup = nil
	if m.Cluster != "" {
		out.Cluster = m.Cluster
	}
	setup.Name = out.Cluster
	out.Nodes = nil
	for i, n := range d.Nodes {
		out.Nodes = append(out.Nodes, Node{Name: g.node(fmt.Sprintf("nodes[%d].name", i), n.Name), Attributes: n.Attributes})
	}
	out.Volumes = g.volumes(d.Volumes)
	out.Resources = g.resources(d.Resources, "resources")
	out.Constraints = nil
	for i, c := range d.Constraints {
		at := fmt.Sprintf("constraints[%d]", i)
		if c.Node != "" {
			c.Node = g.node(at+".node", c.Node)
		}
		if c.Rule != nil {
			rule := *c.Rule
			rule.Expressions = slices.Clone(rule.Expressions)
			for j, x := range rule.Expressions {
				if x.Attribute == "#uname" {
					rule.Expressions[j].Value = g.node(fmt.Sprintf("%s.rule.expressions[%d].value", at, j), x.Value)
				}
			}
			c.Rule = &rule
		}
		if c.Complex {
			g.faults.Add(at, "manifest.complex", "it says more than a file can change", "id", c.ID)
		}
		out.Constraints = append(out.Constraints, c)
	}
	out.FenceLevels = nil
	for i, l := range d.FenceLevels {
		if l.Node != "" {
			l.Node = g.node(fmt.Sprintf("fenceLevels[%d].node", i), l.Node)
		}
		out.FenceLevels = append(out.FenceLevels, l)
	}
	return out, setup, g.faults.Err()
}

// setup makes the set-up of the new cluster: the old one's timing, votes and links, with other names and addresses.
func (g *migration) setup(d Document) ha.Setup {
	if d.Setup == nil {
		g.faults.Add("setup", "migrate.no_setup", "the file does not say what nodes and links there are")
		return ha.Setup{}
	}
	s := *d.Setup
	s.Version, s.Nodes = 0, nil
	// What lies outside of the nodes does not move with them: a disk that carries a heartbeat, an arbiter.
	s.Links = slices.DeleteFunc(slices.Clone(s.Links), func(l ha.Link) bool { return l.Kind == ha.DiskLink })
	if s.Quorum != nil {
		q := *s.Quorum
		q.Device, q.ExpectedVotes = nil, 0
		s.Quorum = &q
	}
	byOld := map[string]NodeMapping{}
	taken := map[string]bool{}
	for i, n := range g.Nodes {
		at := fmt.Sprintf("mapping.nodes[%d]", i)
		if !slices.ContainsFunc(d.Setup.Nodes, func(o ha.SetupNode) bool { return o.Name == n.Old }) {
			g.faults.Add(at+".old", "node.unknown", "there is no such node", "node", n.Old)
		}
		if taken[n.New] {
			g.faults.Add(at+".new", "node.name_taken", "given twice", "name", n.New)
		}
		taken[n.New] = true
		byOld[n.Old], g.nodes[n.Old] = n, n.New
	}
	for _, o := range d.Setup.Nodes {
		n, has := byOld[o.Name]
		if !has {
			g.faults.Add("mapping.nodes", "migrate.node_missing", "the mapping leaves a node out", "name", o.Name)
			g.nodes[o.Name] = o.Name
			continue
		}
		s.Nodes = append(s.Nodes, ha.SetupNode{Name: n.New, ID: o.ID, Addresses: n.Addresses, Votes: o.Votes})
	}
	return s
}

func (g *migration) node(at, name string) string {
	if to, has := g.nodes[name]; has {
		return to
	}
	if !g.missing["node "+name] && g.missing != nil {
		g.missing["node "+name] = true
		g.faults.Add(at, "migrate.node_missing", "the mapping leaves a node out", "name", name)
	}
	return name
}

func (g *migration) resources(list []ha.Resource, at string) []ha.Resource {
	var out []ha.Resource
	for i, r := range list {
		here := fmt.Sprintf("%s[%d]", at, i)
		if r.Parameters != nil {
			parameters := map[string]string{}
			for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
				n := Need{Resource: r.ID, Parameter: name, At: here + ".parameters." + name}
				if as, is := secretParameter(name, r.Parameters[name]); is {
					n.Kind, n.Value = NeedSecret, r.ID+"."+as
					parameters[as] = g.answer(n, g.Secrets, r.Parameters[name])
					continue
				}
				parameters[name] = g.value(n, r.Parameters[name])
			}
			r.Parameters = parameters
		}
		r.Members = g.resources(r.Members, here+".members")
		out = append(out, r)
	}
	return out
}

// word is a part of a value: lists are joined by spaces, commas and semicolons, pairs by colons and equal signs.
var word = regexp.MustCompile(`[^\s,;]+`)

// nodeWord is a node's name in a list or map of hosts.
var nodeWord = regexp.MustCompile(`[^\s,;:=]+`)

// secretFolder is where a node keeps the passwords of its fence devices: other machines have none there.
const secretFolder = "/var/lib/hawser/secrets/"

// secretParameter returns the parameter that takes a secret which the document does not have: it was left out of it, or the old nodes
// keep it in a file and the parameter only names a command that prints it.
func secretParameter(name, value string) (as string, is bool) {
	if strings.Contains(value, secretFolder) {
		return strings.TrimSuffix(name, "_script"), true
	}
	return name, value == kept
}

// value carries one parameter over: devices and addresses by the mapping, names of nodes where a fence device lists hosts.
func (g *migration) value(n Need, value string) string {
	if strings.HasPrefix(n.Parameter, "pcmk_host_") {
		return nodeWord.ReplaceAllStringFunc(value, func(w string) string {
			if to, has := g.nodes[w]; has {
				return to
			}
			return w
		})
	}
	return word.ReplaceAllStringFunc(value, func(w string) string {
		n.Value = w
		switch _, err := netip.ParseAddr(w); {
		case strings.HasPrefix(w, "/dev/"):
			n.Kind = NeedDevice
			return g.answer(n, g.Devices, w)
		case err == nil:
			n.Kind = NeedAddress
			return g.answer(n, g.Addresses, w)
		}
		return w
	})
}

// answer returns what the mapping has for a need, or what is there now where it leaves it out or cannot be.
func (g *migration) answer(n Need, to map[string]string, now string) string {
	g.needs = append(g.needs, n)
	mapped := to[n.Value]
	switch {
	case mapped == "" && n.Kind == NeedDevice:
		g.faults.Add(n.At, "migrate.device_missing", "the mapping leaves a device out", "device", n.Value)
	case mapped == "" && n.Kind == NeedAddress:
		g.faults.Add(n.At, "migrate.address_missing", "the mapping leaves an address out", "address", n.Value)
	case mapped == "":
		g.faults.Add(n.At, "migrate.secret_missing", "the mapping leaves a secret out", "secret", n.Value)
	case n.Kind == NeedDevice && !strings.HasPrefix(mapped, "/dev/"):
		g.faults.Add(n.At, "migrate.no_device", "not below /dev", "device", mapped)
	case n.Kind == NeedAddress && !isAddress(mapped):
		g.faults.Add(n.At, "address.invalid", "not an IP address", "address", mapped)
	default:
		return mapped
	}
	return now
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// Differences tells what differs between two documents. Secrets are left out: of one that is there, or was, nothing is shown.
func Differences(before, after Document) []ha.Difference {
	all := ha.DiffConfig(before.config(), after.config())
	inFile := func(d ha.Difference) bool {
		return strings.HasSuffix(d.Field, "_script") && strings.Contains(d.Before+" "+d.After, secretFolder)
	}
	return slices.DeleteFunc(slices.Clone(all), func(d ha.Difference) bool {
		return d.Before == kept || d.After == kept || inFile(d) || slices.ContainsFunc(all, func(s ha.Difference) bool {
			return inFile(s) && s.Object == d.Object && s.ID == d.ID && s.Field == d.Field+"_script"
		})
	})
}

// config is the document as a configuration.
func (d Document) config() ha.Config {
	c := ha.Config{
		Properties: d.Properties, ResourceDefaults: d.ResourceDefaults, OperationDefaults: d.OperationDefaults, Resources: d.Resources,
		Constraints: d.Constraints, Tags: d.Tags, Levels: slices.Clone(d.FenceLevels),
	}
	for i := range c.Levels {
		c.Levels[i].ID = ""
	}
	for _, n := range d.Nodes {
		c.Nodes = append(c.Nodes, ha.NodeConfig{Name: n.Name, Attributes: n.Attributes})
	}
	return c
}
