package pacemaker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// setProperties puts Hawser's own properties into a set of their own, so that pcs and crmsh show them apart and a person may take all
// of them away at once. Whatever stands somewhere already is changed where it stands.
func (e *editor) setProperties(x ha.Edit) error {
	if err := e.checkHealth(x.Values); err != nil {
		return err
	}
	section := e.ensure("crm_config")
	at := target{owner: section, tag: "cluster_property_set", set: bootstrapSet, field: "values"}
	own := map[string]string{}
	values := maps.Clone(x.Values)
	for name, value := range x.Values {
		if pair, _ := e.find(plainSets(section, at.tag), name); pair == nil && ha.IsHealthProperty(name) {
			own[name] = value
			delete(values, name)
		}
	}
	if err := e.setValues(at, values, x.Unset); err != nil || len(own) == 0 {
		return err
	}
	i := slices.IndexFunc(plainSets(section, at.tag), func(s *etree.Element) bool { return s.SelectAttrValue("id", "") == ha.HealthSet })
	var set *etree.Element
	if i >= 0 {
		set = plainSets(section, at.tag)[i]
	} else {
		set = section.CreateElement(at.tag)
		set.CreateAttr("id", e.newID(ha.HealthSet))
	}
	sets := []*etree.Element{set}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if err := e.set(at, &sets, name, own[name]); err != nil {
			return err
		}
	}
	return nil
}

// checkHealth refuses a rule of smart migration that no agent could read, whoever writes it: a file, a route, a what-if.
func (e *editor) checkHealth(values map[string]string) error {
	var f fault.Fields
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if wrong := ha.CheckWatchValue(name, values[name]); wrong != "" {
			f.Add(e.at+"values."+name, "field.one_of", "it is on or off", "value", wrong, "allowed", "on, off")
		}
		if why := ha.CheckHealthValue(name, values[name]); why != "" {
			f.Add(e.at+"values."+name, "health.value_invalid", "smart migration cannot read it: "+why, "name", name, "value", values[name], "why", why)
		}
	}
	return f.Err()
}

// Colour gives a node a health attribute as attrd would, and says whether there is such a node. No colour takes it away.
func (c *CIB) Colour(node, attribute string, colour ha.Colour) bool {
	s := c.nodeState(node)
	if s == nil {
		return false
	}
	// A permanent attribute of this name would win otherwise: it is part of what is thought away.
	c.RemoveAttributes(node, func(name string) bool { return name == attribute })
	if colour == "" {
		return true
	}
	id := s.SelectAttrValue("id", "")
	holder := s.SelectElement("transient_attributes")
	if holder == nil {
		holder = s.CreateElement("transient_attributes")
		holder.CreateAttr("id", id)
	}
	set := holder.SelectElement("instance_attributes")
	if set == nil {
		set = holder.CreateElement("instance_attributes")
		set.CreateAttr("id", "status-"+id)
	}
	pair := set.CreateElement("nvpair")
	pair.CreateAttr("id", "status-"+id+"-"+strings.ReplaceAll(attribute, "#", "."))
	pair.CreateAttr("name", attribute)
	pair.CreateAttr("value", string(colour))
	return true
}

// Colours are a node's health attributes as the status has them.
func (c *CIB) Colours(node string) map[ha.HealthKind]ha.Colour {
	found := map[ha.HealthKind]ha.Colour{}
	s := c.nodeState(node)
	if s == nil {
		return found
	}
	for _, pair := range s.FindElements("transient_attributes/instance_attributes/nvpair") {
		for _, k := range ha.HealthKinds {
			if pair.SelectAttrValue("name", "") == k.Attribute() {
				found[k] = ha.Colour(pair.SelectAttrValue("value", ""))
			}
		}
	}
	return found
}

// attributeValue is how attrd_updater answers: name="#health-cpu" host="n1" value="red".
var attributeValue = regexp.MustCompile(`(?m)^name="[^"]*" host="([^"]*)" value="([^"]*)"`)

// Colours asks attrd for the health attributes of a node that Hawser's agents set. It knows them before the CIB does.
func (t Tools) Colours(ctx context.Context, node string) (map[ha.HealthKind]ha.Colour, error) {
	found := map[ha.HealthKind]ha.Colour{}
	for _, k := range ha.HealthKinds {
		out, err := t.run(ctx, run.Cmd("attrd_updater", "--name="+k.Attribute(), "--query", "--node="+node))
		switch code := run.Code(err); {
		case err == nil:
		case errors.Is(err, ErrDown) || !slices.Contains(exitNoAttribute, code):
			return nil, fmt.Errorf("ask for %s: %w", k.Attribute(), err)
		}
		for _, m := range attributeValue.FindAllStringSubmatch(string(out.Stdout), -1) {
			if strings.EqualFold(m[1], node) {
				found[k] = ha.Colour(m[2])
			}
		}
	}
	return found, nil
}

// exitNoAttribute are attrd_updater's for an attribute that no node has: 78 in 2.1.5, 105 where it knows the attribute of other nodes,
// 6 before 2.1.
var exitNoAttribute = []int{78, exitNoSuch, 6}

// Paint sets a health attribute of a node, or takes it away where there is no colour.
func (t Tools) Paint(ctx context.Context, node string, k ha.HealthKind, colour ha.Colour) error {
	args := []string{"--name=" + k.Attribute(), "--node=" + node}
	if colour == "" {
		args = append(args, "--delete")
	} else {
		args = append(args, "--update="+string(colour))
	}
	if _, err := t.run(ctx, run.Cmd("attrd_updater", args...)); err != nil {
		return fmt.Errorf("set %s of %s: %w", k.Attribute(), node, err)
	}
	return nil
}
