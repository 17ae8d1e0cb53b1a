package drbd

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kind is what an option takes.
type Kind string

// The kinds.
const (
	Switch Kind = "switch" // yes or no
	Number Kind = "number"
	Choice Kind = "choice"
	Text   Kind = "text"
)

// Versions says which DRBD knows an option.
type versions int

const (
	both versions = iota
	only84
	only9
)

// Option is an option of DRBD.
type Option struct {
	Section  string
	Name     string
	Kind     Kind
	Words    []string // of a Choice, and of a Number that may be a word
	Words9   []string // those of them that 8.4 does not know
	Min, Max int64    // of a Number, in units of Scale
	Default  string
	Scale    string // what a bare number counts: K for KiB, s for sectors of 512 bytes, empty for one
	Unit     string // in drbdsetup's own words
	Versions versions
}

// Options are all that are known.
func Options() []Option { return slices.Clone(catalogue) }

var byName = func() map[string]*Option {
	m := make(map[string]*Option, len(catalogue))
	for i := range catalogue {
		m[catalogue[i].Section+"/"+catalogue[i].Name] = &catalogue[i]
	}
	return m
}()

// Find returns an option, nil where nobody knows it.
func Find(section, name string) *Option { return byName[section+"/"+name] }

// In says whether a dialect knows the option.
func (o *Option) In(d Dialect) bool {
	return o.Versions == both || o.Versions == only84 && d == V84 || o.Versions == only9 && d == V9
}

// Takes says whether the option takes a value: the reason, one of field.one_of, field.range and field.number, is empty where it does.
func (o *Option) Takes(value string, d Dialect) (reason string) {
	switch o.Kind {
	case Switch:
		if value != "yes" && value != "no" {
			return "field.one_of"
		}
	case Choice:
		if !slices.Contains(o.Words, value) || d == V84 && slices.Contains(o.Words9, value) {
			return "field.one_of"
		}
	case Number:
		if slices.Contains(o.Words, value) || o.Name == "resync-after" { // takes a resource's name as well
			return ""
		}
		n, ok := o.number(value)
		if !ok {
			return "field.number"
		}
		if n < o.Min || n > o.Max {
			return "field.range"
		}
	}
	return ""
}

// number reads a number in units of the option's scale.
func (o *Option) number(text string) (int64, bool) {
	unit := unitOf(o.Scale)
	n, bytes, ok := number(text)
	if !ok {
		return 0, false
	}
	if bytes { // 330M of an option that counts KiB; of one that counts things, K is a thousand and twenty-four of them
		return n / unit, true
	}
	return n, true
}

func unitOf(scale string) int64 {
	switch scale {
	case "s":
		return 512
	case "K":
		return 1 << 10
	}
	return 1
}

// number reads 12, 12s, 12K, 12M or 12G; scaled says that there was a letter, and n then counts bytes.
func number(text string) (n int64, scaled, ok bool) {
	if text == "" || len(text) > 12 {
		return 0, false, false
	}
	shift := int64(1)
	switch text[len(text)-1] {
	case 's':
		shift = 512
	case 'K', 'k':
		shift = 1 << 10
	case 'M', 'm':
		shift = 1 << 20
	case 'G', 'g':
		shift = 1 << 30
	}
	digits := text
	if shift > 1 {
		digits = text[:len(text)-1]
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/shift || strings.HasPrefix(digits, "+") {
		return 0, false, false
	}
	return n * shift, shift > 1, true
}
