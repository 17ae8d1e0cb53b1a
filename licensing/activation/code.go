// Package activation is how a server without a network asks for a licence and is given one: a request and an activation code, both of
// them letters and digits in groups that can be read aloud, typed, and shown as a QR code.
package activation

import (
	"strconv"
	"strings"
	"unicode"

	"hawser/internal/fault"
)

// A group is five characters of 5 bits, and a check character. Without I, L, O and U nothing is taken for something else.
const (
	alphabet  = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	groupData = 5
	groupSize = groupData + 1
	// maxText bounds what is read: several times the longest request.
	maxText = 4 << 10
)

// double multiplies by α in GF(32), with α⁵ = α² + 1.
func double(x byte) byte {
	x <<= 1
	if x&32 != 0 {
		x ^= 0b100101
	}
	return x
}

// check is the check character's value of the group at a place, from 0. Each character has a factor of its own, so that one that is wrong
// is noticed, and two that have changed places are; and each place has a summand of its own, so that two groups that have are.
func check(group []byte, place int) byte {
	sum := byte(place % 32)
	for i, d := range group {
		for range i + 1 {
			d = double(d)
		}
		sum ^= d
	}
	return sum
}

// Format writes bytes as groups.
func Format(data []byte) string {
	var digits []byte
	bits, have := 0, 0
	for _, b := range data {
		bits, have = bits<<8|int(b), have+8
		for have >= 5 {
			digits = append(digits, byte(bits>>(have-5)&31))
			have -= 5
		}
		bits &= 1<<have - 1
	}
	if have > 0 {
		digits = append(digits, byte(bits<<(5-have)&31))
	}
	var out strings.Builder
	for place := 0; len(digits) > 0; place++ {
		group := digits[:min(groupData, len(digits))]
		digits = digits[len(group):]
		if place > 0 {
			out.WriteByte('-')
		}
		for _, d := range group {
			out.WriteByte(alphabet[d])
		}
		out.WriteByte(alphabet[check(group, place)])
	}
	return out.String()
}

// Parse reads groups, however they are set: with blanks, hyphens or nothing between them, in small letters, in the wide letters of a
// Chinese keyboard. The fault says which groups are wrong, counted from 1.
func Parse(text string) ([]byte, error) {
	if len(text) > maxText {
		return nil, fault.New(fault.Invalid, "licence.code_long", "too long for a code")
	}
	groups := split(text)
	if len(groups) == 0 {
		return nil, fault.New(fault.Invalid, "licence.code_empty", "there is no code")
	}
	var wrong []string
	var digits []byte
	for place, g := range groups {
		values, ok := group(g, place, place == len(groups)-1)
		if !ok {
			wrong = append(wrong, strconv.Itoa(place+1))
		}
		digits = append(digits, values...)
	}
	if len(wrong) > 0 {
		list := strings.Join(wrong, ", ")
		return nil, fault.New(fault.Invalid, "licence.code_groups", "typing error in group %s", list).With("groups", list, "of", strconv.Itoa(len(groups)))
	}
	size := len(digits) * 5 / 8
	data := make([]byte, 0, size)
	bits, have := 0, 0
	for _, d := range digits {
		bits, have = bits<<5|int(d), have+5
		if have >= 8 {
			data = append(data, byte(bits>>(have-8)))
			have -= 8
		}
		bits &= 1<<have - 1
	}
	if bits != 0 || have >= 5 {
		return nil, fault.New(fault.Invalid, "licence.code_end", "the end of the code is missing or wrong")
	}
	return data, nil
}

// split finds the groups: as they were set apart, or every six characters where they were not.
func split(text string) []string {
	fields := strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) || strings.ContainsRune("_.,;:|/、，。·", r)
	})
	for i := range fields {
		fields[i] = strings.Map(narrow, fields[i])
	}
	for _, f := range fields {
		if len([]rune(f)) > groupSize { // set without gaps, or with gaps of one's own
			runes := []rune(strings.Join(fields, ""))
			fields = nil
			for len(runes) > 0 {
				n := min(groupSize, len(runes))
				fields, runes = append(fields, string(runes[:n])), runes[n:]
			}
			return fields
		}
	}
	return fields
}

// narrow makes a wide letter a usual one, and a small one a capital.
func narrow(r rune) rune {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	switch r = unicode.ToUpper(r); r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return r
}

// group reads one group and says whether it is right.
func group(text string, place int, last bool) ([]byte, bool) {
	var values []byte
	for _, r := range text {
		d := strings.IndexRune(alphabet, r)
		if d < 0 {
			return nil, false
		}
		values = append(values, byte(d))
	}
	n := len(values) - 1
	if n < 1 || n > groupData || n < groupData && !last {
		return nil, false
	}
	return values[:n], check(values[:n], place) == values[n]
}
