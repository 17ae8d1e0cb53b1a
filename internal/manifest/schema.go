package manifest

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Schema is the JSON Schema of the file, made from the types that read it.
func Schema() ([]byte, error) {
	defs := map[string]any{}
	s := schemaOf(reflect.TypeFor[Document](), defs, false)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Hawser cluster configuration, format 1"
	s["$defs"] = defs
	data, err := json.MarshalIndent(s, "", "  ")
	return append(data, '\n'), err
}

// schemaOf returns the schema of a type; structs below the first go to defs, because resources hold resources.
func schemaOf(t reflect.Type, defs map[string]any, refer bool) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), defs, true)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), defs, true)}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Map {
			return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem(), defs, true)}
		}
		file := map[string]any{
			"type": "object", "properties": map[string]any{fromFile: map[string]any{"type": "string"}}, "required": []string{fromFile}, "additionalProperties": false,
		}
		value := map[string]any{"anyOf": []any{map[string]any{"type": []string{"string", "number", "boolean"}}, file}}
		return map[string]any{"type": "object", "additionalProperties": value}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return map[string]any{"type": "integer"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": []string{"string", "number", "boolean"}}
	}
	name := t.Name()
	ref := map[string]any{"$ref": "#/$defs/" + name}
	if _, has := defs[name]; refer && has {
		return ref
	}
	s := map[string]any{"type": "object", "additionalProperties": false}
	if refer {
		defs[name] = s
	}
	properties := map[string]any{}
	required := []string{}
	for _, f := range fieldsOf(t) {
		sf := t.Field(f.index)
		p := schemaOf(sf.Type, defs, true)
		if enum := sf.Tag.Get("enum"); enum != "" {
			p = map[string]any{"enum": strings.Split(enum, ",")}
		}
		if doc := sf.Tag.Get("doc"); doc != "" {
			p["description"] = doc
		}
		properties[f.name] = p
		if f.required {
			required = append(required, f.name)
		}
	}
	s["properties"] = properties
	if len(required) > 0 {
		s["required"] = required
	}
	if refer {
		return ref
	}
	return s
}
