package rest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// TestRuleCheck: a rule is read from its text and written as one; what cannot be read is told with its place.
func TestRuleCheck(t *testing.T) {
	_, server := newServer(t)
	r, _ := api.RouteNamed("rule.check")
	ask := func(in api.RuleCheck) (int, []byte) {
		before := bodies["rule.check"]
		defer func() { bodies["rule.check"] = before }()
		bodies["rule.check"] = in
		w := serve(server, request(t, r, "viewer"))
		return w.Code, w.Body.Bytes()
	}
	code, body := ask(api.RuleCheck{Text: "a eq 1  and (b eq 2 or date gt 2026-01-01)"})
	var shown api.RuleShown
	if err := json.Unmarshal(body, &shown); err != nil || code != http.StatusOK || shown.Text != "a eq 1 and (b eq 2 or date gt 2026-01-01)" || len(shown.Rule.Expressions) != 2 {
		t.Errorf("%d %s, %v", code, body, err)
	}
	code, body = ask(api.RuleCheck{Rule: &ha.Rule{Bool: "or", Expressions: []ha.Expression{{Attribute: "a", Operation: "defined"}, {Op: &ha.OpMatch{Name: "start"}}}}})
	if err := json.Unmarshal(body, &shown); err != nil || code != http.StatusOK || shown.Text != "defined a or op start" {
		t.Errorf("%d %s, %v", code, body, err)
	}
	var f struct {
		Reason string
		Fields []struct {
			Path, Reason string
			Args         map[string]string
		}
	}
	code, body = ask(api.RuleCheck{Text: "a eq 1 and b eq 2 or c eq 3"})
	if err := json.Unmarshal(body, &f); err != nil || code != http.StatusBadRequest || f.Reason != "rule.mixed" || len(f.Fields) != 1 || f.Fields[0].Path != "text" || f.Fields[0].Args["position"] != "19" {
		t.Errorf("%d %s, %v", code, body, err)
	}
}
