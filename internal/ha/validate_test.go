package ha_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// complaints writes an error as "path reason" for each field.
func complaints(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	var lines []string
	for _, f := range e.Fields {
		lines = append(lines, f.Path+" "+f.Reason)
	}
	return strings.Join(lines, "; ")
}

func setup() ha.Setup {
	return ha.Setup{Name: "demo", Nodes: []ha.SetupNode{
		{Name: "n1", Addresses: []string{"10.0.1.11", "10.0.2.11"}},
		{Name: "n2", Addresses: []string{"10.0.1.12", "10.0.2.12"}},
	}}
}

func TestValidateSetup(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*ha.Setup)
		want   string
	}{
		{"Good", func(*ha.Setup) {}, "<nil>"},
		{"IPv6Link", func(s *ha.Setup) { s.Nodes[0].Addresses[1], s.Nodes[1].Addresses[1] = "fd00::1", "fd00::2" }, "<nil>"},
		{"Nothing", func(s *ha.Setup) { *s = ha.Setup{} }, "name field.required; nodes field.required"},
		{"LongName", func(s *ha.Setup) { s.Name = "sixteen-letters-" }, "name field.too_long"},
		{"NameWithSpace", func(s *ha.Setup) { s.Name = "a b" }, "name cluster.name_invalid"},
		{"ChineseName", func(s *ha.Setup) { s.Name = "集群" }, "name cluster.name_invalid"},
		{"TooManyNodes", func(s *ha.Setup) {
			for i := range 31 {
				s.Nodes = append(s.Nodes, ha.SetupNode{Name: fmt.Sprintf("x%d", i), Addresses: []string{fmt.Sprintf("10.0.1.%d", i+20), fmt.Sprintf("10.0.2.%d", i+20)}})
			}
		}, "nodes cluster.too_many_nodes"},
		{"NodeUnderscore", func(s *ha.Setup) { s.Nodes[1].Name = "n_2" }, "nodes[1].name node.name_invalid"},
		{"NodeDigits", func(s *ha.Setup) { s.Nodes[1].Name = "42" }, "nodes[1].name node.name_numeric"},
		{"NodeLocalhost", func(s *ha.Setup) { s.Nodes[1].Name = "localhost" }, "nodes[1].name node.name_localhost"},
		{"NodeTwice", func(s *ha.Setup) { s.Nodes[1].Name = "N1" }, "nodes[1].name node.name_taken"},
		{"IDTwice", func(s *ha.Setup) { s.Nodes[0].ID, s.Nodes[1].ID = 7, 7 }, "nodes[1].id node.id_taken"},
		{"IDNegative", func(s *ha.Setup) { s.Nodes[0].ID = -1 }, "nodes[0].id node.id_invalid"},
		{"NoAddress", func(s *ha.Setup) { s.Nodes[0].Addresses = nil; s.Nodes[1].Addresses = nil }, "nodes[0].addresses field.required; nodes[1].addresses field.required"},
		{"UnevenLinks", func(s *ha.Setup) { s.Nodes[1].Addresses = s.Nodes[1].Addresses[:1] }, "nodes[1].addresses link.count_uneven"},
		{"EightLinks", func(s *ha.Setup) {
			for i := range s.Nodes {
				for l := range 6 {
					s.Nodes[i].Addresses = append(s.Nodes[i].Addresses, fmt.Sprintf("10.1.%d.%d", l, i+1))
				}
			}
		}, "nodes[0].addresses link.too_many; nodes[1].addresses link.too_many"},
		{"NoIP", func(s *ha.Setup) { s.Nodes[1].Addresses[1] = "10.0.2.300" }, "nodes[1].addresses[1] address.invalid"},
		{"WithPrefix", func(s *ha.Setup) { s.Nodes[1].Addresses[1] = "10.0.2.12/24" }, "nodes[1].addresses[1] address.invalid"},
		{"Loopback", func(s *ha.Setup) { s.Nodes[0].Addresses[0] = "127.0.0.1" }, "nodes[0].addresses[0] address.unusable"},
		{"AddressTwice", func(s *ha.Setup) { s.Nodes[1].Addresses[1] = "10.0.1.11" }, "nodes[1].addresses[1] address.taken"},
		{"Mixed", func(s *ha.Setup) { s.Nodes[1].Addresses[1] = "fd00::2" }, "nodes[1].addresses[1] address.family_mixed"},
		{"Profile", func(s *ha.Setup) { s.Timing.Profile = "quick" }, "timing.profile field.one_of"},
		{"TokenTooShort", func(s *ha.Setup) { s.Timing = ha.Timing{Profile: "custom", Token: 10} }, "timing.token field.range"},
		{"CustomWithoutToken", func(s *ha.Setup) { s.Timing.Profile = "custom" }, "timing.token field.required"},
		{"ConsensusTooLow", func(s *ha.Setup) { s.Timing = ha.Timing{Token: 1000, Consensus: 1100} }, "timing.consensus timing.consensus_low"},
		{"Property", func(s *ha.Setup) { s.Properties = map[string]string{"bad name": "x", "ok": "\x01"} }, "properties.bad name attribute.name_invalid; properties.ok attribute.value_invalid"},
		{"AllAtOnce", func(s *ha.Setup) { s.Name = ""; s.Nodes[0].Name = "a b"; s.Nodes[1].Addresses[0] = "x" }, "name field.required; nodes[0].name node.name_invalid; nodes[1].addresses[0] address.invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setup()
			c.change(&s)
			if got := complaints(ha.ValidateSetup(s)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestValidateResource(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*ha.Resource)
		want   string
	}{
		{"Group", func(*ha.Resource) {}, "<nil>"},
		{"Systemd", func(r *ha.Resource) { *r = ha.Resource{ID: "w", Kind: ha.Primitive, Agent: `systemd:getty@tty1`} }, "<nil>"},
		{"Bad ID", func(r *ha.Resource) { r.ID = "1st" }, "id id.invalid"},
		{"NoKind", func(r *ha.Resource) { *r = ha.Resource{ID: "x"} }, "kind field.required"},
		{"NoAgent", func(r *ha.Resource) { r.Members[0].Agent = "" }, "members[0].agent field.required"},
		{"BadAgent", func(r *ha.Resource) { r.Members[0].Agent = "ocf:heartbeat:../../x" }, "members[0].agent agent.name_invalid"},
		{"EmptyGroup", func(r *ha.Resource) { r.Members = nil }, "members field.required"},
		{"GroupInGroup", func(r *ha.Resource) {
			r.Members[0] = ha.Resource{ID: "g2", Kind: ha.Group, Members: []ha.Resource{{ID: "x", Kind: ha.Primitive, Agent: "lsb:x"}}}
		}, "members[0].kind resource.nested"},
		{"CloneOfGroup", func(r *ha.Resource) { *r = ha.Resource{ID: "c", Kind: ha.Clone, Members: []ha.Resource{*r}} }, "<nil>"},
		{"CloneOfTwo", func(r *ha.Resource) { r.Kind = ha.Clone }, "members resource.one_member"},
		{"SameIDTwice", func(r *ha.Resource) { r.Members[1].ID = r.Members[0].ID }, "members[1].id resource.id_taken"},
		{"Interval", func(r *ha.Resource) { r.Members[0].Operations[0].Interval = "often" }, "members[0].operations[0].interval duration.invalid"},
		{"ISODuration", func(r *ha.Resource) { r.Members[0].Operations[0].Interval = "PT10S" }, "<nil>"},
		{"OnFail", func(r *ha.Resource) { r.Members[0].Operations[0].OnFail = "cry" }, "members[0].operations[0].onFail field.one_of"},
		{"SameOpTwice", func(r *ha.Resource) {
			r.Members[0].Operations = append(r.Members[0].Operations, ha.Operation{Name: "monitor", Interval: "10s", Role: "Promoted"})
		}, "members[0].operations[1].interval operation.twice"},
		{"RepeatedStart", func(r *ha.Resource) { r.Members[0].Operations[0].Name = "start" }, "members[0].operations[0].interval operation.not_repeated"},
		{"StartAtZero", func(r *ha.Resource) {
			r.Members[0].Operations[0] = ha.Operation{Name: "start", Interval: "0s", Timeout: "1min"}
		}, "<nil>"},
		{"TargetRole", func(r *ha.Resource) { r.Meta = map[string]string{"target-role": "Paused"} }, "meta.target-role field.one_of"},
		{"Stickiness", func(r *ha.Resource) { r.Meta = map[string]string{"resource-stickiness": "lots"} }, "meta.resource-stickiness score.invalid"},
		{"ControlCharacter", func(r *ha.Resource) { r.Members[0].Parameters = map[string]string{"ip": "a\x00b"} }, "members[0].parameters.ip attribute.value_invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ha.Resource{ID: "g", Kind: ha.Group, Members: []ha.Resource{
				{ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "20s"}}},
				{ID: "web", Kind: ha.Primitive, Agent: "systemd:nginx"},
			}}
			c.change(&r)
			if got := complaints(ha.ValidateResource(r)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestValidateConstraint(t *testing.T) {
	ping := &ha.Rule{Score: "-INFINITY", Bool: "or", Expressions: []ha.Expression{{Attribute: "pingd", Operation: "not_defined"}, {Attribute: "pingd", Operation: "lt", Value: "1", Type: "number"}}}
	for _, c := range []struct {
		name string
		give ha.Constraint
		want string
	}{
		{"Location", ha.Constraint{ID: "a", Kind: ha.Location, Resource: "r", Node: "n1", Score: "-100"}, "<nil>"},
		{"Rule", ha.Constraint{ID: "a", Kind: ha.Location, Resource: "r", Rule: ping}, "<nil>"},
		{"NodeAndRule", ha.Constraint{ID: "a", Kind: ha.Location, Resource: "r", Node: "n1", Rule: ping}, "rule constraint.node_or_rule"},
		{"EmptyRule", ha.Constraint{ID: "a", Kind: ha.Location, Resource: "r", Rule: &ha.Rule{Score: "1"}}, "rule.expressions field.required"},
		{"ValueMissing", ha.Constraint{ID: "a", Kind: ha.Location, Resource: "r", Rule: &ha.Rule{Score: "1", Expressions: []ha.Expression{{Attribute: "x", Operation: "eq"}}}}, "rule.expressions[0].value field.required"},
		{"NoScore", ha.Constraint{ID: "a", Kind: ha.Location, Resource: "r", Node: "n1"}, "score field.required"},
		{"ScoreTooBig", ha.Constraint{ID: "a", Kind: ha.Location, Resource: "r", Node: "n1", Score: "1000001"}, "score score.invalid"},
		{"ScoreWord", ha.Constraint{ID: "a", Kind: ha.Location, Resource: "r", Node: "n1", Score: "much"}, "score score.invalid"},
		{"Colocation", ha.Constraint{ID: "a", Kind: ha.Colocation, Resource: "r", With: "s", Score: "INFINITY"}, "<nil>"},
		{"WithItself", ha.Constraint{ID: "a", Kind: ha.Colocation, Resource: "r", With: "r", Score: "1"}, "with constraint.same"},
		{"Order", ha.Constraint{ID: "a", Kind: ha.Order, First: "r", Then: "s", OrderKind: "Mandatory", Action: "promote"}, "<nil>"},
		{"OrderKind", ha.Constraint{ID: "a", Kind: ha.Order, First: "r", Then: "s", OrderKind: "Maybe"}, "orderKind field.one_of"},
		{"StrayField", ha.Constraint{ID: "a", Kind: ha.Order, First: "r", Then: "s", With: "t"}, "with constraint.unwanted"},
		{"Complex", ha.Constraint{ID: "a", Kind: ha.Order, Complex: true}, "complex constraint.complex"},
		{"NoKind", ha.Constraint{ID: "a"}, "kind field.required"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := complaints(ha.ValidateConstraint(c.give)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestTiming(t *testing.T) {
	stock := ha.Timing{Profile: ha.ProfileCustom, Token: 3000}
	if got := stock.DetectionTime(3); got != 8030*time.Millisecond {
		t.Errorf("corosync's own values on three nodes: %v, want 8.03s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		given := ha.Timing{
			Profile:   rapid.SampledFrom([]string{"", "fast", "balanced", "tolerant", "custom"}).Draw(t, "profile"),
			Token:     rapid.IntRange(0, 10000).Draw(t, "token"),
			Consensus: rapid.IntRange(0, 10000).Draw(t, "consensus"),
		}
		nodes := rapid.IntRange(1, 32).Draw(t, "nodes")
		r := given.Resolved(nodes)
		if r.Token == 0 || r.TokenCoefficient == nil || r.Profile == "" {
			t.Fatalf("not filled in: %+v", r)
		}
		inForce := r.Token + max(0, nodes-2)**r.TokenCoefficient
		if 10*r.Consensus < 12*inForce {
			t.Fatalf("consensus %d is below 1.2 × %d", r.Consensus, inForce)
		}
		again := r.Resolved(nodes)
		if again.Token != r.Token || again.Consensus != r.Consensus || *again.TokenCoefficient != *r.TokenCoefficient {
			t.Fatalf("resolving twice differs: %+v, %+v", r, again)
		}
	})
}
