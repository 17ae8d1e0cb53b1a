package reconcile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/fleet"
)

func editConstraint(m *memo, k fleet.Known) ([]ha.Edit, error) {
	c := m.Request.Constraints[0]
	now, err := constraintOf(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	switch {
	case c.ID != m.Request.Object:
		f.Add("constraint.id", "resource.id_fixed", "an ID cannot be changed", "id", m.Request.Object)
	case now.Complex:
		f.Add("constraint.id", "constraint.complex", "it says more than can be edited", "id", c.ID)
	case now.Kind != c.Kind:
		f.Add("constraint.kind", "constraint.kind_fixed", "a kind cannot be changed", "id", c.ID, "kind", string(now.Kind))
	default:
		checkConstraint(&f, "constraint.", c, k, nil)
	}
	return []ha.Edit{{Op: ha.UpdateConstraint, ID: c.ID, Constraint: &c}}, f.Err()
}

func constraintOf(k fleet.Known, id string) (*ha.Constraint, error) {
	if cfg := k.Config.Config; cfg != nil {
		if i := slices.IndexFunc(cfg.Constraints, func(c ha.Constraint) bool { return c.ID == id }); i >= 0 {
			return &cfg.Constraints[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "constraint.not_found", "cluster %s has no constraint %s", k.Setup.Name, id).
		With("cluster", k.Setup.Name, "constraint", id)
}

func putAttributes(m *memo, k fleet.Known) ([]ha.Edit, error) {
	s := m.Request.Attributes
	at, code := "", fault.Invalid
	if m.Request.Kind == "attributes.edit" {
		at = "set."
		if _, err := attributesOf(k, m.Request.Object); err != nil {
			return nil, err
		}
	}
	f := fields(ha.ValidateAttributeSet(*s), at)
	switch cfg := k.Config.Config; {
	case len(f) > 0:
	case at != "" && s.ID != m.Request.Object:
		f.Add(at+"id", "resource.id_fixed", "an ID cannot be changed", "id", m.Request.Object)
	case at == "" && idTaken(cfg, s.ID):
		f.Add("id", "resource.id_taken", "is taken", "id", s.ID)
		code = fault.Conflict
	case s.Resource != "" && ha.FindResource(resourcesOf(k), s.Resource) == nil:
		f.Add(at+"resource", "resource.unknown", "there is no such resource", "resource", s.Resource)
	}
	return []ha.Edit{{Op: ha.PutAttributes, ID: s.ID, Attributes: s}}, withCode(f.Err(), code)
}

func attributesOf(k fleet.Known, id string) (*ha.AttributeSet, error) {
	if cfg := k.Config.Config; cfg != nil {
		if i := slices.IndexFunc(cfg.AttributeSets, func(s ha.AttributeSet) bool { return s.ID == id }); i >= 0 {
			return &cfg.AttributeSets[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "attributes.unknown", "cluster %s has no attribute set %s", k.Setup.Name, id).With("id", id)
}

func deleteAttributes(m *memo, k fleet.Known) ([]ha.Edit, error) {
	if _, err := attributesOf(k, m.Request.Object); err != nil {
		return nil, err
	}
	return []ha.Edit{{Op: ha.DeleteAttributes, ID: m.Request.Object}}, nil
}

// changed checks values that are set and removed of one object.
func changed(m *memo, capacity bool) fault.Fields {
	r := m.Request
	f := fields(ha.ValidateValues("set", r.Set), "")
	if capacity {
		f = fields(ha.ValidateUtilization("set", r.Set), "")
	}
	for i, name := range r.Unset {
		if _, both := r.Set[name]; both {
			f.Add(fmt.Sprintf("unset[%d]", i), "properties.both", "is set and removed at once", "name", name)
		}
	}
	if len(r.Set)+len(r.Unset) == 0 {
		f.Add("set", "field.required", "missing")
	}
	return f
}

func nodeAttributes(m *memo, k fleet.Known) ([]ha.Edit, error) {
	if err := nodeConfigured(k, m.Request.Object); err != nil {
		return nil, err
	}
	f := changed(m, false)
	return []ha.Edit{{Op: ha.SetNodeAttributes, Node: m.Request.Object, Values: m.Request.Set, Unset: m.Request.Unset}}, f.Err()
}

func nodeUtilization(m *memo, k fleet.Known) ([]ha.Edit, error) {
	if err := nodeConfigured(k, m.Request.Object); err != nil {
		return nil, err
	}
	f := changed(m, true)
	return []ha.Edit{{Op: ha.SetUtilization, Node: m.Request.Object, Values: m.Request.Set, Unset: m.Request.Unset}}, f.Err()
}

func resourceUtilization(m *memo, k fleet.Known) ([]ha.Edit, error) {
	r, err := configured(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	f := changed(m, true)
	if r.Kind != ha.Primitive && r.Kind != ha.Template {
		f.Add("resource", "resource.utilization_unwanted", "only a primitive has utilization", "id", r.ID)
	}
	return []ha.Edit{{Op: ha.SetUtilization, ID: r.ID, Values: m.Request.Set, Unset: m.Request.Unset}}, f.Err()
}

// nodeConfigured refuses a node that the cluster does not have: neither as a member nor as a remote node.
func nodeConfigured(k fleet.Known, node string) error {
	if slices.Contains(k.NodeNames(), node) {
		return nil
	}
	if cfg := k.Config.Config; cfg != nil && slices.ContainsFunc(cfg.Nodes, func(n ha.NodeConfig) bool { return n.Name == node }) {
		return nil
	}
	_, err := member(k, node)
	return err
}

// The scores of an order of nodes: steps that no usual stickiness is as large as would bring a service back at once, so they are small.
const (
	preferStep = 100
	// workingScore is what a service's own working node weighs, standbyScore the first standby node; both above what keeps services
	// apart where they may share.
	workingScore = 10000
	standbyScore = 5000
	apartScore   = -2000
)

// preferNodes makes an order of nodes of a resource: descending scores in the place of its location constraints with a node, but for
// those of moves and bans.
func preferNodes(m *memo, k fleet.Known) ([]ha.Edit, error) {
	r, err := configured(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	f := checkNodes("nodes", m.Request.Nodes, k)
	if len(m.Request.Nodes) == 0 && m.Request.Only {
		f.Add("nodes", "field.required", "missing")
	}
	scores := map[string]string{}
	for i, n := range m.Request.Nodes {
		scores[n] = strconv.Itoa(preferStep * (len(m.Request.Nodes) - i))
	}
	if m.Request.Only {
		for _, n := range k.Config.Config.Nodes {
			if _, preferred := scores[n.Name]; !preferred {
				scores[n.Name] = "-INFINITY"
			}
		}
	}
	return locate(k, r.ID, m.Request.Nodes, scores), f.Err()
}

// setFailback says when a resource returns to the first node of its order.
func setFailback(m *memo, k fleet.Known) ([]ha.Edit, error) {
	r, err := configured(k, m.Request.Object)
	if err != nil {
		return nil, err
	}
	cfg := k.Config.Config
	f := fields(ha.ValidateFailback(*m.Request.Failback), "")
	id := ha.FailbackID(r.ID)
	switch {
	case len(f) > 0:
	case r.Kind != ha.Primitive && r.Kind != ha.Group:
		f.Add("resource", "failback.several", "runs on several nodes and returns to none", "id", r.ID, "kind", string(r.Kind))
	case holder(k, r.ID) != r.ID:
		f.Add("resource", "failback.held", "it is part of another", "id", r.ID, "holder", holder(k, r.ID))
	case ha.FailbackOf(*cfg, r.ID) == nil:
		f.Add("resource", "failback.no_order", "no node is preferred: there is nowhere to return to", "id", r.ID)
	case m.Request.Failback.Mode != ha.FailbackAutomatic && !ha.CanStay(*cfg, r.ID):
		f.Add("mode", "failback.too_strong", "its first node is preferred so much that no stickiness holds it elsewhere", "id", r.ID)
	case m.Request.Failback.Mode == ha.FailbackScheduled && ha.FailbackSet(*cfg, r.ID) == nil && idTaken(cfg, id):
		f.Add("resource", "resource.id_taken", "is taken", "id", id)
	}
	return m.Request.Failback.Edits(*cfg, r.ID), f.Err()
}

func checkNodes(path string, nodes []string, k fleet.Known) fault.Fields {
	var f fault.Fields
	for i, n := range nodes {
		at := fmt.Sprintf("%s[%d]", path, i)
		if nodeConfigured(k, n) != nil {
			f.Add(at, "node.unknown", "there is no such node", "node", n)
		} else if slices.Contains(nodes[:i], n) {
			f.Add(at, "node.twice", "given twice", "node", n)
		}
	}
	return f
}

// locate makes the scores of nodes those of a resource. Constraints that are so already stay; others with a node go.
func locate(k fleet.Known, id string, order []string, scores map[string]string) []ha.Edit {
	left := map[string]string{}
	for n, s := range scores {
		left[n] = s
	}
	var edits []ha.Edit
	for _, c := range k.Config.Config.Constraints {
		plain := c.Kind == ha.Location && !c.Complex && c.Resource == id && c.Node != "" && c.Role == "" && c.Discovery == ""
		if !plain || c.ByMove(id) {
			continue
		}
		switch score, wanted := left[c.Node]; {
		case !wanted:
			edits = append(edits, ha.Edit{Op: ha.DeleteConstraint, ID: c.ID})
		case score == c.Score:
		default:
			c.Score, c.XML = score, ""
			edits = append(edits, ha.Edit{Op: ha.UpdateConstraint, ID: c.ID, Constraint: &c})
		}
		delete(left, c.Node)
	}
	nodes := slices.Clone(order)
	for _, n := range k.Config.Config.Nodes {
		if !slices.Contains(nodes, n.Name) {
			nodes = append(nodes, n.Name)
		}
	}
	for _, n := range nodes {
		if score, wanted := left[n]; wanted {
			c := ha.Constraint{ID: freeID(k, "location-"+id+"-"+n), Kind: ha.Location, Resource: id, Node: n, Score: score}
			edits = append(edits, ha.Edit{Op: ha.CreateConstraint, ID: c.ID, Constraint: &c})
		}
	}
	return edits
}

// freeID returns an ID that no resource and no constraint has.
func freeID(k fleet.Known, base string) string {
	id := base
	for n := 1; idTaken(k.Config.Config, id); n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	return id
}

// spread gives services working nodes of their own, and standby nodes that they share, in one change. Two of them are never on one node,
// or only where there is no other.
func spread(m *memo, k fleet.Known) ([]ha.Edit, error) {
	s := m.Request.Spread
	f := append(checkNodes("working", s.Working, k), checkNodes("standby", s.Standby, k)...)
	for i, n := range s.Standby {
		if slices.Contains(s.Working, n) {
			f.Add(fmt.Sprintf("standby[%d]", i), "node.twice", "given twice", "node", n)
		}
	}
	if len(s.Services) < 2 {
		f.Add("services", "field.too_few", "too few", "min", "2")
	}
	if len(s.Working) == 0 {
		f.Add("working", "field.required", "missing")
	} else if len(s.Services) > len(s.Working) && !s.Share {
		f.Add("working", "spread.too_few", "more services than working nodes", "services", strconv.Itoa(len(s.Services)), "nodes", strconv.Itoa(len(s.Working)))
	}
	for i, id := range s.Services {
		at := fmt.Sprintf("services[%d]", i)
		r := ha.FindResource(resourcesOf(k), id)
		switch {
		case r == nil:
			f.Add(at, "resource.unknown", "there is no such resource", "resource", id)
		case holder(k, id) != id:
			f.Add(at, "resource.held", "it is part of another", "id", id, "holder", holder(k, id))
		case r.Kind != ha.Group && r.Kind != ha.Primitive || ha.IsFenceDevice(r.Agent):
			f.Add(at, "spread.not_a_service", "it runs on several nodes, or is a fence device", "resource", id)
		case slices.Contains(s.Services[:i], id):
			f.Add(at, "resource.id_taken", "given twice", "id", id)
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	var edits []ha.Edit
	for i, id := range s.Services {
		own := s.Working[i%len(s.Working)]
		scores := map[string]string{own: strconv.Itoa(workingScore)}
		for n, node := range s.Standby {
			scores[node] = strconv.Itoa(standbyScore - n*preferStep)
		}
		edits = append(edits, locate(k, id, append([]string{own}, s.Standby...), scores)...)
	}
	score := "-INFINITY"
	if s.Share {
		score = strconv.Itoa(apartScore)
	}
	for i, a := range s.Services {
		for _, b := range s.Services[:i] {
			edits = append(edits, apart(k, a, b, score)...)
		}
	}
	if len(edits) == 0 {
		return nil, fault.New(fault.Conflict, "spread.so_already", "the services are spread like this already").With("services", strings.Join(s.Services, ", "))
	}
	return edits, nil
}

// apart keeps two services from each other with that score. A colocation of the two that is there is changed rather than doubled.
func apart(k fleet.Known, a, b, score string) []ha.Edit {
	for _, c := range k.Config.Config.Constraints {
		same := c.Resource == a && c.With == b || c.Resource == b && c.With == a
		if c.Kind != ha.Colocation || c.Complex || !same || c.Role != "" || c.WithRole != "" {
			continue
		}
		if c.Score == score {
			return nil
		}
		c.Score, c.XML = score, ""
		return []ha.Edit{{Op: ha.UpdateConstraint, ID: c.ID, Constraint: &c}}
	}
	c := ha.Constraint{ID: freeID(k, "apart-"+a+"-"+b), Kind: ha.Colocation, Resource: a, With: b, Score: score}
	return []ha.Edit{{Op: ha.CreateConstraint, ID: c.ID, Constraint: &c}}
}
