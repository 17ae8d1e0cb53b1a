package pacemaker

import (
	"fmt"
	"slices"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// Inventory is what Hawser makes of a CIB.
type Inventory struct {
	Schema     string `json:"schema,omitempty"` // validate-with
	FeatureSet string `json:"featureSet,omitempty"`
	// Understood counts what there are types and forms for, by kind.
	Understood map[string]int `json:"understood"`
	// Shown are constraints that say more than the forms can: they are shown as XML, may be deleted, but not edited.
	Shown []string `json:"shown,omitempty"`
	// Kept are elements and attributes that Hawser has no word for. They stay as they are.
	Kept []Kept `json:"kept,omitempty"`
	// Old counts words of earlier Pacemakers, by kind. They are read, shown, and left as they are.
	Old map[string]int `json:"old,omitempty"`
}

// Kept is what is preserved without being understood.
type Kept struct {
	Path  string `json:"path"` // configuration/acls, configuration/resources/vip/@description
	ID    string `json:"id,omitempty"`
	Count int    `json:"count"`
}

// Inventory says what of the configuration is understood and what only kept.
func (c *CIB) Inventory() Inventory {
	inv := Inventory{
		Schema: c.root.SelectAttrValue("validate-with", ""), FeatureSet: c.FeatureSet(),
		Understood: map[string]int{}, Old: map[string]int{},
	}
	cfg := c.Config()
	count := func(what string, n int) {
		if n > 0 {
			inv.Understood[what] += n
		}
	}
	count("property", len(cfg.Properties))
	count("default", len(cfg.ResourceDefaults)+len(cfg.OperationDefaults))
	count("node", len(cfg.Nodes))
	count("tag", len(cfg.Tags))
	count("attribute_set", len(cfg.AttributeSets))
	count("fence_level", len(cfg.Levels))
	var walk func(list []ha.Resource)
	walk = func(list []ha.Resource) {
		for _, r := range list {
			count(string(r.Kind), 1)
			count("operation", len(r.Operations))
			walk(r.Members)
		}
	}
	walk(cfg.Resources)
	for _, con := range cfg.Constraints {
		count(string(con.Kind), 1)
		if con.Complex {
			inv.Shown = append(inv.Shown, con.ID)
		}
	}
	k := keeper{at: map[Kept]int{}}
	for _, f := range cfg.Other {
		k.add(f.Path, f.ID)
	}
	for _, section := range c.configuration().ChildElements() {
		k.element("configuration/"+section.Tag, section)
	}
	k.loose("configuration", c.configuration())
	inv.Kept = k.list
	inv.old(c)
	return inv
}

// modelled are the attributes that there are types for, by element. Elements that are not here are whole in Config.Other,
// or whole in the model: operations, a bundle's container, constraints.
var modelled = map[string][]string{
	"crm_config": {}, "rsc_defaults": {}, "op_defaults": {}, "nodes": {}, "resources": {}, "tags": {}, "fencing-topology": {},
	"primitive": {"id", "class", "provider", "type", "template"}, "template": {"id", "class", "provider", "type"},
	"group": {"id"}, "clone": {"id"}, "master": {"id"}, "bundle": {"id"},
	"cluster_property_set": {"id", "id-ref"}, "instance_attributes": {"id", "id-ref"}, "meta_attributes": {"id", "id-ref"},
	"utilization": {"id", "id-ref"}, "attributes": {}, "nvpair": {"id", "name", "value", "id-ref"}, "operations": {"id", "id-ref"},
	"node": {"id", "uname", "type"}, "tag": {"id"}, "obj_ref": {"id"},
}

// keeper gathers what is kept; what stands in the same place counts together.
type keeper struct {
	list []Kept
	at   map[Kept]int
}

func (k *keeper) add(path, id string) {
	key := Kept{Path: path, ID: id}
	i, has := k.at[key]
	if !has {
		i = len(k.list)
		k.at[key] = i
		k.list = append(k.list, key)
	}
	k.list[i].Count++
}

// element looks for attributes without a type, comments and text in an element that has a type.
func (k *keeper) element(path string, e *etree.Element) {
	known, has := modelled[e.Tag]
	if !has || ruled(e) {
		return
	}
	for _, a := range e.Attr {
		if !slices.Contains(known, a.FullKey()) {
			k.add(path+"/@"+a.FullKey(), "")
		}
	}
	k.loose(path, e)
	for _, child := range e.ChildElements() {
		at := path
		if id := child.SelectAttrValue("id", ""); id != "" {
			at += "/" + id
		}
		k.element(at, child)
	}
}

// loose finds comments, instructions and text among the children of e.
func (k *keeper) loose(path string, e *etree.Element) {
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.Comment:
			k.add(path+"/comment()", "")
		case *etree.ProcInst:
			k.add(path+"/processing-instruction()", "")
		case *etree.CharData:
			if !t.IsWhitespace() {
				k.add(path+"/text()", "")
			}
		}
	}
}

// old counts the words of earlier Pacemakers: 1.0 (attributes elements, normal nodes, schemas 1.x) and 1.1 (master, roles).
func (inv *Inventory) old(c *CIB) {
	if s, old := schema(inv.Schema); old && s[0] < 2 {
		inv.Old["schema"] = 1
	}
	count := func(what string) { inv.Old[what]++ }
	roleNames := []string{"role", "rsc-role", "with-rsc-role", "first-action", "then-action", "action"}
	var look func(e *etree.Element)
	look = func(e *etree.Element) {
		switch {
		case e.Tag == "master":
			count("master")
		case e.Tag == "attributes":
			count("attributes")
		case e.Tag == "node" && e.SelectAttrValue("type", "") == "normal":
			count("normal_node")
		}
		for _, a := range e.Attr {
			if (a.Value == "Master" || a.Value == "Slave") && (slices.Contains(roleNames, a.Key) || e.Tag == "nvpair" && a.Key == "value") {
				count("role")
			}
		}
		for _, child := range e.ChildElements() {
			look(child)
		}
	}
	look(c.configuration())
}

// TakesTags says whether the schema that the CIB names for itself knows tags: since 1.3. None, or one that is no
// version, takes everything.
func (c *CIB) TakesTags() bool {
	s, known := schema(c.root.SelectAttrValue("validate-with", ""))
	return !known || s[0] > 1 || s[0] == 1 && s[1] >= 3
}

// schema reads the version of a schema such as pacemaker-3.7.
func schema(name string) (version [2]int, known bool) {
	n, err := fmt.Sscanf(name, "pacemaker-%d.%d", &version[0], &version[1])
	return version, err == nil && n == 2
}

// HasEmpty says whether there is a section of that name with nothing in it.
func (c *CIB) HasEmpty(section string) bool {
	s := c.section(section)
	return s != nil && len(s.Child) == 0
}
