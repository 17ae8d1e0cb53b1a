package pacemaker

import (
	"slices"
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// remotes are the nodes that resources make, as the configuration stands.
func (e *editor) remotes() []ha.RemoteConfig { return ha.Remotes(e.cib.Config().Resources) }

// nodeFor returns the entry of a node whose values an edit changes, nil where nothing is to do. Remote and guest nodes get theirs with
// their first permanent value, as crm_attribute makes it: the ID is the name.
func (e *editor) nodeFor(x ha.Edit) (*etree.Element, error) {
	if node := e.node(x.Node); node != nil {
		return node, nil
	}
	for _, r := range e.remotes() {
		if !strings.EqualFold(r.Name, x.Node) {
			continue
		}
		if len(x.Values) == 0 {
			return nil, nil // it has none that could be removed
		}
		node := e.ensure("nodes").CreateElement("node")
		node.CreateAttr("type", "remote")
		node.CreateAttr("id", r.Name)
		node.CreateAttr("uname", r.Name)
		return node, nil
	}
	return nil, e.noNode(x.Node)
}

// hasNode says whether there is a node of that name, with an entry or made by a resource.
func (e *editor) hasNode(name string) bool {
	return e.node(name) != nil || slices.ContainsFunc(e.remotes(), func(r ha.RemoteConfig) bool { return strings.EqualFold(r.Name, name) })
}

// seen makes the entry of a remote node in the status, where it has none, that says that nothing runs there. Without one the scheduler
// takes the node for unclean and has it fenced: as long as its connection has not started, and again when that is deleted, because its
// history makes a node of it until the members have forgotten it. [2.1.5: startup-fencing and create_fake_resource]
func (e *editor) seen(name string) {
	status := e.cib.root.SelectElement("status")
	if status == nil {
		status = e.cib.root.CreateElement("status")
	}
	if e.cib.nodeState(name) != nil {
		return
	}
	s := status.CreateElement("node_state")
	s.CreateAttr("remote_node", "true")
	s.CreateAttr("id", name)
	s.CreateAttr("uname", name)
	s.CreateAttr("in_ccm", "false")
	s.CreateAttr("crm-debug-origin", "hawser")
}

// removeRemote takes a remote or guest node out of the configuration. Its entry in the status stays until the members have forgotten the
// connection (ConnectionKnown); those that are away forget it here.
func (e *editor) removeRemote(name string) {
	if node := e.node(name); node != nil {
		remove(node)
	}
	e.seen(name)
	for _, s := range e.cib.root.FindElements("status/node_state") {
		if s.SelectAttrValue("remote_node", "") == "true" || online(s) {
			continue
		}
		for _, r := range connectionsTo(s, name) {
			remove(r)
		}
	}
}

// ConnectionKnown says whether a node remembers the connection to a remote or guest node, which has the node's name.
func (c *CIB) ConnectionKnown(node string) bool {
	return slices.ContainsFunc(c.root.FindElements("status/node_state"), func(s *etree.Element) bool { return len(connectionsTo(s, node)) > 0 })
}

// connectionsTo is what a node remembers of the connection to a remote or guest node.
func connectionsTo(state *etree.Element, node string) []*etree.Element {
	return slices.DeleteFunc(state.FindElements("lrm/lrm_resources/lrm_resource"), func(r *etree.Element) bool {
		return r.SelectAttrValue("id", "") != node || agentOf(r) != ha.RemoteAgent
	})
}

// remoteFree refuses the node that a resource would make where its name is taken: Pacemaker makes a resource of it, too, and tells
// nodes apart by name alone. Before is what was there already.
func (e *editor) remoteFree(field string, r ha.Resource, before []ha.RemoteConfig) error {
	for _, made := range ha.Remotes([]ha.Resource{r}) {
		at := field + "id"
		if made.Kind == ha.GuestNode {
			at = field + "meta.remote-node"
			if x := e.resource(made.Name); x != nil {
				return e.conflict(at, "resource.id_taken", "a resource has this name", "id", made.Name)
			}
		}
		if n := e.node(made.Name); n != nil && n.SelectAttrValue("type", "") != "remote" {
			return e.conflict(at, "node.name_taken", "a node has this name", "name", made.Name)
		}
		for _, other := range before {
			if strings.EqualFold(other.Name, made.Name) && other.Connection != made.Connection {
				return e.conflict(at, "node.name_taken", "a node has this name", "name", made.Name)
			}
		}
	}
	return nil
}

// guestHas refuses a resource that would have the name of a guest node: Pacemaker makes a resource of that name itself.
func (e *editor) guestHas(field string, r ha.Resource, before []ha.RemoteConfig) error {
	for _, other := range before {
		if other.Kind == ha.GuestNode && other.Name == r.ID {
			return e.conflict(field+"id", "resource.id_taken", "a guest node has this name", "id", r.ID)
		}
	}
	for _, m := range r.Members {
		if err := e.guestHas(field, m, before); err != nil {
			return err
		}
	}
	return nil
}
