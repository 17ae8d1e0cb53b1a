// Package licensing is licences as documents: what one says, how it is written down, and whether the vendor has signed it.
// docs/formats/licence.md describes the formats byte by byte. It knows neither server nor agent.
package licensing

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hawser/internal/fault"
	"hawser/licensing/machine"
)

// Kind says what a licence holds on to.
type Kind string

// The kinds.
const (
	Trial Kind = "trial" // nothing: a trial that the vendor has prolonged
	Node  Kind = "node"  // the management server's machine
	Ukey  Kind = "ukey"  // a token
	Site  Kind = "site"  // a place
)

// Kinds are all kinds.
var Kinds = []Kind{Trial, Node, Ukey, Site}

// FeatureRemote lets remote nodes be added.
const FeatureRemote = "remote"

// Features are the names of all features; an activation code has a bit for each, in this order, so that one is only ever added at the end.
var Features = []string{FeatureRemote}

// Licence is what a document says.
type Licence struct {
	Number   uint32 // the vendor's, never twice
	Customer string
	Kind     Kind
	Site     string   // the place; kind Site only
	Nodes    uint16   // how many at most; 0 for any number
	Clusters uint16   // the same
	Features []string // names out of Features, in their order
	Issued   Day
	From     Day // the first day on which it holds
	Until    Day // the last one; Never for none
	// Request names the request that it answers, and Machine is the machine that asked. Kind Node only.
	Request [16]byte
	Machine machine.Print
	// Token is the SHA-256 of the token's public key (SubjectPublicKeyInfo, DER). Kind Ukey only.
	Token [32]byte
}

// Day is a day in UTC, counted from the last day of 2019; the first of January 2020 is 1.
type Day uint16

// Never is the end of what does not end.
const Never Day = 0

var dayZero = time.Date(2019, 12, 31, 0, 0, 0, 0, time.UTC)

const dayForm = "2006-01-02"

// DayOf returns the day on which t is, Never where days do not reach as far.
func DayOf(t time.Time) Day {
	n := int64(t.UTC().Truncate(24*time.Hour).Sub(dayZero) / (24 * time.Hour))
	if n < 1 || n > 1<<16-1 {
		return Never
	}
	return Day(n)
}

// ParseDay reads a day such as 2026-11-29.
func ParseDay(text string) (Day, bool) {
	t, err := time.Parse(dayForm, text)
	if err != nil || DayOf(t) == Never || DayOf(t).String() != text {
		return Never, false
	}
	return DayOf(t), true
}

// Begin is the day's first moment, and End the first one after it.
func (d Day) Begin() time.Time { return dayZero.AddDate(0, 0, int(d)) }

// End is the first moment after the day; zero for Never.
func (d Day) End() time.Time {
	if d == Never {
		return time.Time{}
	}
	return dayZero.AddDate(0, 0, int(d)+1)
}

func (d Day) String() string {
	if d == Never {
		return "never"
	}
	return d.Begin().Format(dayForm)
}

// MaxName bounds the customer and the site in bytes, so that a request remains small enough for a terminal's QR code.
const MaxName = 96

// CheckName says what is wrong with a customer or a site: it is one line that a person can read.
func CheckName(f *fault.Fields, path, name string) {
	switch {
	case name == "":
		f.Add(path, "field.required", "missing")
	case len(name) > MaxName:
		f.Add(path, "licence.name_long", "too long", "max", strconv.Itoa(MaxName))
	case !utf8.ValidString(name) || strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }):
		f.Add(path, "licence.name_invalid", "not one line of readable text")
	}
}

// Validate says everything that is wrong with a licence.
func (l Licence) Validate() error {
	var f fault.Fields
	if l.Number == 0 {
		f.Add("number", "field.required", "missing")
	}
	CheckName(&f, "customer", l.Customer)
	if !slices.Contains(Kinds, l.Kind) {
		f.Add("kind", "field.one_of", "unknown kind", "value", string(l.Kind), "allowed", "trial, node, ukey, site")
	}
	if l.Kind == Site {
		CheckName(&f, "site", l.Site)
	}
	at := -1
	for _, name := range l.Features {
		next := slices.Index(Features, name)
		if next <= at {
			f.Add("features", "field.one_of", "unknown, twice or not in order", "value", name, "allowed", strings.Join(Features, ", "))
		}
		at = next
	}
	if l.Issued == Never {
		f.Add("issued", "field.required", "missing")
	}
	if l.From == Never {
		f.Add("from", "field.required", "missing")
	}
	if l.Until != Never && l.Until < l.From {
		f.Add("until", "licence.span", "ends before it begins")
	}
	if l.Kind == Node && !l.Machine.Enough() {
		f.Add("machine", "licence.machine_unknown", "too little is known of the machine")
	}
	if l.Kind == Ukey && l.Token == [32]byte{} {
		f.Add("token", "field.required", "missing")
	}
	return f.Err()
}

// Holds says whether a moment is within the licence's span; the reason where it is not.
func (l Licence) Holds(now time.Time) *fault.Error {
	number := strconv.FormatUint(uint64(l.Number), 10)
	switch {
	case now.Before(l.From.Begin()):
		return fault.New(fault.Unlicensed, "licence.early", "licence %s holds from %s", number, l.From).With("number", number, "date", l.From.String())
	case l.Until != Never && !now.Before(l.Until.End()):
		return fault.New(fault.Unlicensed, "licence.expired", "licence %s ended with %s", number, l.Until).With("number", number, "date", l.Until.String())
	}
	return nil
}

// Compare orders licences by what they allow: more nodes, then more clusters, then longer.
func Compare(a, b Licence) int {
	most := func(n uint16) int { return (int(n) + 1<<16 - 1) % (1 << 16) } // 0 is any number, the most of all
	return cmp.Or(
		cmp.Compare(most(a.Nodes), most(b.Nodes)), cmp.Compare(most(a.Clusters), most(b.Clusters)),
		cmp.Compare(most(uint16(a.Until)), most(uint16(b.Until))), cmp.Compare(a.Number, b.Number),
	)
}
