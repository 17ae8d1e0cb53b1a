package manifest

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"hawser/internal/fault"
)

// Bounds of a file: the largest known CIB is below a megabyte, and nothing in the model is nested deeper.
const (
	maxSize  = 4 << 20
	maxDepth = 32
)

// fromFile names a file instead of a value: a secret does not stand in what is kept in version control.
const fromFile = "fromFile"

// Places are the lines at which things stand in a file, by their path, for example resources[2].parameters.ip.
type Places map[string]int

// Read reads a document strictly: unknown and repeated keys, and values of the wrong kind, are refused with line and field, all at
// once. Files are the contents of the files that values refer to.
func Read(text []byte, files map[string]string) (Document, Places, error) {
	var d Document
	if len(text) > maxSize {
		return d, nil, refuse("yaml.too_large", "larger than 4 MiB", 0, "limit", "4 MiB")
	}
	node, err := parse(text)
	if err != nil {
		return d, nil, err
	}
	r := reader{files: files, places: Places{}}
	r.value(node, reflect.ValueOf(&d).Elem(), "", 0)
	if d.Format != Format && len(r.faults) == 0 {
		r.add(node, "format", "yaml.format", "another format", "value", strconv.Itoa(d.Format), "known", strconv.Itoa(Format))
	}
	return d, r.places, r.faults.Err()
}

// Files names the files that the values of a document refer to.
func Files(text []byte) ([]string, error) {
	node, err := parse(text)
	if err != nil {
		return nil, err
	}
	var list []string
	var look func(n *yaml.Node, depth int)
	look = func(n *yaml.Node, depth int) {
		if depth > maxDepth {
			return
		}
		if name, is := reference(n); is {
			list = append(list, name)
			return
		}
		for _, c := range n.Content {
			look(c, depth+1)
		}
	}
	look(node, 0)
	return list, nil
}

var atLine = regexp.MustCompile(`line (\d+)`)

// parse reads the one document that a file holds.
func parse(text []byte) (*yaml.Node, error) {
	var doc yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, refuse("yaml.empty", "nothing in it", 1)
		}
		line := 0
		if m := atLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		return nil, refuse("yaml.syntax", err.Error(), line, "why", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, refuse("yaml.empty", "nothing in it", 1)
	}
	var more yaml.Node
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, refuse("yaml.several", "more than one document", more.Line)
	}
	return doc.Content[0], nil
}

func refuse(reason, message string, line int, pairs ...string) error {
	var f fault.Fields
	f.Add("yaml", reason, message, append(pairs, "line", strconv.Itoa(line))...)
	return f.Err()
}

// reader makes values of nodes.
type reader struct {
	files  map[string]string
	places Places
	faults fault.Fields
}

func (r *reader) add(n *yaml.Node, path, reason, message string, pairs ...string) {
	if path == "" {
		path = "yaml"
	}
	r.faults.Add(path, reason, message, append(pairs, "line", strconv.Itoa(n.Line))...)
}

func (r *reader) value(n *yaml.Node, v reflect.Value, path string, depth int) {
	r.places[path] = n.Line
	switch {
	case depth > maxDepth:
		r.add(n, path, "yaml.too_deep", "nested too deeply")
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.add(n, path, "yaml.alias", "anchors and aliases are not taken")
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.value(n, v.Elem(), path, depth)
	case v.Kind() == reflect.Struct:
		r.object(n, v, path, depth)
	case v.Kind() == reflect.Map:
		r.values(n, v, path)
	case v.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			r.add(n, path, "yaml.kind", "a list is needed", "want", "list")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, c := range n.Content {
			r.value(c, v.Index(i), path+"["+strconv.Itoa(i)+"]", depth+1)
		}
	default:
		r.scalar(n, v, path)
	}
}

// pairs calls each for every key of a mapping, and refuses keys that come twice.
func (r *reader) pairs(n *yaml.Node, path string, each func(key string, k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.add(n, path, "yaml.kind", "a mapping is needed", "want", "mapping")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode || k.Anchor != "" || k.Tag == "!!merge":
			r.add(k, path, "yaml.kind", "a key must be plain text", "want", "text")
		case seen[k.Value]:
			r.add(k, join(path, k.Value), "yaml.twice", "given twice", "key", k.Value)
		default:
			seen[k.Value] = true
			each(k.Value, k, v)
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (r *reader) object(n *yaml.Node, v reflect.Value, path string, depth int) {
	fields := fieldsOf(v.Type())
	given := map[string]bool{}
	r.pairs(n, path, func(key string, k, value *yaml.Node) {
		for _, f := range fields {
			if f.name == key {
				given[key] = true
				r.value(value, v.Field(f.index), join(path, key), depth+1)
				return
			}
		}
		r.add(k, join(path, key), "yaml.unknown_key", "no such key", "key", key)
	})
	for _, f := range fields {
		if f.required && !given[f.name] && n.Kind == yaml.MappingNode {
			r.add(n, join(path, f.name), "yaml.missing", "missing", "key", f.name)
		}
	}
}

// values reads names and values.
func (r *reader) values(n *yaml.Node, v reflect.Value, path string) {
	v.Set(reflect.MakeMap(v.Type()))
	r.pairs(n, path, func(key string, _, value *yaml.Node) {
		at := join(path, key)
		text := reflect.New(v.Type().Elem()).Elem()
		if name, is := reference(value); is && v.Type().Elem().Kind() == reflect.String {
			r.places[at] = value.Line
			content, has := r.files[name]
			if !has {
				r.add(value, at, "yaml.file_missing", "the content of this file was not given", "file", name)
				return
			}
			text.SetString(content)
		} else {
			r.value(value, text, at, 0)
		}
		v.SetMapIndex(reflect.ValueOf(key), text)
	})
}

// reference returns the file that {fromFile: NAME} names.
func reference(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 || n.Content[0].Value != fromFile || n.Content[1].Kind != yaml.ScalarNode {
		return "", false
	}
	return n.Content[1].Value, true
}

func (r *reader) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.add(n, path, "yaml.kind", "a value is needed", "want", "value")
		return
	}
	switch {
	case v.Kind() == reflect.String:
		v.SetString(n.Value)
	case v.CanInt():
		i, err := strconv.ParseInt(n.Value, 10, v.Type().Bits())
		if err != nil {
			r.add(n, path, "yaml.kind", "a whole number is needed", "want", "number")
			return
		}
		v.SetInt(i)
	case v.CanUint():
		i, err := strconv.ParseUint(n.Value, 10, v.Type().Bits())
		if err != nil {
			r.add(n, path, "yaml.kind", "a whole number is needed", "want", "number")
			return
		}
		v.SetUint(i)
	case v.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(n.Value)
		if err != nil {
			r.add(n, path, "yaml.kind", "true or false is needed", "want", "true, false")
			return
		}
		v.SetBool(b)
	default:
		panic("manifest: the model has a " + v.Type().String() + ", which the file has no word for")
	}
}

// field is a field of a struct as the file has it.
type field struct {
	name     string
	index    int
	required bool
}

// fieldsOf takes names from the tags for JSON: file and interface use the same words.
func fieldsOf(t reflect.Type) []field {
	var list []field
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		list = append(list, field{name: name, index: i, required: !strings.Contains(options, "omit")})
	}
	return list
}
