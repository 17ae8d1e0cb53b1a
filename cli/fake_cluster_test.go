package cli_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

func (s *server) inCluster(c *cluster, r api.Route, q *http.Request, raw json.RawMessage) (any, error) {
	noun, verb, _ := strings.Cut(r.Name, ".")
	switch noun {
	case "cluster":
		return s.wholeCluster(c, r, verb, raw)
	case "defaults":
		return s.long(r, c.Name, "", func() { c.defaults = body[api.Defaults](raw) }), nil
	case "node":
		return s.node(c, r, verb, q, raw)
	case "resource":
		return s.resource(c, r, verb, q, raw)
	case "constraint":
		switch verb {
		case "list":
			return page(c.constraints), nil
		case "create":
			one := body[ha.Constraint](raw)
			return s.long(r, c.Name, one.ID, func() { c.constraints = append(c.constraints, one) }), nil
		case "edit":
			one := body[api.EditConstraint](raw).Constraint
			return s.long(r, c.Name, one.ID, func() {
				for i := range c.constraints {
					if c.constraints[i].ID == one.ID {
						c.constraints[i] = one
					}
				}
			}), nil
		}
		id := q.PathValue("constraint")
		return s.long(r, c.Name, id, func() {
			c.constraints = slices.DeleteFunc(c.constraints, func(one ha.Constraint) bool { return one.ID == id })
		}), nil
	case "attributes":
		return s.attributes(c, r, verb, q, raw)
	case "tag":
		return s.tag(c, r, verb, q, raw)
	case "target":
		return s.target(c, verb, q.PathValue("service"), raw)
	case "budget":
		return s.budget(c, verb, q.PathValue("service"))
	case "health":
		return s.health(c, r, verb), nil
	case "timeline":
		return s.timeline(q), nil
	case "logs":
		return s.logBundle(verb), nil
	case "service":
		return s.long(r, c.Name, "", nil), nil
	case "fence":
		switch verb {
		case "list":
			last := ha.FenceRecord{Node: "n1", At: day, Action: "reboot", Device: "fence", Actor: "admin", Test: true}
			return ha.Fencing{
				Enabled: true, Levels: []ha.FenceLevel{}, Failures: []ha.FenceAction{}, NeedsFencingTest: []string{"n2"},
				Waiting: []ha.Reason{{Code: ha.ReasonFencePending, Level: ha.Unprotected, Args: map[string]string{"node": "n2", "devices": "fence"}}},
				Devices: []ha.FenceDevice{{ID: "fence", Agent: "stonith:fence_sandbox", Role: "Started", Node: "n1", Check: "static-list", Hosts: []ha.FenceHost{{Node: "n1", Plug: "n1"}, {Node: "n2", Plug: "4"}}}},
				Nodes: []ha.NodeFencing{
					{Node: "n1", Covered: true, Paths: []ha.FencePath{{Level: 1, Devices: []string{"fence", "pdu"}}, {Level: 2, Devices: []string{"sbd"}}}, Last: &last},
					{Node: "n2", Paths: []ha.FencePath{}},
				},
			}, nil
		case "test":
			return s.long(r, c.Name, body[api.FenceTest](raw).Node, nil), nil
		}
		return s.long(r, c.Name, body[api.FenceLevels](raw).Node, nil), nil
	case "sbd":
		if verb == "show" {
			times := ha.SBD{Devices: []string{"/dev/disk/by-id/a"}}.Times(2, false)
			return ha.SBDView{
				Configured: true, Devices: []string{"/dev/disk/by-id/a"}, Times: &times,
				Nodes:    map[string]ha.SBDHost{"n1": {Installed: true, Active: true, Watchdogs: []ha.WatchdogFact{{Device: "/dev/watchdog0", Identity: "iTCO_wdt"}}, Settings: map[string]string{"SBD_DEVICE": "/dev/disk/by-id/a"}}},
				Findings: []ha.Reason{{Code: "softdog", Level: ha.AtRisk, Args: map[string]string{"node": "n2"}}},
			}, nil
		}
		if verb == "plan" {
			return api.SBDPlan{Times: ha.SBD{Devices: []string{"/dev/disk/by-id/a"}}.Times(2, false), Restart: true, Nodes: map[string]string{"n1": "/dev/watchdog"}, Disks: []ha.SBDDisk{}}, nil
		}
		return s.long(r, c.Name, "", nil), nil
	case "check":
		if verb == "list" {
			return page([]ha.Finding{
				{Code: ha.FindingFencingOff, Severity: ha.Critical, Object: "stonith-enabled"},
				{Code: ha.FindingNoStickiness, Severity: ha.Warning, Object: "resource-stickiness", Args: map[string]string{"value": "100"}, Fix: []ha.Edit{{Op: ha.SetResourceDefault, Values: map[string]string{"resource-stickiness": "100"}}}},
			}), nil
		}
		return s.long(r, c.Name, body[api.FixFinding](raw).Object, nil), nil
	case "why":
		return ha.Explanation{
			Engine: "simulated", Resource: q.PathValue("resource"), Role: "Started", Nodes: []string{"n1"},
			Causes:    []ha.Cause{{Code: ha.WhyLocation, Args: map[string]string{"constraint": "prefer", "resource": "pg", "node": "n1", "score": "50"}}},
			Moved:     &ha.Moved{At: day, Action: "move", From: "n2", To: "n1", Causes: []ha.Cause{{Code: ha.WhyStandby, Args: map[string]string{"node": "n2"}}}},
			Elsewhere: []ha.NotThere{{Node: "n2", Score: "0", Causes: []ha.Cause{{Code: ha.WhyLowerScore, Args: map[string]string{"score": "0", "best": "50"}}}}},
		}, nil
	case "whatif":
		return ha.Forecast{
			Engine: "simulated", Quorate: true, Rest: true, Detection: &ha.Detection{Kind: "node", ExpectedMS: 2400, WorstMS: 2400},
			Actions: []ha.ForecastAction{
				{Kind: "fence", To: "n1", Reason: "peer is no longer part of the cluster"},
				{Kind: "move", Resource: "pg", Service: "pg", From: "n1", To: "n2"},
				{Kind: "start", Resource: "web", To: "n2", Blocked: true},
			},
			Steps:    []ha.ForecastStep{{Operation: "fence", Node: "n1"}, {Operation: "start", Resource: "pg", Node: "n2", BeginMS: 0, DurationMS: 1500, Measured: true}},
			Services: []ha.Interruption{{Service: "web", Exact: true}, {Service: "pg", Ends: true, OutageMS: 3900, DetectMS: 2400, Missing: []string{"fence n1"}}},
			Warnings: []ha.Finding{{Code: ha.FindingBudgetMonitor, Severity: ha.Warning, Object: "pg", Args: map[string]string{
				"service": "pg", "event": "application", "time": "31", "target": "10", "part": "30", "resource": "db", "want": "18s",
			}}},
		}, nil
	case "evidence":
		return api.EvidenceReport{Verdict: c.head().Verdict, Evidence: []ha.Evidence{
			{Code: ha.EvidenceNeverFenced, Level: ha.AtRisk, Object: "n2", Source: "hawser", Args: map[string]string{"node": "n2"}},
			{Code: ha.EvidenceCovered, Level: ha.Protected, Object: "n1", Source: "configuration", Args: map[string]string{"node": "n1", "paths": "fence"}},
		}}, nil
	case "ping":
		return s.long(r, c.Name, ha.PingCloneID, nil), nil
	case "agent":
		if verb == "list" {
			return page([]api.AgentName{{Agent: "ocf:heartbeat:IPaddr2"}, {Agent: "systemd:nginx"}}), nil
		}
		return ha.AgentMetadata{Agent: q.PathValue("agent"), Short: "Manages a virtual address", Parameters: []ha.AgentParameter{{Name: "ip", Type: "string", Required: true, Short: "Address"}}}, nil
	case "revision":
		if verb == "list" {
			return page(c.revisions), nil
		}
		n, err := strconv.Atoi(q.PathValue("revision"))
		if err != nil || n < 1 || n > len(c.revisions) {
			return nil, fault.New(fault.NotFound, "revision.unknown", "no revision")
		}
		if verb == "revert" {
			return s.long(r, c.Name, q.PathValue("revision"), nil), nil
		}
		return c.revisions[n-1], nil
	}
	return nil, fault.New(fault.NotFound, "route.unknown", "the fake has no %s", r.Name)
}

