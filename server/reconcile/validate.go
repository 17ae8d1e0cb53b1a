package reconcile

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// checkSetup refuses a set-up that cannot become a cluster: by itself, and by what its hosts have said of themselves. What
// only a look at the hosts can tell, preflight tells. It resolves set-up and hosts into the memo.
func (e *Engine) checkSetup(setup *ha.Setup, m *memo) error {
	if err := ha.ValidateSetup(*setup); err != nil {
		return err
	}
	if _, err := e.o.Picture.Known(setup.Name); err == nil {
		f := fault.New(fault.Conflict, "cluster.name_taken", "there is a cluster %s already", setup.Name).With("name", setup.Name)
		f.Fields = []fault.Field{{Path: "name", Reason: "cluster.name_taken", Message: f.Message, Args: f.Args}}
		return f
	}
	var f fault.Fields
	m.Hosts = map[string]string{}
	engine := ""
	code := fault.Invalid
	for i, n := range setup.Nodes {
		at := fmt.Sprintf("nodes[%d]", i)
		machine := e.checkMachine(&f, at, n, "", &code)
		if machine == nil {
			continue
		}
		m.Hosts[n.Name] = machine.ID
		if engine == "" {
			engine = machine.Facts.Engine
		} else if engine != machine.Facts.Engine {
			f.Add(at+".name", "cluster.mixed_engines", "simulated and real nodes do not mix", "name", n.Name)
		}
	}
	after := resolved(*setup)
	m.After = &after
	return withCode(f.Err(), code)
}

// withCode makes an invalid request a conflict where the same request could be right at another time.
func withCode(err error, code fault.Code) error {
	if p := fault.Public(err); p != nil && p.Code == fault.Invalid {
		p.Code = code
	}
	return err
}

// checkMachine refuses a host that cannot become a node of cluster, nil where it is not there at all.
func (e *Engine) checkMachine(f *fault.Fields, at string, n ha.SetupNode, cluster string, code *fault.Code) *fleet.Machine {
	machine, err := e.o.Picture.Machine(n.Name)
	if err != nil {
		f.Add(at+".name", "host.not_enrolled", "no enrolled host has this name", "name", n.Name)
		return nil
	}
	switch other := machine.Cluster; {
	case other != "" && other != cluster:
		f.Add(at+".name", "host.in_cluster", "belongs to cluster "+other, "name", n.Name, "cluster", other)
		*code = fault.Conflict
	case machine.Facts.Cluster != "" && machine.Facts.Cluster != cluster:
		f.Add(at+".name", "host.in_cluster", "is configured for cluster "+machine.Facts.Cluster, "name", n.Name, "cluster", machine.Facts.Cluster)
		*code = fault.Conflict
	case !machine.Connected:
		f.Add(at+".name", "host.not_connected", "its agent is not connected", "name", n.Name)
	}
	if served := e.o.Picture.Serves(machine.Name); len(served) > 0 {
		f.Add(at+".name", "qdevice.is_arbiter", "is the arbiter of "+names(served), "name", n.Name, "clusters", names(served))
		*code = fault.Conflict
	}
	checkAddresses(f, at, n, machine.Facts)
	return &machine
}

// checkAddresses refuses addresses that are on no interface of the host, and links that share a network: they fail together.
func checkAddresses(f *fault.Fields, at string, n ha.SetupNode, facts ha.Facts) {
	networks := map[netip.Prefix]int{}
	for l, text := range n.Addresses {
		a, err := netip.ParseAddr(text)
		if err != nil {
			continue // said already
		}
		here := fmt.Sprintf("%s.addresses[%d]", at, l)
		network, found := networkOf(facts, a.Unmap())
		if !found {
			f.Add(here, "address.not_on_host", "is on no interface of the host", "address", text, "name", n.Name)
			continue
		}
		if other, shared := networks[network]; shared {
			f.Add(here, "link.overlap", "is in the network of another link", "address", text, "network", network.String(), "link", fmt.Sprint(other))
			continue
		}
		networks[network] = l
	}
}

func networkOf(facts ha.Facts, a netip.Addr) (netip.Prefix, bool) {
	for _, i := range facts.Interfaces {
		for _, text := range i.Addresses {
			p, err := netip.ParsePrefix(text)
			if err == nil && p.Addr().Unmap() == a {
				return p.Masked(), true
			}
		}
	}
	return netip.Prefix{}, false
}

