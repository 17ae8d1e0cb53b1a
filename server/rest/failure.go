package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// faultBody names fault.Error for the OpenAPI document.
type faultBody = fault.Error

// refusal is a fault on its way to the client.
type refusal struct {
	fault *fault.Error
}

func (r *refusal) Error() string                { return r.fault.Error() }
func (r *refusal) GetStatus() int               { return StatusOf(r.fault.Code) }
func (r *refusal) MarshalJSON() ([]byte, error) { return json.Marshal(r.fault) }

// public makes what a handler failed with into what the client is told. What is internal is logged here and nowhere else.
func (s *Server) public(ctx context.Context, err error) *fault.Error {
	f := fault.Public(err)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		f = fault.New(fault.Unreachable, "request.canceled", "the client has gone")
	}
	if f.Code == fault.Internal {
		s.o.Log.Error("request failed", "route", routeName(ctx), "err", errors.Join(err, errors.Unwrap(f)))
		f = &fault.Error{Code: fault.Internal, Reason: "internal", Message: "internal error; the server's log says more"}
	}
	return f
}

// newError makes huma's own refusals (a body that is no JSON, a field of the wrong type) into faults with fields.
func newError(status int, message string, errs ...error) huma.StatusError {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return &refusal{fault.New(fault.TooLarge, "request.too_large", "the request is larger than %d bytes", maxBody).With("limit", "1 MiB")}
	case http.StatusRequestTimeout:
		return &refusal{fault.New(fault.Invalid, "request.slow", "the request did not arrive in time")}
	case http.StatusUnsupportedMediaType:
		return &refusal{fault.New(fault.Invalid, "request.not_json", "the request is not application/json")}
	case http.StatusInternalServerError:
		return &refusal{fault.New(fault.Internal, "internal", "internal error; the server's log says more")}
	}
	var fields fault.Fields
	for _, err := range errs {
		var detail *huma.ErrorDetail
		if d, ok := err.(huma.ErrorDetailer); ok { //nolint:errorlint // huma gives it as it is
			detail = d.ErrorDetail()
		}
		switch {
		case detail == nil:
		case detail.Location == "body" && status == http.StatusBadRequest:
			return &refusal{fault.New(fault.Invalid, "request.not_json", "the request is not the JSON that was expected: %s", detail.Message)}
		default:
			addField(&fields, detail)
		}
	}
	if err := fields.Err(); err != nil {
		return &refusal{fault.Public(err)}
	}
	return &refusal{fault.New(fault.Invalid, "request.invalid", "the request is not valid: %s", message)}
}

// What huma's validation says, and the reason that says it in every language. Blanks of the sentence are the groups, in order.
var sayings = []struct {
	pattern *regexp.Regexp
	reason  string
	blanks  []string
}{
	{regexp.MustCompile(`^expected required property (\S+) to be present$`), "field.required", nil},
	{regexp.MustCompile(`^required (?:path|query) parameter is missing$`), "field.required", nil},
	{regexp.MustCompile(`^request body is required$`), "field.required", nil},
	{regexp.MustCompile(`^unexpected property$`), "field.unknown", nil},
	{regexp.MustCompile(`^unknown query parameter$`), "field.unknown", nil},
	{regexp.MustCompile(`^expected value to be one of "(.*)"$`), "field.one_of", []string{"allowed"}},
	{regexp.MustCompile(`^expected (?:array length >=|object with at least) (\d+)(?: properties)?$`), "field.too_few", []string{"min"}},
	{regexp.MustCompile(`^expected (?:array length <=|object with at most) (\d+)(?: properties)?$`), "field.too_many", []string{"max"}},
	{regexp.MustCompile(`^expected array items to be unique$`), "field.repeated", nil},
	{regexp.MustCompile(`^expected at most one value`), "field.once", nil},
	{regexp.MustCompile(`^expected length >= (\d+)$`), "field.too_short", []string{"min"}},
	{regexp.MustCompile(`^expected length <= (\d+)$`), "field.too_long", []string{"max"}},
	{regexp.MustCompile(`^expected number > (\S+)$`), "field.above", []string{"min"}},
	{regexp.MustCompile(`^expected number < (\S+)$`), "field.below", []string{"max"}},
	{regexp.MustCompile(`^expected number to be a multiple of (\S+)$`), "field.multiple", []string{"of"}},
	{regexp.MustCompile(`^expected property (\S+) to be present when (\S+) is present$`), "field.needed_with", []string{"name", "with"}},
	{regexp.MustCompile(`^expected string to match pattern (.*)$`), "field.format", []string{"format"}},
	{regexp.MustCompile(`^expected number >= (\S+)$`), "field.too_small", []string{"min"}},
	{regexp.MustCompile(`^expected number <= (\S+)$`), "field.too_big", []string{"max"}},
	{regexp.MustCompile(`^expected (string|boolean|integer|number|array|object)$`), "field.type", []string{"type"}},
	{regexp.MustCompile(`^invalid (integer|float|floating|boolean|date/time|url)\b.*$`), "field.type", []string{"type"}},
	{regexp.MustCompile(`^expected string to be RFC 3339 (date-time)$`), "field.type", []string{"type"}},
	{regexp.MustCompile(`^expected string to be (?:either )?(?:RFC \d+ )?([^:]+?)(?:: .*)?$`), "field.format", []string{"format"}},
	{regexp.MustCompile(`^expected (duration): .*$`), "field.format", []string{"format"}},
	{regexp.MustCompile(`^expected value to (?:not )?match\b.*$`), "field.invalid", nil},
	{regexp.MustCompile(`^expected propertyName value to be present in object$`), "field.invalid", nil},
}

func addField(fields *fault.Fields, d *huma.ErrorDetail) {
	path := strings.TrimPrefix(d.Location, "body.")
	for _, where := range []string{"body", "path.", "query."} {
		path = strings.TrimPrefix(path, where)
	}
	for _, s := range sayings {
		m := s.pattern.FindStringSubmatch(d.Message)
		if m == nil {
			continue
		}
		var pairs []string
		for i, name := range s.blanks {
			pairs = append(pairs, name, m[i+1])
		}
		if s.reason == "field.one_of" {
			value, isText := d.Value.(string)
			if !isText {
				value = "?"
			}
			pairs = append(pairs, "value", value)
		}
		if s.reason == "field.required" && len(m) > 1 {
			path = strings.TrimPrefix(path+"."+m[1], ".")
		}
		fields.Add(path, s.reason, d.Message, pairs...)
		return
	}
	fields.Add(path, "field.invalid", d.Message)
}

// writeFault answers with a fault where huma is not at work.
func writeFault(w http.ResponseWriter, f *fault.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(StatusOf(f.Code))
	// Whoever has gone hears nothing, and there is nobody else to tell.
	_ = json.NewEncoder(w).Encode(f)
}

// schemaName tells the model's types from the interface's of the same name, and calls the one error Fault.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case typeOf[fault.Error]():
		return "Fault"
	case typeOf[ha.Resource]():
		return "HaResource"
	case typeOf[ha.Operation]():
		return "HaOperation"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