func (s *server) attributes(c *cluster, r api.Route, verb string, q *http.Request, raw json.RawMessage) (any, error) {
	put := func(set ha.AttributeSet) {
		c.sets = append(slices.DeleteFunc(c.sets, func(o ha.AttributeSet) bool { return o.ID == set.ID }), set)
	}
	switch verb {
	case "list":
		return page(c.sets), nil
	case "create":
		set := body[ha.AttributeSet](raw)
		return s.long(r, c.Name, set.ID, func() { put(set) }), nil
	case "edit":
		set := body[api.EditAttributes](raw).Set
		return s.long(r, c.Name, set.ID, func() { put(set) }), nil
	}
	id := q.PathValue("set")
	return s.long(r, c.Name, id, func() {
		c.sets = slices.DeleteFunc(c.sets, func(o ha.AttributeSet) bool { return o.ID == id })
	}), nil
}

func (s *server) tag(c *cluster, r api.Route, verb string, q *http.Request, raw json.RawMessage) (any, error) {
	switch verb {
	case "list":
		list := []api.TagShown{}
		for _, t := range c.tags {
			one := api.TagShown{ID: t.ID, Version: &c.version}
			for _, id := range t.Resources {
				tagged := api.Tagged{ID: id, Role: "Started", Nodes: []string{c.active()}}
				one.Resources = append(one.Resources, tagged)
			}
			list = append(list, one)
		}
		return page(list), nil
	case "create":
		t := body[ha.Tag](raw)
		return s.long(r, c.Name, t.ID, func() { c.tags = append(c.tags, t) }), nil
	}
	id := q.PathValue("tag")
	i := slices.IndexFunc(c.tags, func(t ha.Tag) bool { return t.ID == id })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "tag.unknown", "no tag").With("id", id)
	}
	return s.long(r, c.Name, id, func() {
		switch verb {
		case "edit":
			c.tags[i].Resources = body[api.EditTag](raw).Resources
		case "delete":
			c.tags = slices.Delete(c.tags, i, i+1)
		}
	}), nil
}

