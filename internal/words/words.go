// Package words holds every sentence that a person may read, in every language, under the key that programs use.
//
// Programs speak in keys and arguments (fault reasons, event kinds, verdict codes, steps, checks); console and CLI turn
// them into sentences here, so that a program needs no language and a language needs no program.
package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"hawser/internal/fault"
)

// Files are the catalogues as they are: a folder for each language, a file for each area, flat JSON in each file.
//
//go:embed zh/*.json en/*.json
var Files embed.FS

// Languages are the languages that there are; the last one stands in where another has no sentence.
var Languages = [...]string{Chinese, English}

// The languages.
const (
	Chinese = "zh"
	English = "en"
)

// Catalogue is the sentences of one language.
type Catalogue struct {
	language string
	texts    map[string]string
	standIn  map[string]string
}

// load reads all files once. It panics over a broken one, because they are part of the program and a test reads them first.
var load = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, language := range Languages {
		texts := map[string]string{}
		files, err := fs.Glob(Files, path.Join(language, "*.json"))
		if err != nil {
			panic(err)
		}
		for _, file := range files {
			raw, err := Files.ReadFile(file)
			if err != nil {
				panic(err)
			}
			area := map[string]string{}
			if err := json.Unmarshal(raw, &area); err != nil {
				panic(fmt.Errorf("words: %s: %w", file, err))
			}
			maps.Copy(texts, area)
		}
		all[language] = texts
	}
	return all
})

// For returns the catalogue of a language; of English where there is none of that language.
func For(language string) Catalogue {
	all := load()
	if all[language] == nil {
		language = English
	}
	return Catalogue{language: language, texts: all[language], standIn: all[English]}
}

// Match returns the first language that one of the tags asks for, English where none does. A tag may be what LANG holds
// (zh_CN.UTF-8) or what a browser sends (zh-CN).
func Match(tags ...string) string {
	for _, tag := range tags {
		main := strings.ToLower(tag)
		if i := strings.IndexAny(main, "_-.@"); i >= 0 {
			main = main[:i]
		}
		if slices.Contains(Languages[:], main) {
			return main
		}
	}
	return English
}

// Language returns the language of the catalogue.
func (c Catalogue) Language() string { return c.language }

// Has says whether there is a sentence under key, in this language or the one that stands in.
func (c Catalogue) Has(key string) bool {
	_, own := c.texts[key]
	_, other := c.standIn[key]
	return own || other
}

// Keys returns all keys, sorted.
func (c Catalogue) Keys() []string { return slices.Sorted(maps.Keys(c.texts)) }

var blank = regexp.MustCompile(`\{\{\s*([A-Za-z][A-Za-z0-9]*)\s*\}\}`)

// Sentence returns the sentence under key with its blanks filled; a blank that args has no value for becomes "?". The blank
// "route" is filled with the route's own sentence, and "event" with the name of an event of a failover budget.
// Without a sentence it returns the key: ugly, but it can be looked up.
func (c Catalogue) Sentence(key string, args map[string]string) string {
	text, ok := c.texts[key]
	if !ok {
		if text, ok = c.standIn[key]; !ok {
			return key
		}
	}
	return blank.ReplaceAllStringFunc(text, func(b string) string {
		name := blank.FindStringSubmatch(b)[1]
		v := args[name]
		switch {
		case v == "":
			return "?"
		case name == "route" && c.Has("route."+v):
			return c.Sentence("route."+v, nil)
		case name == "kind" && c.Has("health.kind."+v):
			return c.Sentence("health.kind."+v, nil)
		case name == "event" && c.Has("budget.event."+v):
			return c.Sentence("budget.event."+v, nil)
		}
		return v
	})
}

// Fault returns what a fault says: its sentence, then one line for each field that is wrong. A reason without a sentence
// gives the English message.
func (c Catalogue) Fault(e *fault.Error) string {
	lines := []string{c.reason(e.Reason, e.Message, e.Args)}
	for _, f := range e.Fields {
		lines = append(lines, f.Path+": "+c.Field(f))
	}
	return strings.Join(lines, "\n")
}

// Field returns what is wrong with a field, without its path. A check says of one node what it may say of others, too: it is named.
func (c Catalogue) Field(f fault.Field) string {
	what := c.reason(f.Reason, f.Message, f.Args)
	if node := f.Args["node"]; node != "" && strings.HasPrefix(f.Reason, "check.") && c.Has(f.Reason) {
		return c.Sentence("check.at_node", map[string]string{"node": node, "what": what})
	}
	return what
}

func (c Catalogue) reason(reason, message string, args map[string]string) string {
	if reason == "" || !c.Has(reason) {
		return message
	}
	return c.Sentence(reason, args)
}
