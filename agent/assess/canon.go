package assess

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// stream reads a document as canonical pieces: attributes in the order of their names, texts whole, without texts that
// are only white space. It stands on the decoder alone, apart from what reads and writes CIBs, which it judges.
type stream struct {
	dec  *xml.Decoder
	path []string
	next *piece // read already
}

// piece is one start tag, end tag, text, comment or instruction.
type piece struct {
	kind  byte // < / t c ?
	name  string
	attrs []xml.Attr
	text  string
}

func open(data []byte) *stream {
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // NormalXML has let pass UTF-8 only
	return &stream{dec: dec}
}

// space is what XML calls white space.
const space = " \t\r\n"

// read returns the next piece, or io.EOF.
func (s *stream) read() (piece, error) {
	if s.next != nil {
		p := *s.next
		s.next = nil
		return p, nil
	}
	var text strings.Builder
	for {
		token, err := s.dec.RawToken()
		if c, isText := token.(xml.CharData); isText && err == nil {
			text.Write(c)
			continue
		}
		var p *piece
		switch t := token.(type) {
		case xml.StartElement:
			p = &piece{kind: '<', name: name(t.Name), attrs: slices.Clone(t.Attr)}
			slices.SortStableFunc(p.attrs, func(a, b xml.Attr) int { return strings.Compare(name(a.Name), name(b.Name)) })
		case xml.EndElement:
			p = &piece{kind: '/', name: name(t.Name)}
		case xml.Comment:
			p = &piece{kind: 'c', text: string(t)}
		case xml.ProcInst:
			if t.Target == "xml" {
				continue // how the document is written is not what it says
			}
			p = &piece{kind: '?', name: t.Target, text: string(t.Inst)}
		case nil:
		default:
			err = fmt.Errorf("unexpected %T", t)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return piece{}, err
		}
		if strings.Trim(text.String(), space) != "" {
			s.next = p
			return piece{kind: 't', text: text.String()}, nil
		}
		if p == nil {
			return piece{}, io.EOF
		}
		return *p, nil
	}
}

func name(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// enter keeps the path of the element that is being read.
func (s *stream) enter(p piece) {
	switch p.kind {
	case '<':
		step := p.name
		for _, a := range p.attrs {
			if a.Name.Local == "id" {
				step += "[" + a.Value + "]"
			}
		}
		s.path = append(s.path, step)
	case '/':
		if len(s.path) > 0 {
			s.path = s.path[:len(s.path)-1]
		}
	}
}

// place is where the stream is, and what it found there. It tells no values: they may be secret.
func (s *stream) place(p piece) string {
	at := "/" + strings.Join(s.path, "/")
	switch p.kind {
	case '<':
		next := stream{}
		next.enter(p)
		return strings.TrimSuffix(at, "/") + "/" + next.path[0]
	case 't':
		return at + "/text()"
	case 'c':
		return at + "/comment()"
	case '?':
		return at + "/processing-instruction()"
	}
	return at
}

// difference returns the first place where b says something else than a, or nothing where they say the same: elements in
// their order, attributes, text, comments.
func difference(a, b []byte) (string, error) {
	x, y := open(a), open(b)
	for {
		p, err := x.read()
		q, err2 := y.read()
		if ended := errors.Is(err, io.EOF); ended && errors.Is(err2, io.EOF) {
			return "", nil
		} else if ended && err2 == nil {
			return y.place(q), nil
		}
		switch {
		case err != nil:
			return "", fmt.Errorf("read what was there: %w", err)
		case errors.Is(err2, io.EOF):
			return x.place(p), nil
		case err2 != nil:
			return "", fmt.Errorf("read what was written: %w", err2)
		case p.kind != q.kind || p.name != q.name || p.text != q.text:
			if p.kind == '/' {
				return y.place(q), nil // something was added
			}
			return x.place(p), nil
		}
		if attribute := differentAttribute(p.attrs, q.attrs); attribute != "" {
			return x.place(p) + "/@" + attribute, nil
		}
		x.enter(p)
		y.enter(q)
	}
}

func differentAttribute(a, b []xml.Attr) string {
	for i := 0; i < len(a) || i < len(b); i++ {
		switch {
		case i >= len(b):
			return name(a[i].Name)
		case i >= len(a):
			return name(b[i].Name)
		case a[i].Name != b[i].Name:
			return min(name(a[i].Name), name(b[i].Name))
		case a[i].Value != b[i].Value:
			return name(a[i].Name)
		}
	}
	return ""
}
