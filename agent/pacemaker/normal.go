package pacemaker

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/fault"
)

// What a CIB may be at most, so that a file of any kind costs bounded memory. A cluster of 32 nodes and 500 resources has
// less than 8 MiB, 150 000 elements and a million attributes.
const (
	maxBytes      = 64 << 20
	maxElements   = 1 << 19
	maxAttributes = 1 << 22
	// maxDepth is libxml2's own limit, beyond which Pacemaker does not read a document either.
	maxDepth = 256
	// maxAttributesEach bounds the search for names given twice.
	maxAttributesEach = 256
)

// MaxBytes is the size beyond which ParseCIB refuses a document.
const MaxBytes = maxBytes

// NormalXML returns a document as every XML processor must see it: white space in the values of attributes is a space
// unless it is written as a reference. Go's decoder leaves it as it is, which would be written back as a reference, and
// Pacemaker would then read another value than before. What it returns shares memory with data.
//
// It refuses what no CIB has and what would be dangerous to read: document types, which is where entities come from,
// encodings other than UTF-8, names of attributes given twice, which the decoder drops silently, and what is beyond all
// measure. Whatever else is wrong with a document the decoder finds.
func NormalXML(data []byte) ([]byte, error) {
	if len(data) > maxBytes {
		return nil, fault.New(fault.Invalid, "cib.too_large", "more than %d MiB: too large for a CIB", maxBytes>>20).With("limit", strconv.Itoa(maxBytes>>20))
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) || bytes.IndexByte(data[:min(4, len(data))], 0) >= 0 {
		return nil, fault.New(fault.Invalid, "cib.encoding", "encoding UTF-16 or UTF-32: only UTF-8 is read").With("encoding", "UTF-16/UTF-32")
	}
	s := scanner{data: data}
	for s.at < len(s.data) {
		next := bytes.IndexByte(s.data[s.at:], '<')
		if next < 0 {
			break
		}
		s.at += next
		if err := s.markup(); err != nil {
			return nil, err
		}
	}
	if s.out == nil {
		return data, nil
	}
	return append(s.out, data[s.copied:]...), nil
}

func tooMany(limit int) error {
	return fault.New(fault.Invalid, "cib.too_many", "more than %d elements or attributes: too many for a CIB", limit).With("limit", strconv.Itoa(limit))
}

// scanner finds markup in a document without understanding it.
type scanner struct {
	data       []byte
	at         int
	out        []byte // what is changed, as far as copied; nil while nothing is
	copied     int
	elements   int
	attributes int
	depth      int
}

// skip goes behind the next end, or to the end of the document: the decoder complains of that.
func (s *scanner) skip(end string) []byte {
	from := s.at
	if i := bytes.Index(s.data[s.at:], []byte(end)); i >= 0 {
		s.at += i + len(end)
	} else {
		s.at = len(s.data)
	}
	return s.data[from:s.at]
}

func (s *scanner) markup() error {
	rest := s.data[s.at:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		s.at += len("<!--")
		s.skip("-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		s.skip("]]>")
	case bytes.HasPrefix(rest, []byte("<!")):
		return fault.New(fault.Invalid, "cib.document_type", "a document type or entity is declared: no CIB has one")
	case bytes.HasPrefix(rest, []byte("<?")):
		return checkEncoding(s.skip("?>"))
	case bytes.HasPrefix(rest, []byte("</")):
		s.depth--
		s.skip(">")
	default:
		return s.element()
	}
	return nil
}

// checkEncoding reads the declaration of a document. Other instructions for processors are none of ours.
func checkEncoding(declaration []byte) error {
	text := string(declaration)
	if !strings.HasPrefix(text, "<?xml") {
		return nil
	}
	_, value, has := strings.Cut(text, "encoding")
	if !has {
		return nil
	}
	value = strings.TrimLeft(value, " \t\r\n=")
	if value == "" {
		return nil
	}
	name, _, _ := strings.Cut(value[1:], value[:1])
	if known := []string{"UTF-8", "UTF8", "US-ASCII", "ASCII"}; !slices.Contains(known, strings.ToUpper(name)) {
		name = strings.ToValidUTF8(name[:min(40, len(name))], "?")
		return fault.New(fault.Invalid, "cib.encoding", "encoding %q: only UTF-8 is read", name).With("encoding", name)
	}
	return nil
}

// element reads a start tag.
func (s *scanner) element() error {
	if s.elements++; s.elements > maxElements {
		return tooMany(maxElements)
	}
	var names [][]byte
	nameFrom, nameTo := s.at, s.at // of the last word
	for s.at++; s.at < len(s.data); {
		switch c := s.data[s.at]; c {
		case '>':
			if s.data[s.at-1] != '/' {
				if s.depth++; s.depth > maxDepth {
					return fault.New(fault.Invalid, "cib.too_deep", "elements are nested more than %d deep", maxDepth).With("limit", strconv.Itoa(maxDepth))
				}
			}
			s.at++
			return nil
		case '"', '\'':
			if s.attributes++; s.attributes > maxAttributes {
				return tooMany(maxAttributes)
			}
			name := s.data[nameFrom:nameTo]
			if slices.ContainsFunc(names, func(n []byte) bool { return bytes.Equal(n, name) }) {
				text := strings.ToValidUTF8(string(name[:min(80, len(name))]), "?")
				return fault.New(fault.Invalid, "cib.attribute_twice", "attribute %s is given twice", text).With("name", text)
			}
			if names = append(names, name); len(names) > maxAttributesEach {
				return tooMany(maxAttributesEach)
			}
			s.value(c)
		case ' ', '\t', '\r', '\n', '=':
			s.at++
		default:
			nameFrom = s.at
			for s.at < len(s.data) && !bytes.ContainsRune([]byte(" \t\r\n=>\"'"), rune(s.data[s.at])) {
				s.at++
			}
			nameTo = s.at
		}
	}
	return nil
}

// value goes behind the value of an attribute and makes its white space spaces. A line end of two characters is one.
func (s *scanner) value(quote byte) {
	from := s.at + 1
	s.at = from
	length := bytes.IndexByte(s.data[from:], quote)
	if length < 0 {
		s.at = len(s.data)
		return
	}
	s.at += length + 1
	value := s.data[from : from+length]
	if !bytes.ContainsAny(value, "\t\r\n") {
		return
	}
	s.out = append(s.out, s.data[s.copied:from]...)
	for i, c := range value {
		switch {
		case c == '\n' && i > 0 && value[i-1] == '\r':
		case c == '\t' || c == '\r' || c == '\n':
			s.out = append(s.out, ' ')
		default:
			s.out = append(s.out, c)
		}
	}
	s.copied = from + length
}