func (s *server) wholeCluster(c *cluster, r api.Route, verb string, raw json.RawMessage) (any, error) {
	switch verb {
	case "show":
		return api.ClusterDetail{Cluster: c.head(), Config: &ha.Config{Properties: c.properties, ResourceDefaults: c.defaults.Resource.Set, OperationDefaults: c.defaults.Operation.Set}, State: &ha.State{At: day, Votes: 2, QuorumVotes: 1, DC: "n1"}, Setup: &c.setup}, nil
	case "remove":
		delete(s.clusters, c.Name)
		return api.OK{OK: true}, nil
	case "destroy":
		if body[api.DestroyRequest](raw).Confirm != c.Name {
			return nil, fault.New(fault.Invalid, "request.invalid", "not confirmed")
		}
		return s.long(r, c.Name, "", func() { delete(s.clusters, c.Name) }), nil
	case "properties":
		p := body[api.Properties](raw)
		return s.long(r, c.Name, "", func() {
			for k, v := range p.Set {
				c.properties[k] = v
			}
			for _, k := range p.Unset {
				delete(c.properties, k)
			}
		}), nil
	}
	return s.long(r, c.Name, "", func() { c.Running = verb != "stop" }), nil
}

func (s *server) node(c *cluster, r api.Route, verb string, q *http.Request, raw json.RawMessage) (any, error) {
	switch verb {
	case "list":
		return page(c.nodes), nil
	case "add":
		add := body[api.AddNode](raw)
		made := api.Node{Name: add.Node.Name, Kind: ha.MemberNode, Online: true, Addresses: add.Node.Addresses}
		if add.Remote != nil {
			made.Kind, made.Connection, made.Through, made.Addresses = ha.RemoteNode, made.Name, "n1", []string{add.Remote.Address}
		}
		return s.long(r, c.Name, made.Name, func() { c.nodes = append(c.nodes, made) }), nil
	}
	i := slices.IndexFunc(c.nodes, func(n api.Node) bool { return n.Name == q.PathValue("node") })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "node.unknown", "no node").With("name", q.PathValue("node"))
	}
	n := &c.nodes[i]
	switch verb {
	case "show":
		return *n, nil
	case "fence":
		if body[api.FenceRequest](raw).Confirm != n.Name {
			return nil, fault.New(fault.Invalid, "request.invalid", "not confirmed")
		}
	}
	if n.Config == nil {
		n.Config = &ha.NodeConfig{Name: n.Name}
	}
	return s.long(r, c.Name, n.Name, func() {
		switch verb {
		case "attributes":
			n.Config.Attributes = body[api.ValueChange](raw).Set
		case "utilization":
			n.Config.Utilization = body[api.ValueChange](raw).Set
		case "standby", "unstandby":
			n.Standby = verb == "standby"
		case "maintenance", "unmaintenance":
			n.Maintenance = verb == "maintenance"
		case "stop", "start":
			n.Online = verb == "start"
		case "remove":
			c.nodes = slices.Delete(c.nodes, i, i+1)
		}
	}), nil
}

func (s *server) resource(c *cluster, r api.Route, verb string, q *http.Request, raw json.RawMessage) (any, error) {
	switch verb {
	case "list":
		return page(c.rows()), nil
	case "create":
		n := body[api.NewResource](raw)
		if find(c.resources, n.Resource.ID) != nil {
			return nil, fault.New(fault.Conflict, "resource.id_taken", "taken").With("id", n.Resource.ID)
		}
		return s.long(r, c.Name, n.Resource.ID, func() {
			if g := find(c.resources, n.Group); g != nil {
				g.Members = append(g.Members, n.Resource)
				return
			}
			c.resources = append(c.resources, n.Resource)
			c.constraints = append(c.constraints, n.Constraints...)
		}), nil
	}
	id := q.PathValue("resource")
	found := find(c.resources, id)
	if found == nil {
		return nil, fault.New(fault.NotFound, "resource.unknown", "no resource").With("id", id)
	}
	switch verb {
	case "show":
		for _, row := range c.rows() {
			if row.ID == id {
				config, version := *found, c.version
				row.Config, row.Version = &config, &version
				return row, nil
			}
		}
	case "edit":
		e := body[api.EditResource](raw)
		if e.Version == nil || *e.Version != c.version {
			return nil, fault.New(fault.Conflict, "config.moved_on", "changed meanwhile")
		}
		return s.long(r, c.Name, id, func() { *found = e.Resource; c.version.Epoch++ }), nil
	}
	return s.long(r, c.Name, id, func() {
		switch verb {
		case "start", "stop":
			c.stopped[id] = verb == "stop"
		case "utilization":
			found.Utilization = body[api.ValueChange](raw).Set
		case "delete":
			c.resources = slices.DeleteFunc(c.resources, func(one ha.Resource) bool { return one.ID == id })
		}
	}), nil
}
