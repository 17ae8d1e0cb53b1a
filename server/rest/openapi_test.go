package rest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/server/rest"
)

func TestDocumentIsCommitted(t *testing.T) {
	committed, err := os.ReadFile("openapi.gen.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, rest.Document()) {
		t.Error("openapi.gen.json is not what the routes say now: run make gen")
	}
}

// TestDocumentHasEveryRoute: the document has exactly the routes of the table, under their names.
func TestDocumentHasEveryRoute(t *testing.T) {
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(rest.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("version %q", doc.OpenAPI)
	}
	found := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			r, known := api.RouteNamed(op.OperationID)
			if !known || api.Prefix+r.Path != path || !equalFold(r.Method, method) {
				t.Errorf("%s %s is %q, which the table does not have there", method, path, op.OperationID)
			}
			found[op.OperationID] = true
		}
	}
	for _, r := range api.Routes {
		if !found[r.Name] {
			t.Errorf("%s is missing", r.Name)
		}
	}
}

// TestDocumentHasEveryBlank: each blank of a path is a parameter, for otherwise the handler would never be told its value.
func TestDocumentHasEveryBlank(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(rest.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			blanks := 0
			for _, p := range op.Parameters {
				if p.In == "path" && strings.Contains(path, "{"+p.Name+"}") {
					blanks++
				}
			}
			if want := strings.Count(path, "{"); blanks != want {
				t.Errorf("%s %s takes %d of its %d blanks", method, path, blanks, want)
			}
		}
	}
}

func equalFold(a, b string) bool { return bytes.EqualFold([]byte(a), []byte(b)) }
