package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	// anywhere is how long a known value is at least to be hidden in the middle of other text, alone to be hidden as a word. What is
	// shorter is hidden only where it stands as a password.
	anywhere = 6
	alone    = 4
	// longEnough is how long a line of a longer secret, such as a key in text, is at least to be one by itself.
	longEnough = 12
)

// Secrets are values that are known to be secret. The zero value has none.
type Secrets struct {
	values map[string]bool
}

// Add makes a value known. What is read goes by lines, so each line of a longer value is a secret too.
func (s *Secrets) Add(value []byte) {
	if s.values == nil {
		s.values = map[string]bool{}
	}
	for _, v := range trimmed(value) {
		if v != "" && v != Hidden {
			s.values[v] = true
		}
	}
	least := longEnough
	if !isText(value) {
		least = anywhere // bytes that nobody else writes
	}
	if bytes.IndexByte(bytes.TrimSpace(value), '\n') >= 0 {
		for line := range bytes.Lines(value) {
			if line = bytes.Trim(line, " \t\r\n"); len(line) >= least && !bytes.HasPrefix(line, []byte("-----")) {
				s.values[string(line)] = true
			}
		}
	}
}

// Learn makes known what stands in a configuration where secrets stand.
func (s *Secrets) Learn(text []byte) {
	for line := range bytes.Lines(text) {
		for _, p := range places(bytes.TrimRight(line, "\r\n")) {
			value := line[p.from:p.to]
			s.Add(value)
			s.Add([]byte(html.UnescapeString(string(value))))
			var plain string
			if json.Unmarshal([]byte(`"`+string(value)+`"`), &plain) == nil {
				s.Add([]byte(plain))
			}
			// It may end before the blank, at what separates it from the next value.
			if end := bytes.IndexAny(value, ",;&\"'<>}"); end >= anywhere {
				s.Add(value[:end])
			}
		}
	}
}

// LearnJSON makes known every text that stands under a secret name in a JSON document, however deep.
func (s *Secrets) LearnJSON(text []byte) {
	var doc any
	if json.Unmarshal(text, &doc) == nil {
		s.walk(doc, false)
	}
	s.Learn(text)
}

func (s *Secrets) walk(v any, secret bool) {
	switch v := v.(type) {
	case string:
		if !secret && !beginKey.MatchString(v) {
			return
		}
		s.Add([]byte(v))
		if u, err := url.Parse(v); err == nil {
			for _, values := range u.Query() { // the key to a webhook
				for _, value := range values {
					s.Add([]byte(value))
				}
			}
		}
	case []any:
		for _, each := range v {
			s.walk(each, secret)
		}
	case map[string]any:
		for name, each := range v {
			s.walk(each, secret || IsSecret(name))
		}
	}
}

// Redactor returns what hides them.
func (s *Secrets) Redactor() *Redactor {
	var pairs []string
	var short []string
	seen := map[string]bool{}
	var all []string
	for value := range s.values {
		for _, form := range spellings(value) {
			if !seen[form] {
				seen[form] = true
				all = append(all, form)
			}
		}
	}
	// The longest first: where one begins with another, all of it goes.
	slices.SortFunc(all, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	for _, form := range all {
		switch {
		case len(form) >= anywhere:
			pairs = append(pairs, form, Hidden)
		case len(form) >= alone:
			short = append(short, regexp.QuoteMeta(form))
		}
	}
	r := &Redactor{}
	if len(pairs) > 0 {
		r.known = strings.NewReplacer(pairs...)
	}
	if len(short) > 0 {
		r.words = regexp.MustCompile(`(^|[^A-Za-z0-9_])(` + strings.Join(short, "|") + `)($|[^A-Za-z0-9_])`)
	}
	return r
}

// spellings are the forms in which programs write a value.
func spellings(value string) []string {
	raw := []byte(value)
	list := []string{value}
	std := base64.StdEncoding.EncodeToString(raw)
	small := hex.EncodeToString(raw)
	list = append(list, std, strings.TrimRight(std, "="), base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), small, strings.ToUpper(small))
	for _, width := range []int{64, 76} {
		for at := 0; len(std) > width && at+longEnough <= len(std); at += width {
			list = append(list, std[at:min(at+width, len(std))]) // as it is broken into lines
		}
	}
	if !isText(raw) {
		return append(list, xmlQuotes.Replace(value), xmlText.Replace(value))
	}
	var x bytes.Buffer
	_ = xml.EscapeText(&x, raw) // to memory
	plain, _ := json.Marshal(value)
	var j bytes.Buffer
	e := json.NewEncoder(&j)
	e.SetEscapeHTML(false)
	_ = e.Encode(value)
	unquoted := func(s string) string { return strings.Trim(strings.TrimSpace(s), `"`) }
	for _, form := range []string{
		x.String(), html.EscapeString(value), xmlQuotes.Replace(value), xmlText.Replace(value), unquoted(string(plain)), unquoted(j.String()), unquoted(strconv.Quote(value)), url.QueryEscape(value), url.PathEscape(value),
		strings.ReplaceAll(value, `'`, `'\''`),
	} {
		if form != "" && form != value {
			list = append(list, form)
		}
	}
	return list
}