// fields puts a path before those of a fault.
func fields(err error, before string) fault.Fields {
	p := fault.Public(err)
	if p == nil {
		return nil
	}
	list := fault.Fields(slices.Clone(p.Fields))
	for i := range list {
		list[i].Path = before + list[i].Path
	}
	return list
}

// checkResource refuses a new resource that cannot be: by itself, and by what is configured already. What its agent
// makes of it, a node tells: see rehearse.
func checkResource(k fleet.Known, r *ha.Resource) error {
	f := fields(ha.ValidateResource(*r), "resource.")
	code := fault.Invalid
	if len(f) == 0 {
		walk(*r, "resource.", func(at string, r ha.Resource) {
			if at != "resource." && r.IsReference() {
				if ha.FindResource(resourcesOf(k), r.ID) == nil {
					f.Add(at+"id", "resource.unknown", "there is no such resource", "resource", r.ID)
				}
				return
			}
			if idTaken(k.Config.Config, r.ID) {
				f.Add(at+"id", "resource.id_taken", "is taken", "id", r.ID)
				code = fault.Conflict
			}
		})
	}
	return withCode(f.Err(), code)
}

func walk(r ha.Resource, at string, visit func(at string, r ha.Resource)) {
	visit(at, r)
	for i, member := range r.Members {
		walk(member, fmt.Sprintf("%smembers[%d].", at, i), visit)
	}
}

func idTaken(c *ha.Config, id string) bool {
	if c == nil {
		return false
	}
	return ha.FindResource(c.Resources, id) != nil ||
		slices.ContainsFunc(c.Constraints, func(c ha.Constraint) bool { return c.ID == id }) ||
		slices.ContainsFunc(c.AttributeSets, func(s ha.AttributeSet) bool { return s.ID == id }) ||
		slices.ContainsFunc(c.Tags, func(t ha.Tag) bool { return t.ID == id })
}

// rehearse has a node try the edits on its copy of the configuration: it knows the agents, what they demand, and the schema.
// What it refuses is told with the fields of the request, and nothing has changed.
func (e *Engine) rehearse(ctx context.Context, m *memo) error {
	var out wire.EditOutput
	err := e.read(ctx, m.Request.Actor, m.Host, wire.EditConfig, wire.EditArgs{Edits: m.Edits, Expect: m.Request.Version, KeepRunning: m.keepRunning(), DryRun: true}, &out)
	p := fault.Public(err)
	if p == nil || len(p.Fields) == 0 {
		return named(err, m.Node)
	}
	told := *p
	told.Fields = slices.Clone(p.Fields)
	for i, f := range told.Fields {
		told.Fields[i].Path = requestPath(m, f.Path)
	}
	return &told
}

var editPath = regexp.MustCompile(`^edits\[(\d+)\]\.(resource|constraint|tag|attributes)?\.?`)

// requestPath says where the request has what an agent calls edits[i]: the resource comes first, its constraints after it.
func requestPath(m *memo, path string) string {
	found := editPath.FindStringSubmatch(path)
	if found == nil {
		return path
	}
	rest := path[len(found[0]):]
	i, err := strconv.Atoi(found[1])
	switch {
	case err != nil:
		return path
	case found[2] == "resource":
		return "resource." + rest
	case m.Request.Kind == "constraint.edit":
		return "constraint." + rest
	case m.Request.Kind == "attributes.edit":
		return "set." + rest
	case found[2] == "constraint" && m.Request.Resource != nil:
		return fmt.Sprintf("constraints[%d].%s", i-1, rest)
	}
	return rest
}

// checkConstraint refuses a relation to what is not there. Coming are the resources that are made in the same edit.
func checkConstraint(f *fault.Fields, at string, c ha.Constraint, k fleet.Known, coming *ha.Resource) {
	if list := fields(ha.ValidateConstraint(c), at); len(list) > 0 {
		*f = append(*f, list...)
		return
	}
	cfg := k.Config.Config
	named := c.References()
	for _, name := range slices.Sorted(maps.Keys(named)) {
		id := named[name]
		isTag := cfg != nil && slices.ContainsFunc(cfg.Tags, func(t ha.Tag) bool { return t.ID == id })
		if isTag || cfg != nil && ha.FindResource(cfg.Resources, id) != nil || coming != nil && ha.FindResource([]ha.Resource{*coming}, id) != nil {
			continue
		}
		f.Add(at+name, "resource.unknown", "there is no such resource", "resource", id)
	}
	if c.Node != "" && nodeConfigured(k, c.Node) != nil {
		f.Add(at+"node", "node.unknown", "there is no such node", "node", c.Node)
	}
}
