package pacemaker

import (
	"reflect"
	"slices"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

func portFields(p *ha.PortMapping) []field {
	return []field{{"port", &p.Port}, {"internal-port", &p.Internal}, {"range", &p.Range}}
}

func storageFields(s *ha.StorageMapping) []field {
	return []field{{"source-dir", &s.Source}, {"source-dir-root", &s.SourceRoot}, {"target-dir", &s.Target}, {"options", &s.Options}}
}

// container reads what a bundle runs in. What is not known of it is kept as a fragment.
func (r reader) container(path string, bundle *etree.Element) *ha.Container {
	var c *ha.Container
	options := func(e *etree.Element, into *map[string]string, image *string) {
		for _, a := range e.Attr {
			switch {
			case a.Key == "id":
			case a.Key == "image" && image != nil:
				*image = a.Value
			default:
				if *into == nil {
					*into = map[string]string{}
				}
				(*into)[a.Key] = r.cib.shown(a.Key, a.Value)
			}
		}
	}
	for _, child := range bundle.ChildElements() {
		if c == nil {
			c = &ha.Container{}
		}
		switch {
		case slices.Contains(containers, child.Tag):
			c.Technology = child.Tag
			options(child, &c.Options, &c.Image)
			r.others(path, child, func(*etree.Element) bool { return false })
		case child.Tag == "network":
			options(child, &c.Network, nil)
			r.others(path, child, func(e *etree.Element) bool {
				var p ha.PortMapping
				if e.Tag != "port-mapping" || !take(e, portFields(&p)) || len(e.ChildElements()) > 0 {
					return false
				}
				c.Ports = append(c.Ports, p)
				return true
			})
		case child.Tag == "storage":
			r.others(path, child, func(e *etree.Element) bool {
				var s ha.StorageMapping
				if e.Tag != "storage-mapping" || !take(e, storageFields(&s)) || len(e.ChildElements()) > 0 {
					return false
				}
				c.Storage = append(c.Storage, s)
				return true
			})
		}
	}
	if c == nil || c.Technology == "" {
		return nil
	}
	return c
}

// containerElements writes what a bundle runs in, without IDs, in the order that the schema wants.
func containerElements(c ha.Container) []*etree.Element {
	values := func(tag string, first []field, values map[string]string) *etree.Element {
		e := put(tag, false, first)
		for _, name := range ha.Units(values) {
			e.CreateAttr(name, values[name])
		}
		return e
	}
	list := []*etree.Element{values(c.Technology, []field{{"image", &c.Image}}, c.Options)}
	if len(c.Network) > 0 || len(c.Ports) > 0 {
		network := values("network", nil, c.Network)
		for _, p := range c.Ports {
			network.AddChild(put("port-mapping", true, portFields(&p)))
		}
		list = append(list, network)
	}
	if len(c.Storage) > 0 {
		storage := etree.NewElement("storage")
		for _, s := range c.Storage {
			storage.AddChild(put("storage-mapping", true, storageFields(&s)))
		}
		list = append(list, storage)
	}
	return list
}

func (e *editor) addContainer(x *etree.Element, r ha.Resource) {
	if r.Container == nil {
		return
	}
	for i, part := range containerElements(*r.Container) {
		e.fillIDs(part, r.ID)
		x.InsertChildAt(i, part)
	}
}

// setContainer makes what a bundle runs in what is wanted. None means that it stays.
func (e *editor) setContainer(x *etree.Element, want, now ha.Resource) error {
	if want.Container == nil || reflect.DeepEqual(want.Container, now.Container) {
		return nil
	}
	if now.Container == nil || now.Kind != ha.Bundle {
		return e.wrong("resource.container", "resource.container_unwanted", "it has none", "id", want.ID)
	}
	if want.Container.Technology != now.Container.Technology {
		return e.wrong("resource.container.technology", "bundle.technology_fixed", "the technology of a bundle cannot be changed",
			"id", want.ID, "technology", now.Container.Technology)
	}
	parts := containerElements(*want.Container)
	for _, old := range x.ChildElements() {
		if i := slices.IndexFunc(parts, func(p *etree.Element) bool { return p.Tag == old.Tag }); i >= 0 {
			become(old, parts[i])
			e.fillIDs(old, want.ID)
		} else if old.Tag == "network" || old.Tag == "storage" {
			remove(old)
		}
	}
	after := x.SelectElement(want.Container.Technology)
	for _, part := range parts {
		if old := x.SelectElement(part.Tag); old != nil {
			after = old
			continue
		}
		e.fillIDs(part, want.ID)
		x.InsertChildAt(after.Index()+1, part)
		after = part
	}
	return nil
}
