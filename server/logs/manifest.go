package logs

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/words"
)

// Format and FormatVersion name the layout; docs/formats/bundle.md describes it.
const (
	Format        = "hawser-log-bundle"
	FormatVersion = 1
	// maxIndex bounds index and manifest: 32 nodes with a thousand files each have less.
	maxIndex = 64 << 20
)

// manifest says what a bundle has, for programs.
type manifest struct {
	Format  string        `json:"format"`
	Version int           `json:"version"`
	ID      string        `json:"id"`
	Cluster string        `json:"cluster"`
	Since   time.Time     `json:"since"`
	Until   time.Time     `json:"until"`
	Created time.Time     `json:"created"`
	Actor   string        `json:"actor"`
	Server  string        `json:"server"` // version of Hawser
	Limits  limits        `json:"limits"`
	Nodes   []nodePart    `json:"nodes"`
	Own     []ha.LogEntry `json:"own"` // the server's files
}

// limits are bytes before compression.
type limits struct {
	Source int64 `json:"source"`
	Node   int64 `json:"node"`
	Bundle int64 `json:"bundle"`
}

// nodePart is what has come of one node.
type nodePart struct {
	Node      string        `json:"node"`
	State     string        `json:"state"` // done or failed
	Fault     *fault.Error  `json:"fault,omitempty"`
	OS        string        `json:"os,omitempty"`
	Pacemaker string        `json:"pacemaker,omitempty"`
	Corosync  string        `json:"corosync,omitempty"`
	Entries   []ha.LogEntry `json:"entries,omitempty"`
}

func (m manifest) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(m)
}

//go:embed index.html.tmpl
var pageText string

// texts are what the page says by name.
var texts = []string{
	"title", "span", "made", "by", "nodes", "node", "result", "files", "file", "source", "size", "note", "done", "failed", "server", "cut", "hidden", "absent",
}

// page writes the index for people: all in one file, in both languages.
func (m manifest) page(w io.Writer) error {
	return page.Execute(w, struct {
		manifest
		Languages []language
	}{m, []language{languageOf("zh-CN", words.Chinese), languageOf("en", words.English)}})
}

// language is the page's texts in one language.
type language struct {
	Tag   string
	Text  map[string]string
	words words.Catalogue
}

func languageOf(tag, l string) language {
	c := words.For(l)
	out := language{Tag: tag, Text: map[string]string{}, words: c}
	for _, name := range texts {
		out.Text[name] = c.Sentence("bundle."+name, nil)
	}
	return out
}

// Fault is a fault in the language.
func (l language) Fault(f *fault.Error) string { return l.words.Fault(f) }

// Limits says what was not to be exceeded.
func (l language) Limits(x limits) string {
	return l.words.Sentence("bundle.limits", map[string]string{"source": bytesText(x.Source), "node": bytesText(x.Node), "bundle": bytesText(x.Bundle)})
}

// entryTable is what the template of a table needs.
type entryTable struct {
	Language language
	Entries  []ha.LogEntry
}

func bytesText(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

var page = template.Must(template.New("index").Funcs(template.FuncMap{
	"list":   func(l language, entries []ha.LogEntry) entryTable { return entryTable{l, entries} },
	"bytes":  bytesText,
	"clock":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"plain":  func(name string) string { return plain.ReplaceAllString(name, "_") },
	"absent": func(e ha.LogEntry) bool { return e.Path == "" && e.Fault != nil && e.Fault.Reason == "logs.no_program" },
	"files": func(list []ha.LogEntry) int {
		n := 0
		for _, e := range list {
			if e.Path != "" {
				n++
			}
		}
		return n
	},
}).Parse(pageText))
