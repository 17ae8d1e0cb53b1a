package licensing

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/fault"
	"hawser/licensing/machine"
)

// The first line of a document says of what product and of what version of this format it is.
const firstLine = "Hawser licence 1"

// MaxDocument bounds a document in bytes.
const MaxDocument = 8 << 10

// Text is what of a document is signed: every line but the signature's. There is one way only to write a licence down.
func (l Licence) Text() []byte {
	var b bytes.Buffer
	line := func(name, value string) { b.WriteString(name + ": " + value + "\n") }
	b.WriteString(firstLine + "\n")
	line("number", strconv.FormatUint(uint64(l.Number), 10))
	line("customer", l.Customer)
	line("kind", string(l.Kind))
	if l.Kind == Site {
		line("site", l.Site)
	}
	line("nodes", limit(l.Nodes))
	line("clusters", limit(l.Clusters))
	features := "none"
	if len(l.Features) > 0 {
		features = strings.Join(l.Features, " ")
	}
	line("features", features)
	line("issued", l.Issued.String())
	line("from", l.From.String())
	line("until", l.Until.String())
	switch l.Kind {
	case Node:
		line("request", hex.EncodeToString(l.Request[:]))
		line("machine", l.Machine.String())
	case Ukey:
		line("token", hex.EncodeToString(l.Token[:]))
	}
	return b.Bytes()
}

const unlimited = "unlimited"

func limit(n uint16) string {
	if n == 0 {
		return unlimited
	}
	return strconv.Itoa(int(n))
}

const signatureLine = "signature: "

// Document is a licence with its signature, as it is handed over.
func Document(l Licence, signature []byte) []byte {
	return append(l.Text(), signatureLine+base64.StdEncoding.EncodeToString(signature)+"\n"...)
}

// IsDocument says whether a text is meant to be a document, and not an activation code.
func IsDocument(text string) bool {
	head, _, _ := strings.Cut(strings.TrimLeft(text, "\ufeff \t\r\n"), "\n")
	return heading.MatchString(strings.TrimSpace(head))
}

var heading = regexp.MustCompile(`^(\S.{0,60}) licence ([0-9]{1,4})$`)

// Open reads a document that one of the keys has signed. Line ends and empty lines around it may have suffered on the way; nothing else.
func Open(text []byte, keys []ed25519.PublicKey) (Licence, error) {
	l, signature, err := Parse(text)
	if err != nil {
		return Licence{}, err
	}
	return l, Verify(l, signature, keys)
}

// Verify says whether one of the keys has signed a licence.
func Verify(l Licence, signature []byte, keys []ed25519.PublicKey) error {
	if len(keys) == 0 {
		return ErrDevelopment()
	}
	text := l.Text()
	if !slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool { return ed25519.Verify(k, text, signature) }) {
		return fault.New(fault.Invalid, "licence.signature", "the vendor has not signed this licence, or it was changed since")
	}
	return nil
}

// ErrDevelopment says that this program trusts no vendor.
func ErrDevelopment() *fault.Error {
	return fault.New(fault.Invalid, "licence.development", "this is a development build without a vendor's key: it takes no licence")
}

// Parse reads a document without asking who signed it.
func Parse(text []byte) (Licence, []byte, error) {
	p := parser{}
	l, signature := p.document(text)
	if p.err != nil {
		return Licence{}, nil, p.err
	}
	if err := l.Validate(); err != nil {
		return Licence{}, nil, malformed(0, fault.Public(err).Error())
	}
	// What is signed is what Text writes: a document that says the same in another way is not one.
	if !bytes.Equal(p.signed, l.Text()) {
		return Licence{}, nil, malformed(0, "not written as the format has it")
	}
	return l, signature, nil
}

func malformed(line int, what string) *fault.Error {
	if line == 0 {
		return fault.New(fault.Invalid, "licence.malformed", "the licence cannot be read: %s", what).With("what", what)
	}
	return fault.New(fault.Invalid, "licence.line", "line %d of the licence cannot be read: %s", line, what).With("line", strconv.Itoa(line), "what", what)
}

