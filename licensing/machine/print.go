// Package machine knows a machine again by what it is made of, although a part of it has been changed. docs/formats/licence.md has the rule.
package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Component is a part by which a machine is known.
type Component int

// The components, in the order of all formats. The first two stay with the machine whatever is put into it: without one of them that is
// the same, a machine is another one.
const (
	UUID    Component = iota // of the machine, by its firmware
	Board                    // serial number of the main board
	System                   // the installed system's machine-id
	Network                  // addresses of network cards
	Disk                     // serial numbers of built-in disks
	Components
)

var names = [Components]string{"uuid", "board", "system", "network", "disk"}

func (c Component) String() string { return names[c] }

// several says that a machine may have more than one; the same is then one of them.
func (c Component) several() bool { return c == Network || c == Disk }

// MaxHashes is how many of a component are kept, the smallest hashes first.
const MaxHashes = 4

// HashSize is how much is kept of each: enough to tell machines apart, and no way back to what was hashed but by trying.
const HashSize = 6

// Hash stands for one value of a component.
type Hash [HashSize]byte

// HashOf hashes a value.
func HashOf(c Component, value string) Hash {
	sum := sha256.Sum256([]byte("hawser machine 1\x00" + c.String() + "\x00" + value))
	return Hash(sum[:HashSize])
}

func (h Hash) compare(o Hash) int { return slices.Compare(h[:], o[:]) }

// Print is what is known of a machine: hashes of each component, sorted; none where it has none that means anything.
type Print [Components][]Hash

// add notes a value of a component.
func (p *Print) add(c Component, value string) {
	h := HashOf(c, value)
	if !slices.Contains(p[c], h) {
		p[c] = append(p[c], h)
	}
}

// settle sorts what was noted and cuts it to size.
func (p *Print) settle() {
	for c := range p {
		slices.SortFunc(p[c], Hash.compare)
		p[c] = p[c][:min(len(p[c]), MaxHashes)]
	}
}

// Count is how many components are known.
func (p Print) Count() int {
	n := 0
	for _, list := range p {
		if len(list) > 0 {
			n++
		}
	}
	return n
}

// anchored says whether something is known that stays with the machine.
func (p Print) anchored() bool { return len(p[UUID]) > 0 || len(p[Board]) > 0 }

// Enough says whether a licence can hold on to the machine: one component alone is too easily another machine's, too.
func (p Print) Enough() bool { return p.Count() >= 2 }

// Comparison is how a machine compares with one that was known.
type Comparison struct {
	Known, Same [Components]bool
	Count       int  // components that are the same
	Needed      int  // how many have to be
	Anchored    bool // one of UUID and board has to be among them
	OK          bool
}

// Compare says by the published rule whether now is the machine that was known:
//
//   - of n known components at least k = max(2, n-2) are the same, and one of them is UUID or board;
//   - where neither was known, all n are the same.
//
// Of cards and disks one that is still there is enough.
func (p Print) Compare(now Print) Comparison {
	c := Comparison{Anchored: p.anchored()}
	anchor := false
	for i := range p {
		c.Known[i] = len(p[i]) > 0
		c.Same[i] = slices.ContainsFunc(p[i], func(h Hash) bool { return slices.Contains(now[i], h) })
		if c.Same[i] {
			c.Count++
			anchor = anchor || Component(i) == UUID || Component(i) == Board
		}
	}
	n := p.Count()
	c.Needed = n
	if c.Anchored {
		c.Needed = max(2, n-2)
	}
	c.OK = n > 0 && c.Count >= c.Needed && (anchor || !c.Anchored)
	return c
}

// Different names the components that were known and are not the same.
func (c Comparison) Different() string {
	var list []string
	for i := range c.Known {
		if c.Known[i] && !c.Same[i] {
			list = append(list, Component(i).String())
		}
	}
	return strings.Join(list, ", ")
}

// String writes a print as it stands in a licence: uuid=0123456789ab network=…,…
func (p Print) String() string {
	var parts []string
	for i, list := range p {
		if len(list) == 0 {
			continue
		}
		var hashes []string
		for _, h := range list {
			hashes = append(hashes, hex.EncodeToString(h[:]))
		}
		parts = append(parts, Component(i).String()+"="+strings.Join(hashes, ","))
	}
	return strings.Join(parts, " ")
}

// Parse reads what String has written.
func Parse(text string) (Print, error) {
	var p Print
	if text == "" {
		return p, nil
	}
	for part := range strings.SplitSeq(text, " ") {
		name, list, _ := strings.Cut(part, "=")
		c := slices.Index(names[:], name)
		if c < 0 || len(p[c]) > 0 {
			return Print{}, fmt.Errorf("%q is no component, or stands twice", name)
		}
		for one := range strings.SplitSeq(list, ",") {
			b, err := hex.DecodeString(one)
			if err != nil || len(b) != HashSize {
				return Print{}, fmt.Errorf("%s: not %d bytes in hexadecimal digits", name, HashSize)
			}
			p[c] = append(p[c], Hash(b))
		}
	}
	if err := p.check(); err != nil {
		return Print{}, err
	}
	if p.String() != text {
		return Print{}, errors.New("components are not in their order")
	}
	return p, nil
}

func (p Print) check() error {
	for i, list := range p {
		most := 1
		if Component(i).several() {
			most = MaxHashes
		}
		if len(list) > most {
			return fmt.Errorf("%s: more than %d", Component(i), most)
		}
		for n := 1; n < len(list); n++ {
			if list[n-1].compare(list[n]) >= 0 {
				return fmt.Errorf("%s: not sorted", Component(i))
			}
		}
	}
	return nil
}

// AppendBinary writes a print as it stands in a request: for each component the number of hashes, then the hashes.
func (p Print) AppendBinary(b []byte) []byte {
	for _, list := range p {
		b = append(b, byte(len(list)))
		for _, h := range list {
			b = append(b, h[:]...)
		}
	}
	return b
}

// ReadBinary reads what AppendBinary has written, and returns what follows it.
func ReadBinary(b []byte) (Print, []byte, error) {
	var p Print
	for i := range p {
		if len(b) == 0 || int(b[0]) > MaxHashes || len(b) < 1+int(b[0])*HashSize {
			return Print{}, nil, fmt.Errorf("%s: cut off", Component(i))
		}
		n := int(b[0])
		b = b[1:]
		for range n {
			p[i] = append(p[i], Hash(b[:HashSize]))
			b = b[HashSize:]
		}
	}
	return p, b, p.check()
}
