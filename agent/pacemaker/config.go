package pacemaker

import (
	"slices"
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// Config reads the configuration section into types. Secret values are Hidden; what has no type is in Other.
func (c *CIB) Config() ha.Config {
	cfg := ha.Config{
		Version:           c.Version(),
		Origin:            c.root.SelectAttrValue("update-origin", ""),
		Client:            c.root.SelectAttrValue("update-client", ""),
		User:              c.root.SelectAttrValue("update-user", ""),
		Written:           c.root.SelectAttrValue("cib-last-written", ""),
		Properties:        c.properties(),
		ResourceDefaults:  map[string]string{},
		OperationDefaults: map[string]string{},
		Nodes:             []ha.NodeConfig{},
		Resources:         []ha.Resource{},
		Constraints:       []ha.Constraint{},
	}
	r := reader{cib: c, cfg: &cfg}
	for _, section := range c.configuration().ChildElements() {
		path := "configuration/" + section.Tag
		switch section.Tag {
		case "crm_config":
			r.sets(path, section, "", map[string]string{"cluster_property_set": ha.PropertySet})
		case "rsc_defaults":
			cfg.ResourceDefaults = r.values(section, "meta_attributes")
			r.sets(path, section, "", map[string]string{"meta_attributes": ha.ResourceDefaultSet})
		case "op_defaults":
			cfg.OperationDefaults = r.values(section, "meta_attributes")
			r.sets(path, section, "", map[string]string{"meta_attributes": ha.OpDefaultSet})
		case "nodes":
			for _, n := range section.ChildElements() {
				r.node(path, n)
			}
		case "resources":
			for _, e := range section.ChildElements() {
				if res, known := r.resource(path, e); known {
					cfg.Resources = append(cfg.Resources, res)
				} else {
					r.other(path, e)
				}
			}
		case "constraints":
			for _, e := range section.ChildElements() {
				if con, known := constraint(e); known {
					cfg.Constraints = append(cfg.Constraints, con)
				} else {
					r.other(path, e)
				}
			}
		case "tags":
			for _, e := range section.ChildElements() {
				r.tag(path, e)
			}
		case "fencing-topology":
			for _, e := range section.ChildElements() {
				if l, known := fenceLevel(e); known {
					cfg.Levels = append(cfg.Levels, l)
				} else {
					r.other(path, e)
				}
			}
		default:
			for _, e := range section.ChildElements() {
				r.other(path, e)
			}
		}
	}
	return cfg
}

// properties merges the cluster's property sets. Pacemaker lets cib-bootstrap-options win, then the earlier set.
func (c *CIB) properties() map[string]string {
	section := c.section("crm_config")
	if section == nil {
		return map[string]string{}
	}
	sets := plainSets(section, "cluster_property_set")
	slices.SortStableFunc(sets, func(a, b *etree.Element) int {
		first := func(e *etree.Element) int {
			if e.SelectAttrValue("id", "") == bootstrapSet {
				return 0
			}
			return 1
		}
		return first(a) - first(b)
	})
	return c.merged(sets)
}

// bootstrapSet is the property set that Pacemaker's tools write to.
const bootstrapSet = "cib-bootstrap-options"

// mirrorSet is where mirrors keep their in-sync sets (agent/replication/mirror/insync). It holds no properties, and nobody may take it back: an
// older set would let a side be promoted that lacks what was acknowledged.
const mirrorSet = "hawser-mirror"

func ofMirrors(e *etree.Element) bool {
	return e.Tag == "cluster_property_set" && e.SelectAttrValue("id", "") == mirrorSet
}

// ruled says whether a set of values holds under conditions only.
func ruled(e *etree.Element) bool { return e.SelectElement("rule") != nil }

// plainSets returns the sets of that tag that hold always.
func plainSets(parent *etree.Element, tag string) []*etree.Element {
	var sets []*etree.Element
	for _, e := range parent.SelectElements(tag) {
		if !ruled(e) && !ofMirrors(e) {
			sets = append(sets, e)
		}
	}
	return sets
}

// merged returns the values of sets; the first that has a name wins. References by ID are followed.
func (c *CIB) merged(sets []*etree.Element) map[string]string {
	values := map[string]string{}
	for _, set := range sets {
		if ref := set.SelectAttrValue("id-ref", ""); ref != "" {
			if set = c.byID(ref); set == nil {
				continue
			}
		}
		for _, pair := range pairs(set) {
			name, value := pair.SelectAttrValue("name", ""), pair.SelectAttrValue("value", "")
			if ref := pair.SelectAttrValue("id-ref", ""); ref != "" {
				original := c.byID(ref)
				if original == nil {
					continue
				}
				value = original.SelectAttrValue("value", "")
				if name == "" {
					name = original.SelectAttrValue("name", "")
				}
			}
			if _, has := values[name]; !has && name != "" {
				values[name] = c.shown(name, value)
			}
		}
	}
	return values
}

// pairs returns the name-value pairs of a set. Before schema 2 they stood in an <attributes> element.
func pairs(set *etree.Element) []*etree.Element {
	list := set.SelectElements("nvpair")
	if old := set.SelectElement("attributes"); old != nil {
		list = append(list, old.SelectElements("nvpair")...)
	}
	return list
}

// byID returns the element with that ID in the configuration, or nil.
func (c *CIB) byID(id string) *etree.Element { return findID(c.configuration(), id) }

func findID(e *etree.Element, id string) *etree.Element {
	if e.SelectAttrValue("id", "") == id {
		return e
	}
	for _, child := range e.ChildElements() {
		if found := findID(child, id); found != nil {
			return found
		}
	}
	return nil
}

// reader gathers a Config.
type reader struct {
	cib *CIB
	cfg *ha.Config
}

func (r reader) values(parent *etree.Element, tag string) map[string]string {
	return r.cib.merged(plainSets(parent, tag))
}

// other keeps an element that has no type.
func (r reader) other(path string, e *etree.Element) {
	r.cfg.Other = append(r.cfg.Other, ha.Fragment{Path: path, ID: e.SelectAttrValue("id", ""), XML: shownXML(e)})
}

// others keeps those children of e that are not known.
func (r reader) others(path string, e *etree.Element, known func(*etree.Element) bool) {
	for _, child := range e.ChildElements() {
		if !known(child) {
			r.other(path, child)
		}
	}
}

func (r reader) node(path string, n *etree.Element) {
	node := ha.NodeConfig{ID: n.SelectAttrValue("id", ""), Name: n.SelectAttrValue("uname", ""), Attributes: r.values(n, "instance_attributes")}
	switch n.SelectAttrValue("type", "member") {
	case "remote": // a guest node's, too
		node.Kind = ha.RemoteNode
	case "ping":
		node.Kind = ha.PingNode
	default: // "normal" is Pacemaker 1.0's word for member
		node.Kind = ha.MemberNode
	}
	if node.Name == "" {
		node.Name = node.ID
	}
	if len(node.Attributes) == 0 {
		node.Attributes = nil
	}
	if node.Utilization = r.values(n, "utilization"); len(node.Utilization) == 0 {
		node.Utilization = nil
	}
	r.cfg.Nodes = append(r.cfg.Nodes, node)
	r.others(path+"/"+node.Name, n, func(e *etree.Element) bool {
		return (e.Tag == "instance_attributes" || e.Tag == "utilization") && !ruled(e)
	})
}

func (r reader) tag(path string, e *etree.Element) {
	if e.Tag != "tag" {
		r.other(path, e)
		return
	}
	t := ha.Tag{ID: e.SelectAttrValue("id", ""), Resources: []string{}}
	for _, ref := range e.ChildElements() {
		if ref.Tag == "obj_ref" {
			t.Resources = append(t.Resources, ref.SelectAttrValue("id", ""))
		} else {
			r.other(path+"/"+t.ID, ref)
		}
	}
	r.cfg.Tags = append(r.cfg.Tags, t)
}

// kinds are the elements of resources. A master is what a promotable clone was called before Pacemaker 2.
var kinds = map[string]ha.ResourceKind{
	"primitive": ha.Primitive, "group": ha.Group, "clone": ha.Clone, "master": ha.Clone, "bundle": ha.Bundle, "template": ha.Template,
}

func (r reader) resource(path string, e *etree.Element) (ha.Resource, bool) {
	kind, known := kinds[e.Tag]
	if !known {
		return ha.Resource{}, false
	}
	res := ha.Resource{
		ID: e.SelectAttrValue("id", ""), Kind: kind, Agent: agentOf(e), Template: e.SelectAttrValue("template", ""),
		Parameters: r.values(e, "instance_attributes"), Meta: r.values(e, "meta_attributes"),
	}
	path += "/" + res.ID
	if e.Tag == "master" {
		res.Meta["promotable"] = "true"
	}
	if kind == ha.Bundle {
		res.Container = r.container(path, e)
	}
	for _, child := range e.ChildElements() {
		switch {
		case slices.Contains([]string{"instance_attributes", "meta_attributes"}, child.Tag):
			r.set(path, child, res.ID, map[string]string{"instance_attributes": ha.ParameterSet, "meta_attributes": ha.MetaSet})
		case child.Tag == "utilization" && !ruled(child):
		case child.Tag == "operations":
			res.Operations = r.operations(path, child)
		case kind == ha.Bundle && (slices.Contains(containers, child.Tag) || child.Tag == "network" || child.Tag == "storage"):
		default:
			if member, isResource := r.resource(path, child); isResource {
				res.Members = append(res.Members, member)
			} else {
				r.other(path, child)
			}
		}
	}
	if res.Utilization = r.values(e, "utilization"); len(res.Utilization) == 0 {
		res.Utilization = nil
	}
	if len(res.Parameters) == 0 {
		res.Parameters = nil
	}
	if len(res.Meta) == 0 {
		res.Meta = nil
	}
	return res, true
}

// containers are the technologies of bundles.
var containers = []string{"docker", "podman", "rkt"}

// agentOf joins class, provider and type.
func agentOf(e *etree.Element) string {
	class, typ := e.SelectAttrValue("class", ""), e.SelectAttrValue("type", "")
	if class == "" {
		return ""
	}
	if provider := e.SelectAttrValue("provider", ""); provider != "" {
		return class + ":" + provider + ":" + typ
	}
	return class + ":" + typ
}

// splitAgent is agentOf backwards. A systemd unit's name may hold colons of its own.
func splitAgent(agent string) (class, provider, typ string) {
	class, rest, _ := strings.Cut(agent, ":")
	if class != "ocf" {
		return class, "", rest
	}
	provider, typ, _ = strings.Cut(rest, ":")
	return class, provider, typ
}

// opAttributes are attributes of an op element beside name, interval, timeout, on-fail and role; other options of an
// operation are instance attributes of it, for example OCF_CHECK_LEVEL.
// opOptions are the options of an operation that may stand among its instance attributes.
var opOptions = append([]string{"timeout", "on-fail", "role"}, opAttributes...)

var opAttributes = []string{"description", "start-delay", "interval-origin", "enabled", "record-pending"}

func (r reader) operations(path string, list *etree.Element) []ha.Operation {
	if ref := list.SelectAttrValue("id-ref", ""); ref != "" {
		if list = r.cib.byID(ref); list == nil {
			return nil
		}
	}
	var ops []ha.Operation
	for _, e := range list.ChildElements() {
		if e.Tag != "op" {
			r.other(path+"/operations", e)
			continue
		}
		src := e
		if ref := e.SelectAttrValue("id-ref", ""); ref != "" {
			if src = r.cib.byID(ref); src == nil {
				continue
			}
		}
		ops = append(ops, r.operation(src))
		r.others(path+"/operations/"+src.SelectAttrValue("id", ""), src, func(e *etree.Element) bool {
			return (e.Tag == "instance_attributes" || e.Tag == "meta_attributes") && !ruled(e)
		})
	}
	return ops
}

func (r reader) operation(e *etree.Element) ha.Operation {
	all := r.values(e, "meta_attributes") // the same as attributes of the element, but these win
	for _, a := range e.Attr {
		if a.Key != "id" {
			all[a.Key] = a.Value
		}
	}
	op := ha.Operation{Name: all["name"], Interval: all["interval"], Timeout: all["timeout"], OnFail: all["on-fail"], Role: all["role"]}
	for _, name := range []string{"name", "interval", "timeout", "on-fail", "role"} {
		delete(all, name)
	}
	if len(all) > 0 {
		op.Options = all
	}
	op.Parameters = r.values(e, "instance_attributes")
	// Pacemaker takes its own options from instance attributes, too, which older tools wrote.
	for _, name := range opOptions {
		value, has := op.Parameters[name]
		if !has {
			continue
		}
		delete(op.Parameters, name)
		own := map[string]*string{"timeout": &op.Timeout, "on-fail": &op.OnFail, "role": &op.Role}[name]
		switch {
		case own != nil && *own == "":
			*own = value
		case own == nil && op.Options[name] == "":
			if op.Options == nil {
				op.Options = map[string]string{}
			}
			op.Options[name] = value
		}
	}
	if len(op.Parameters) == 0 {
		op.Parameters = nil
	}
	return op
}