// parser reads lines in their order and keeps the first thing that is wrong.
type parser struct {
	lines  []string
	at     int
	signed []byte
	err    error
}

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err = malformed(p.at, what)
	}
}

func (p *parser) document(text []byte) (l Licence, signature []byte) {
	if len(text) > MaxDocument {
		p.fail("too long")
		return l, nil
	}
	whole := strings.ReplaceAll(string(bytes.TrimPrefix(text, []byte("\ufeff"))), "\r\n", "\n")
	p.lines = strings.Split(strings.Trim(whole, "\n"), "\n")
	head := heading.FindStringSubmatch(p.next())
	switch {
	case head == nil:
		p.err = fault.New(fault.Invalid, "licence.not_one", "this is not a licence of Hawser")
	case head[1] != "Hawser":
		p.err = fault.New(fault.Invalid, "licence.other_product", "this is a licence of %s", head[1]).With("product", head[1])
	case head[2] != "1":
		p.err = fault.New(fault.Invalid, "licence.other_version", "version %s of the format is not known here", head[2]).With("version", head[2])
	}
	if p.err != nil {
		return l, nil
	}
	l.Number = uint32(p.number("number", 32)) //nolint:gosec // no more than 32 bits
	l.Customer = p.value("customer")
	l.Kind = Kind(p.value("kind"))
	if l.Kind == Site {
		l.Site = p.value("site")
	}
	l.Nodes, l.Clusters = p.limit("nodes"), p.limit("clusters")
	if features := p.value("features"); features != "none" {
		l.Features = strings.Split(features, " ")
	}
	l.Issued, l.From, l.Until = p.day("issued"), p.day("from"), p.day("until")
	switch l.Kind {
	case Node:
		copy(l.Request[:], p.hex("request", len(l.Request)))
		print, err := machine.Parse(p.value("machine"))
		if err != nil {
			p.fail(err.Error())
		}
		l.Machine = print
	case Ukey:
		copy(l.Token[:], p.hex("token", len(l.Token)))
	}
	if p.err == nil {
		p.signed = []byte(strings.Join(p.lines[:p.at], "\n") + "\n")
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(p.value(strings.TrimSuffix(signatureLine, ": ")))
	if err != nil || len(signature) != ed25519.SignatureSize {
		p.fail("no signature of 64 bytes in base64")
	}
	if p.err == nil && p.at != len(p.lines) {
		p.at++
		p.fail("something follows the signature")
	}
	return l, signature
}

func (p *parser) next() string {
	if p.at >= len(p.lines) {
		p.at++
		p.fail("missing")
		return ""
	}
	p.at++
	return p.lines[p.at-1]
}

func (p *parser) value(name string) string {
	if p.err != nil {
		return ""
	}
	value, is := strings.CutPrefix(p.next(), name+": ")
	if !is {
		p.fail(name + " is expected here")
	}
	return value
}

func (p *parser) number(name string, bits int) uint64 {
	n, err := strconv.ParseUint(p.value(name), 10, bits)
	if err != nil {
		p.fail("not a number")
	}
	return n
}

func (p *parser) limit(name string) uint16 {
	text := p.value(name)
	if text == unlimited {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		p.fail("neither a number from 1 to 65535 nor unlimited")
	}
	return uint16(n) //nolint:gosec // no more than 16 bits
}

func (p *parser) day(name string) Day {
	text := p.value(name)
	if text == "never" {
		return Never
	}
	d, is := ParseDay(text)
	if !is {
		p.fail("not a day such as 2026-11-29")
	}
	return d
}

func (p *parser) hex(name string, size int) []byte {
	b, err := hex.DecodeString(p.value(name))
	if err != nil || len(b) != size {
		p.fail("not " + strconv.Itoa(size) + " bytes in hexadecimal digits")
	}
	return b
}
