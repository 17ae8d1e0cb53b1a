package cli_test

import (
	"encoding/json"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// target answers the routes of targets: the group has been away once, and one side of its volume is alone.
func (s *server) target(c *cluster, verb, service string, raw json.RawMessage) (any, error) {
	switch verb {
	case "set":
		if find(c.resources, service) == nil {
			return nil, fault.New(fault.NotFound, "target.no_service", "no service").With("cluster", c.Name, "service", service)
		}
		c.targets[service] = body[ha.Target](raw)
		return api.OK{OK: true}, nil
	case "remove":
		delete(c.targets, service)
		return api.OK{OK: true}, nil
	}
	behind := int64(90)
	away := ha.Absence{Since: day, Until: day.Add(12300 * time.Millisecond), Seconds: 12.3}
	list := []api.TargetShown{{Service: "pg", Since: day.AddDate(0, 0, -90), Standing: ha.Standing{
		RTOUnplanned: ha.RTO{Number: 2, Last: &away, Worst: &away},
		RPOPlanned:   ha.RPO{Basis: ha.RPOExposed, Volume: "data", Seconds: &behind, Since: day, OutOfSync: 12 << 20},
		RPOUnplanned: ha.RPO{Basis: ha.RPOUnknown},
		Exposed:      &ha.Exposed{Number: 3, Seconds: 400, Worst: &ha.Exposure{Volume: "data", Started: day, Ended: day.Add(6 * time.Minute), Bytes: 12 << 20}, Lasted: 360},
	}}}
	if t, is := c.targets["pg"]; is {
		list[0].Target = &t
		list[0].Standing.RTOPlanned.Answer, list[0].Standing.RTOUnplanned.Answer, list[0].Standing.RPOPlanned.Answer = ha.TargetUnknown, ha.TargetMet, ha.TargetMissed
	}
	return page(list), nil
}

// budget answers the routes of budgets: a group with its target whose node crash takes too long and whose application crash nobody notices,
// and an address that was never measured.
func (s *server) budget(c *cluster, verb, service string) (any, error) {
	measured := func(kind ha.PartKind, object string, ms int) ha.BudgetPart {
		return ha.BudgetPart{Kind: kind, Object: object, MS: ms, Source: ha.SourceMeasured, At: day, Count: 3}
	}
	part := func(kind ha.PartKind, object string, ms int, source ha.PartSource) ha.BudgetPart {
		return ha.BudgetPart{Kind: kind, Object: object, MS: ms, Source: source}
	}
	none := ha.BudgetSum{Parts: []ha.BudgetPart{}}
	pg := ha.Budget{Service: "pg", Events: []ha.BudgetEvent{
		{
			Event:   ha.EventPlanned,
			Typical: ha.BudgetSum{MS: 2100, Exact: true, Parts: []ha.BudgetPart{measured(ha.PartStop, "db", 800), measured(ha.PartStart, "db", 1300)}},
			Worst:   ha.BudgetSum{MS: 140_000, Exact: true, Parts: []ha.BudgetPart{part(ha.PartStop, "db", 20_000, ha.SourceAssumed), part(ha.PartStart, "db", 120_000, ha.SourceConfigured)}},
		},
		{
			Event: ha.EventNode,
			Typical: ha.BudgetSum{MS: 13_500, Exact: true, Parts: []ha.BudgetPart{
				part(ha.PartToken, "", 1000, ha.SourceConfigured), part(ha.PartConsensus, "", 1200, ha.SourceConfigured), measured(ha.PartFence, "n1", 10_000), measured(ha.PartStart, "db", 1300),
			}},
			Worst: ha.BudgetSum{MS: 187_200, Exact: true, Parts: []ha.BudgetPart{
				part(ha.PartToken, "", 1000, ha.SourceConfigured), part(ha.PartConsensus, "", 1200, ha.SourceConfigured), part(ha.PartDelay, "n1", 5000, ha.SourceConfigured),
				part(ha.PartFence, "n1", 60_000, ha.SourceAssumed), part(ha.PartStart, "db", 120_000, ha.SourceConfigured),
			}},
		},
		{Event: ha.EventApplication, Never: ha.NotWatched, Because: "db", Typical: none, Worst: none},
	}}
	for i := range pg.Events[1].Typical.Parts {
		if p := &pg.Events[1].Typical.Parts[i]; p.Kind == ha.PartFence {
			p.By = "fence"
		}
	}
	vip := ha.Budget{Service: "vip", Events: []ha.BudgetEvent{{
		Event:   ha.EventPlanned,
		Typical: ha.BudgetSum{Parts: []ha.BudgetPart{part(ha.PartStop, "vip", 0, ha.SourceUnknown), part(ha.PartStart, "vip", 0, ha.SourceUnknown)}},
		Worst:   ha.BudgetSum{MS: 40_000, Exact: true, Parts: []ha.BudgetPart{part(ha.PartStop, "vip", 20_000, ha.SourceAssumed), part(ha.PartStart, "vip", 20_000, ha.SourceAssumed)}},
	}}}
	list := []ha.Budget{pg.Against(c.targets["pg"]), vip.Against(c.targets["vip"])}
	if verb == "list" {
		return page(list), nil
	}
	for _, b := range list {
		if b.Service == service {
			return b, nil
		}
	}
	return nil, fault.New(fault.NotFound, "target.no_service", "no service").With("cluster", c.Name, "service", service)
}