// xmlQuotes and xmlText escape as libxml2 does in attributes and in texts.
var (
	xmlQuotes = strings.NewReplacer(`&`, "&amp;", `<`, "&lt;", `>`, "&gt;", `"`, "&quot;")
	xmlText   = strings.NewReplacer(`&`, "&amp;", `<`, "&lt;", `>`, "&gt;")
)

// Redactor hides secrets. It may be used by several goroutines at once.
type Redactor struct {
	known *strings.Replacer
	words *regexp.Regexp
}

// Line hides what a line has; it does not know of lines before.
func (r *Redactor) Line(line []byte) []byte {
	if r.known != nil {
		line = []byte(r.known.Replace(string(line)))
	}
	for r.words != nil { // a word may be the neighbour of another
		next := r.words.ReplaceAll(line, []byte("${1}"+Hidden+"${3}"))
		if bytes.Equal(next, line) {
			break
		}
		line = next
	}
	inside, _ := keysIn(line)
	line = hide(line, inside)
	return hide(line, places(line))
}

// keysIn is where private keys stand on a line, without what is around them; open says that the last one goes on.
func keysIn(line []byte) (list []span, open bool) {
	if !bytes.Contains(line, []byte("-----BEGIN ")) { // most lines need no more
		return nil, false
	}
	for at := 0; ; {
		begin := beginKey.FindIndex(line[at:])
		if begin == nil {
			return list, false
		}
		at += begin[1]
		end := endKey.FindIndex(line[at:])
		if end == nil {
			return append(list, span{at, len(line)}), true
		}
		list = append(list, span{at, at + end[0]})
		at += end[1]
	}
}

const (
	// maxLine bounds what is held of a line. What is cut off it is not passed on, nor is the last bit before the cut, in which the
	// beginning of a secret may stand.
	maxLine = 1 << 20
	margin  = 8 << 10
	// maxKey is how many lines a private key has at most: one that has a beginning alone must not hide the rest of a log.
	maxKey = 120
)

// Writer hides secrets in what is written to it and passes the rest on to w. Close passes on the last line; it does not close w.
func (r *Redactor) Writer(w io.Writer) io.WriteCloser { return &writer{r: r, to: w} }

type writer struct {
	r     *Redactor
	to    io.Writer
	line  []byte
	long  bool // what comes now belongs to a line that was cut
	inKey int  // lines that may still belong to a private key
}

func (w *writer) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		part := p
		if end >= 0 {
			part = p[:end]
		}
		if !w.long {
			w.line = append(w.line, part[:min(len(part), maxLine-len(w.line))]...)
			if len(w.line) == maxLine {
				w.long = true
			}
		}
		if end < 0 {
			return n, nil
		}
		if err := w.flush(true); err != nil {
			return 0, err
		}
		p = p[end+1:]
	}
	return n, nil
}

// flush passes on the line that is held.
func (w *writer) flush(ended bool) error {
	line, cut := w.line, w.long
	w.line, w.long = w.line[:0], false
	key, rest := []byte(nil), line
	if w.inKey > 0 {
		w.inKey--
		key, rest = line, nil
		if end := endKey.FindIndex(line); end != nil {
			w.inKey = 0
			key, rest = line[:end[0]], line[end[0]:]
		}
	}
	if _, open := keysIn(rest); open {
		w.inKey = maxKey
	}
	if cut {
		rest = rest[:max(0, len(rest)-margin)]
	}
	out := bytes.Clone(w.r.Line(rest))
	if whole := key != nil && len(key) == len(line); whole {
		out, cut = []byte(Hidden), false // nothing of it is left that could be cut off
	} else if len(bytes.TrimSpace(key)) > 0 {
		out = append([]byte(Hidden), out...)
	}
	if cut {
		out = append(out, " [cut]"...)
	}
	if ended {
		out = append(out, '\n')
	}
	_, err := w.to.Write(out)
	return err
}

func (w *writer) Close() error {
	if len(w.line) == 0 {
		return nil
	}
	return w.flush(false)
}
