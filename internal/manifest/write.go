package manifest

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Bytes writes the file. Comment, where not empty, is put at its head.
func (d Document) Bytes(comment string) ([]byte, error) {
	n := nodeOf(reflect.ValueOf(d))
	n.HeadComment = comment
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	return b.Bytes(), e.Close()
}

// nodeOf makes the node of a value: fields in the order in which they are declared, names of maps sorted.
func nodeOf(v reflect.Value) *yaml.Node {
	text := func(tag, s string) *yaml.Node {
		n := &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: s}
		if strings.Contains(s, "\n") {
			n.Style = yaml.DoubleQuotedStyle // blocks that begin with a tab or an empty line the library does not read as it writes them
		}
		return n
	}
	switch {
	case v.CanInt():
		return text("!!int", strconv.FormatInt(v.Int(), 10))
	case v.CanUint():
		return text("!!int", strconv.FormatUint(v.Uint(), 10))
	}
	switch v.Kind() {
	case reflect.Pointer:
		return nodeOf(v.Elem())
	case reflect.Struct:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, f := range fieldsOf(v.Type()) {
			if value := v.Field(f.index); f.required || !empty(value) {
				n.Content = append(n.Content, text("!!str", f.name), nodeOf(value))
			}
		}
		return n
	case reflect.Map:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) })
		for _, k := range keys {
			n.Content = append(n.Content, text("!!str", k.String()), nodeOf(v.MapIndex(k)))
		}
		return n
	case reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for i := range v.Len() {
			n.Content = append(n.Content, nodeOf(v.Index(i)))
		}
		return n
	case reflect.Bool:
		return text("!!bool", strconv.FormatBool(v.Bool()))
	}
	n := text("!!str", v.String())
	if oldBool.MatchString(n.Value) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// oldBool is what readers of YAML 1.1 take for true or false.
var oldBool = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)

func empty(v reflect.Value) bool {
	if v.Kind() == reflect.Map || v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero()
}
