package drbd

import (
	"strconv"
	"strings"

	"hawser/internal/fault"
)

// A statement is words that end with a semicolon, or with a block of further statements.
type statement struct {
	words  []string
	quoted []bool
	block  []statement
	opens  bool // has a block, be it empty
	line   int
}

func (s statement) is(word string) bool { return s.words[0] == word && !s.quoted[0] }

// rest is everything after the first word.
func (s statement) rest() string { return strings.Join(s.words[1:], " ") }

type token struct {
	text   string
	quoted bool
	mark   byte // ; { } and 0 for a word; end where there is no more
	line   int
}

const end = 'e'

// scanner cuts a text into tokens as drbdadm's scanners do. [drbd-utils 9.22, user/v84 and user/v9: drbdadm_scanner.fl]
type scanner struct {
	text string
	at   int
	line int
}

func broken(line int, why, near string) error {
	if len(near) > 40 {
		near = near[:40]
	}
	near = strings.ToValidUTF8(near, "?")
	return fault.New(fault.Invalid, "volume.syntax_"+why, "line %d: %s near %q", line, why, near).With("line", strconv.Itoa(line), "near", near)
}

func (s *scanner) next() (token, error) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case '\n':
			s.line++
			s.at++
		case ' ', '\t', '\r':
			s.at++
		case '#':
			for s.at < len(s.text) && s.text[s.at] != '\n' {
				s.at++
			}
		case ';', '{', '}':
			s.at++
			return token{mark: c, line: s.line, text: string(c)}, nil
		case '"':
			return s.quoted()
		default:
			return s.word()
		}
	}
	return token{mark: end, line: s.line}, nil
}

// quoted reads a text between quotes. A backslash takes the next character as it is: it is for itself and for quotes alone.
func (s *scanner) quoted() (token, error) {
	var b strings.Builder
	n := 0
	for s.at++; s.at < len(s.text); s.at++ {
		c := s.text[s.at]
		switch {
		case c == '"':
			s.at++
			return token{text: b.String(), quoted: true, line: s.line}, nil
		case c == '\\' && s.at+1 < len(s.text) && s.text[s.at+1] != '\n':
			s.at++
			b.WriteByte(s.text[s.at])
		case c == '\n' || c == '\\':
			return token{}, broken(s.line, "quote", `"`) // not the text itself, which may be a secret
		default:
			b.WriteByte(c)
		}
		if n++; n > maxQuoted {
			return token{}, broken(s.line, "long", `"`)
		}
	}
	return token{}, broken(s.line, "quote", `"`)
}

func (s *scanner) word() (token, error) {
	from := s.at
	for s.at < len(s.text) && !strings.ContainsRune(" \t\r\n;{}\"#", rune(s.text[s.at])) {
		if c := s.text[s.at]; c < ' ' || c > '~' {
			return token{}, broken(s.line, "character", s.text[from:min(len(s.text), s.at+4)])
		}
		s.at++
	}
	if s.at-from > maxWord {
		return token{}, broken(s.line, "long", s.text[from:s.at])
	}
	return token{text: s.text[from:s.at], line: s.line}, nil
}

// parse makes statements of a text.
func parse(text string) ([]statement, error) {
	if len(text) > maxText {
		return nil, fault.New(fault.Invalid, "volume.text_too_long", "the text has %d bytes, more than %d", len(text), maxText).
			With("bytes", strconv.Itoa(len(text)), "max", strconv.Itoa(maxText))
	}
	p := parser{scanner: scanner{text: text, line: 1}}
	list, err := p.block(0)
	if err != nil {
		return nil, err
	}
	return list, nil
}

type parser struct {
	scanner
	count int
}

func (p *parser) block(depth int) ([]statement, error) {
	var list []statement
	var s statement
	for {
		t, err := p.next()
		if err != nil {
			return nil, err
		}
		switch t.mark {
		case end:
			if depth > 0 || len(s.words) > 0 {
				return nil, broken(t.line, "end", first(s.words))
			}
			return list, nil
		case '}':
			if depth == 0 || len(s.words) > 0 {
				return nil, broken(t.line, "brace", first(s.words)+" }")
			}
			return list, nil
		case ';':
			if len(s.words) == 0 { // a lone semicolon after a block is taken by nobody
				return nil, broken(t.line, "brace", ";")
			}
			list, s = append(list, s), statement{}
		case '{':
			if len(s.words) == 0 || depth == maxDepth {
				return nil, broken(t.line, "brace", "{")
			}
			if s.block, err = p.block(depth + 1); err != nil {
				return nil, err
			}
			s.opens = true
			list, s = append(list, s), statement{}
		default:
			if p.count++; p.count > maxStatements {
				return nil, broken(t.line, "many", t.text)
			}
			if len(s.words) == 0 {
				s.line = t.line
			}
			s.words, s.quoted = append(s.words, t.text), append(s.quoted, t.quoted)
		}
	}
}

// first is the first word: those behind it may be secret.
func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}
