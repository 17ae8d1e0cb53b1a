package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
	"hawser/internal/wire"
	"hawser/server/reconcile"
)

// related is a cluster with a few resources.
func related(t *testing.T) *site {
	t.Helper()
	s := demo(t)
	dummy := func(id string) ha.Resource {
		return ha.Resource{ID: id, Kind: ha.Primitive, Agent: "ocf:heartbeat:Dummy"}
	}
	s.byHand(func(c *ha.Config) {
		c.Nodes = []ha.NodeConfig{{ID: "1", Name: "n1"}, {ID: "2", Name: "n2"}, {ID: "3", Name: "n3"}}
		c.Resources = []ha.Resource{
			{ID: "web", Kind: ha.Group, Members: []ha.Resource{dummy("vip"), dummy("httpd")}},
			dummy("db"), dummy("mail"),
			{ID: "p-clone", Kind: ha.Clone, Members: []ha.Resource{dummy("p")}},
			{ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_x"},
		}
		c.Constraints = []ha.Constraint{
			{ID: "l1", Kind: ha.Location, Resource: "db", Node: "n1", Score: "7"},
			{ID: "l2", Kind: ha.Location, Resource: "db", Node: "n3", Score: "9"},
			{ID: "odd", Kind: ha.Location, Complex: true, XML: "<rsc_location id=\"odd\"/>"},
		}
		c.Tags = []ha.Tag{{ID: "office", Resources: []string{"web", "db", "l1"}}}
	})
	return s
}

// locations are the location constraints of a resource as node=score.
func (s *site) locations(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, c := range s.config.Constraints {
		if c.Kind == ha.Location && c.Resource == id {
			list = append(list, c.OnNode()+"="+c.Score)
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestTags(t *testing.T) {
	s := related(t)
	s.do(reconcile.Request{Kind: "tag.create", Cluster: "demo", Tag: &ha.Tag{ID: "night", Resources: []string{"mail"}}})
	s.do(reconcile.Request{Kind: "tag.edit", Cluster: "demo", Object: "night", Tag: &ha.Tag{ID: "night", Resources: []string{"mail", "vip"}}})
	tags, err := s.fleet.Tags(t.Context(), "demo")
	if err != nil || len(tags) != 2 || len(tags[1].Resources) != 2 || tags[1].Resources[1].ID != "vip" {
		t.Fatalf("tags %+v, err %v", tags, err)
	}
	// All of it in one revision, and a result for each.
	for _, kind := range []string{"tag.stop", "tag.start"} {
		op := s.do(reconcile.Request{Kind: kind, Cluster: "demo", Object: "office"})
		var results []string
		for _, st := range op.Steps {
			if st.Name == "result" {
				results = append(results, st.Args["resource"]+":"+st.State)
			}
		}
		if got := strings.Join(results, " "); got != "web:done db:done" {
			t.Errorf("%s: the results are %s", kind, got)
		}
		r, _, err := s.store.Revision(t.Context(), "demo", op.Revision)
		if err != nil || r.Object != "office" || kind == "tag.stop" && len(r.Differences) != 2 {
			t.Errorf("%s: revision %+v, err %v", kind, r, err)
		}
	}
	s.refuse = func(_ string, c wire.Command) error {
		if c.Name == wire.Settle && strings.Contains(string(c.Args), `"db"`) {
			return fault.New(fault.Failed, "resource.stopped_no_place", "no place").With("resource", "db")
		}
		return nil
	}
	op := s.end(s.begin(reconcile.Request{Kind: "tag.start", Cluster: "demo", Object: "office"}))
	states := map[string]string{}
	for _, st := range op.Steps {
		states[st.Args["resource"]] = st.State
	}
	if op.State != "failed" || op.Fault.Reason != "resource.stopped_no_place" || states["web"] != "done" || states["db"] != "failed" {
		t.Errorf("one that does not start: %s, %+v, %v", op.State, op.Fault, states)
	}
	s.refuse = nil
	s.do(reconcile.Request{Kind: "tag.delete", Cluster: "demo", Object: "night"})
	if len(s.config.Tags) != 1 {
		t.Errorf("tags %+v", s.config.Tags)
	}
}

func TestPreferNodes(t *testing.T) {
	s := related(t)
	s.do(reconcile.Request{Kind: "resource.prefer", Cluster: "demo", Object: "db", Nodes: []string{"n2", "n1"}})
	if got := s.locations("db"); got != "n1=100 n2=200" {
		t.Errorf("got %s", got)
	}
	s.do(reconcile.Request{Kind: "resource.prefer", Cluster: "demo", Object: "db", Nodes: []string{"n1"}, Only: true})
	if got := s.locations("db"); got != "n1=100 n2=-INFINITY n3=-INFINITY" {
		t.Errorf("got %s", got)
	}
	s.do(reconcile.Request{Kind: "resource.prefer", Cluster: "demo", Object: "db"})
	if got := s.locations("db"); got != "" {
		t.Errorf("got %s", got)
	}
}

// TestSpread: N+M. Each service has its own working node, the standby nodes come after it, and no two are together.
func TestSpread(t *testing.T) {
	s := related(t)
	s.do(reconcile.Request{Kind: "service.spread", Cluster: "demo", Spread: &api.Spread{Services: []string{"web", "db"}, Working: []string{"n1", "n2"}, Standby: []string{"n3"}}})
	if web, db := s.locations("web"), s.locations("db"); web != "n1=10000 n3=5000" || db != "n2=10000 n3=5000" {
		t.Errorf("web %s, db %s", web, db)
	}
	apart := func() (list []string) {
		for _, c := range s.config.Constraints {
			if c.Kind == ha.Colocation {
				list = append(list, c.ID+" "+c.Score)
			}
		}
		return list
	}
	if got := fmt.Sprint(apart()); got != "[apart-db-web -INFINITY]" {
		t.Errorf("kept apart by %s", got)
	}
	s.do(reconcile.Request{Kind: "service.spread", Cluster: "demo", Spread: &api.Spread{Services: []string{"web", "db"}, Working: []string{"n1", "n2"}, Standby: []string{"n3"}, Share: true}})
	if got := fmt.Sprint(apart()); got != "[apart-db-web -2000]" {
		t.Errorf("kept apart by %s", got)
	}
	_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "service.spread", Cluster: "demo", Spread: &api.Spread{Services: []string{"web", "db"}, Working: []string{"n1", "n2"}, Standby: []string{"n3"}, Share: true}})
	if f := fault.Public(err); f == nil || f.Reason != "spread.so_already" {
		t.Errorf("again: %+v", f)
	}
}

// TestMoveForATime: what is held for a time is a revision, and goes by itself when the time is over.
func TestMoveForATime(t *testing.T) {
	s := related(t)
	op := s.do(reconcile.Request{Kind: "resource.ban", Cluster: "demo", Object: "db", Target: "n1"})
	r, _, err := s.store.Revision(t.Context(), "demo", op.Revision)
	if err != nil || r.Action != "resource.ban" || !r.Revertible || len(r.Differences) != 1 {
		t.Errorf("revision %+v, err %v", r, err)
	}
	s.do(reconcile.Request{Kind: "resource.clear", Cluster: "demo", Object: "db"})
	if got := s.locations("db"); got != "n1=7 n3=9" {
		t.Errorf("left: %s", got)
	}
	s.do(reconcile.Request{Kind: "resource.move", Cluster: "demo", Object: "db", Target: "n2", Lifetime: "1s"})
	testkit.Eventually(t, func() error {
		if got := s.locations("db"); got != "n1=7 n3=9" {
			return fmt.Errorf("the locations are still %s", got)
		}
		latest, err := s.store.LatestRevision(t.Context(), "demo")
		if err == nil && (latest.Action != "resource.clear" || latest.Author != reconcile.Self || latest.State != "applied") {
			err = fmt.Errorf("the newest revision is %+v", latest)
		}
		return err
	})
}

func TestPlaceAndValues(t *testing.T) {
	s := related(t)
	for _, r := range []reconcile.Request{
		{Kind: "resource.place", Object: "db", Group: "web"},
		{Kind: "resource.place", Object: "vip"},
		{Kind: "resource.utilization", Object: "db", Set: map[string]string{"memory": "5"}},
		{Kind: "node.utilization", Object: "n1", Set: map[string]string{"memory": "50"}},
		{Kind: "node.attributes", Object: "n1", Set: map[string]string{"rack": "a"}},
		{Kind: "resource.refresh", Object: "db"},
		{Kind: "cluster.cleanup"},
		{Kind: "constraint.edit", Object: "l1", Constraints: []ha.Constraint{{ID: "l1", Kind: ha.Location, Resource: "db", Node: "n1", Score: "8"}}},
		{Kind: "attributes.create", Object: "s", Attributes: &ha.AttributeSet{
			ID: "s", Kind: ha.MetaSet, Resource: "db", Values: map[string]string{"priority": "3"},
			Rule: &ha.Rule{Expressions: []ha.Expression{{Attribute: "rack", Operation: "eq", Value: "a"}}},
		}},
		{Kind: "attributes.delete", Object: "s"},
	} {
		r.Cluster = "demo"
		s.do(r)
	}
	if web := s.config.Resources[0]; len(web.Members) != 2 || web.Members[1].ID != "db" || web.Members[1].Utilization["memory"] != "5" {
		t.Errorf("got %+v", web)
	}
	if n := s.config.Nodes[0]; n.Utilization["memory"] != "50" || n.Attributes["rack"] != "a" {
		t.Errorf("got %+v", n)
	}
	if s.config.Constraints[0].Score != "8" || len(s.config.AttributeSets) != 0 {
		t.Errorf("got %+v, %+v", s.config.Constraints[0], s.config.AttributeSets)
	}
}

// TestFailback: what is asked for is what is told of the resource, and a schedule leaves nothing behind.
func TestFailback(t *testing.T) {
	s := related(t)
	for _, b := range []ha.Failback{{Mode: ha.FailbackManual}, {Mode: ha.FailbackScheduled, Hours: "2-3"}, {Mode: ha.FailbackAutomatic}} {
		s.do(reconcile.Request{Kind: "resource.failback", Cluster: "demo", Object: "db", Failback: &b})
		r, err := s.fleet.Resource(t.Context(), "demo", "db")
		if err != nil || r.Failback == nil || *r.Failback != b {
			t.Errorf("asked for %+v, it says %+v, %v", b, r.Failback, err)
		}
	}
	if n := len(s.config.AttributeSets); n != 0 {
		t.Errorf("%d sets of attributes are left", n)
	}
	s.byHand(func(c *ha.Config) { c.Constraints[0].Score = "INFINITY" })
	_, err := s.engine.Begin(t.Context(), reconcile.Request{Kind: "resource.failback", Cluster: "demo", Object: "db", Failback: &ha.Failback{Mode: ha.FailbackManual}})
	if f := fault.Public(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Reason != "failback.too_strong" {
		t.Errorf("held against INFINITY: %v", err)
	}
}

func TestRelationsRefused(t *testing.T) {
	s := related(t)
	rule := &ha.Rule{Expressions: []ha.Expression{{Attribute: "a", Operation: "defined"}}}
	for name, c := range map[string]struct {
		r            reconcile.Request
		code         fault.Code
		path, reason string
	}{
		"tag taken":              {reconcile.Request{Kind: "tag.create", Tag: &ha.Tag{ID: "db", Resources: []string{"web"}}}, fault.Conflict, "id", "resource.id_taken"},
		"tag of nothing":         {reconcile.Request{Kind: "tag.create", Tag: &ha.Tag{ID: "x"}}, fault.Invalid, "resources", "field.required"},
		"tag of unknown":         {reconcile.Request{Kind: "tag.create", Tag: &ha.Tag{ID: "x", Resources: []string{"none"}}}, fault.Invalid, "resources[0]", "resource.unknown"},
		"no such tag":            {reconcile.Request{Kind: "tag.stop", Object: "none"}, fault.NotFound, "", "tag.not_found"},
		"group in a group":       {reconcile.Request{Kind: "resource.place", Object: "p-clone", Group: "web"}, fault.Invalid, "group", "resource.nested"},
		"fence in a group":       {reconcile.Request{Kind: "resource.place", Object: "fence", Group: "web"}, fault.Invalid, "group", "resource.nested"},
		"place in no group":      {reconcile.Request{Kind: "resource.place", Object: "db", Group: "mail"}, fault.Invalid, "group", "resource.no_group"},
		"clone of a clone":       {reconcile.Request{Kind: "resource.create", Object: "x", Resource: &ha.Resource{ID: "x", Kind: ha.Clone, Members: []ha.Resource{{ID: "y", Kind: ha.Clone, Members: []ha.Resource{{ID: "db"}}}}}}, fault.Invalid, "resource.members[0].kind", "resource.nested"},
		"clone of nothing":       {reconcile.Request{Kind: "resource.create", Object: "x", Resource: &ha.Resource{ID: "x", Kind: ha.Clone, Members: []ha.Resource{{ID: "none"}}}}, fault.Invalid, "resource.members[0].id", "resource.unknown"},
		"unknown node":           {reconcile.Request{Kind: "resource.prefer", Object: "db", Nodes: []string{"n1", "n9"}}, fault.Invalid, "nodes[1]", "node.unknown"},
		"node twice":             {reconcile.Request{Kind: "resource.prefer", Object: "db", Nodes: []string{"n1", "n1"}}, fault.Invalid, "nodes[1]", "node.twice"},
		"capacity":               {reconcile.Request{Kind: "node.utilization", Object: "n1", Set: map[string]string{"memory": "much"}}, fault.Invalid, "set.memory", "field.number"},
		"capacity of a group":    {reconcile.Request{Kind: "resource.utilization", Object: "web", Set: map[string]string{"memory": "1"}}, fault.Invalid, "resource", "resource.utilization_unwanted"},
		"lifetime":               {reconcile.Request{Kind: "resource.move", Object: "db", Target: "n1", Lifetime: "soon"}, fault.Invalid, "lifetime", "lifetime.invalid"},
		"lifetime for anywhere":  {reconcile.Request{Kind: "resource.move", Object: "db", Lifetime: "1h"}, fault.Invalid, "node", "resource.lifetime_node"},
		"nothing to clear":       {reconcile.Request{Kind: "resource.clear", Object: "db"}, fault.Conflict, "", "resource.nothing_to_clear"},
		"complex constraint":     {reconcile.Request{Kind: "constraint.edit", Object: "odd", Constraints: []ha.Constraint{{ID: "odd", Kind: ha.Location, Resource: "db", Node: "n1", Score: "1"}}}, fault.Invalid, "constraint.id", "constraint.complex"},
		"kind of a constraint":   {reconcile.Request{Kind: "constraint.edit", Object: "l1", Constraints: []ha.Constraint{{ID: "l1", Kind: ha.Order, First: "db", Then: "web"}}}, fault.Invalid, "constraint.kind", "constraint.kind_fixed"},
		"score":                  {reconcile.Request{Kind: "constraint.edit", Object: "l1", Constraints: []ha.Constraint{{ID: "l1", Kind: ha.Location, Resource: "db", Node: "n1", Score: "1000001"}}}, fault.Invalid, "constraint.score", "score.invalid"},
		"set of unknown":         {reconcile.Request{Kind: "constraint.create", Constraints: []ha.Constraint{{ID: "c", Kind: ha.Order, Sets: []ha.ResourceSet{{Resources: []string{"db", "none"}}}}}}, fault.Invalid, "sets[0].resources[1]", "resource.unknown"},
		"attributes of nobody":   {reconcile.Request{Kind: "attributes.create", Attributes: &ha.AttributeSet{ID: "s", Kind: ha.MetaSet, Resource: "none", Rule: rule, Values: map[string]string{"priority": "1"}}}, fault.Invalid, "resource", "resource.unknown"},
		"attributes without any": {reconcile.Request{Kind: "attributes.create", Attributes: &ha.AttributeSet{ID: "s", Kind: ha.PropertySet, Rule: rule}}, fault.Invalid, "values", "field.required"},
		"too few nodes":          {reconcile.Request{Kind: "service.spread", Spread: &api.Spread{Services: []string{"web", "db"}, Working: []string{"n1"}}}, fault.Invalid, "working", "spread.too_few"},
		"a part of a service":    {reconcile.Request{Kind: "service.spread", Spread: &api.Spread{Services: []string{"vip", "db"}, Working: []string{"n1", "n2"}}}, fault.Invalid, "services[0]", "resource.held"},
		"a clone as a service":   {reconcile.Request{Kind: "service.spread", Spread: &api.Spread{Services: []string{"p-clone", "db"}, Working: []string{"n1", "n2"}}}, fault.Invalid, "services[0]", "spread.not_a_service"},
		"failback of a part":     {reconcile.Request{Kind: "resource.failback", Object: "vip", Failback: &ha.Failback{Mode: ha.FailbackManual}}, fault.Invalid, "resource", "failback.held"},
		"failback of a clone":    {reconcile.Request{Kind: "resource.failback", Object: "p-clone", Failback: &ha.Failback{Mode: ha.FailbackManual}}, fault.Invalid, "resource", "failback.several"},
		"failback to nowhere":    {reconcile.Request{Kind: "resource.failback", Object: "mail", Failback: &ha.Failback{Mode: ha.FailbackManual}}, fault.Invalid, "resource", "failback.no_order"},
		"failback at no time":    {reconcile.Request{Kind: "resource.failback", Object: "db", Failback: &ha.Failback{Mode: ha.FailbackScheduled}}, fault.Invalid, "hours", "field.required"},
		"working and standby":    {reconcile.Request{Kind: "service.spread", Spread: &api.Spread{Services: []string{"web", "db"}, Working: []string{"n1", "n2"}, Standby: []string{"n2"}}}, fault.Invalid, "standby[0]", "node.twice"},
	} {
		t.Run(name, func(t *testing.T) {
			before := clone(s.config)
			c.r.Cluster = "demo"
			_, err := s.engine.Begin(t.Context(), c.r)
			f := fault.Public(err)
			if f == nil || f.Code != c.code {
				t.Fatalf("got %+v, want %s", f, c.code)
			}
			path, reason := "", f.Reason
			if len(f.Fields) > 0 {
				path, reason = f.Fields[0].Path, f.Fields[0].Reason
			}
			if path != c.path || reason != c.reason {
				t.Errorf("got %s at %q, want %s at %q", reason, path, c.reason, c.path)
			}
			if d := ha.DiffConfig(before, s.config); len(d) > 0 {
				t.Errorf("the cluster has changed: %v", d)
			}
		})
	}
}
