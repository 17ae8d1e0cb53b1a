package rest

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

func operationOf(item *huma.PathItem, method string) *huma.Operation {
	switch method {
	case http.MethodGet:
		return item.Get
	case http.MethodPost:
		return item.Post
	case http.MethodPut:
		return item.Put
	case http.MethodPatch:
		return item.Patch
	default:
		return item.Delete
	}
}

// typeName writes a schema as a person would say it.
func typeName(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	case s.Type == "array":
		return typeName(s.Items) + "[]"
	case s.Format == "date-time":
		return "time"
	case s.Type == "object" && s.AdditionalProperties != nil:
		return "object"
	}
	return s.Type
}
