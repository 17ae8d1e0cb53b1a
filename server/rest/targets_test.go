package rest_test

import (
	"context"
	"net/http"
	"testing"

	"hawser/internal/api"
	"hawser/internal/ha"
)

type targetService struct{ *services }

func (t targetService) List(context.Context, string) ([]api.TargetShown, error) { return nil, t.err() }

func (t targetService) Exposures(context.Context, string, string) ([]ha.Exposure, error) {
	return nil, t.err()
}
func (t targetService) Remove(context.Context, string, string) error { return t.err() }
func (t targetService) Set(_ context.Context, cluster, service string, target ha.Target) error {
	t.query(setTarget{cluster, service, target})
	return t.err()
}

func (t targetService) Budgets(context.Context, string, string) ([]ha.Budget, error) {
	return nil, t.err()
}

func (t targetService) Budget(context.Context, string, string, string) (ha.Budget, error) {
	return ha.Budget{}, t.err()
}

type setTarget struct {
	cluster, service string
	target           ha.Target
}

// TestTargetSet: what is sent comes to the service as it is, zero apart from absent, and it is in the audit log with what it is about;
// what is no time is refused at the door.
func TestTargetSet(t *testing.T) {
	services, server := newServer(t)
	r, _ := api.RouteNamed("target.set")
	ask := func(body any) int {
		before := bodies[r.Name]
		defer func() { bodies[r.Name] = before }()
		bodies[r.Name] = body
		return serve(server, request(t, r, "admin")).Code
	}
	if code := ask(map[string]any{"rtoUnplanned": 60, "rpoUnplanned": 0}); code != http.StatusOK || len(services.queries) != 1 {
		t.Fatalf("%d, asked %v", code, services.queries)
	}
	got, _ := services.queries[0].(setTarget)
	if got.cluster != "c" || got.service != "g" || got.target.RTOPlanned != nil || got.target.RTOUnplanned == nil || *got.target.RTOUnplanned != 60 || got.target.RPOUnplanned == nil || *got.target.RPOUnplanned != 0 {
		t.Errorf("got %+v", got)
	}
	if len(services.audit) != 1 || services.audit[0].Action != "target.set" || services.audit[0].Object != "c/g" {
		t.Errorf("audit %+v", services.audit)
	}
	for _, wrong := range []map[string]any{{"rtoPlanned": -1}, {"rtoPlanned": 31536001}, {"rtoPlanned": 1.5}, {"rto": 5}} {
		if code := ask(wrong); code != http.StatusBadRequest || len(services.queries) != 1 {
			t.Errorf("%v: %d, asked %v", wrong, code, services.queries)
		}
	}
}
