package activation

import (
	"encoding/binary"
	"slices"

	"hawser/internal/fault"
	"hawser/licensing"
)

// Activation is what the vendor answers: what of a licence the server does not know from its own request, and the signature of the
// whole licence. The signature alone is 64 bytes; a code that can be typed and cannot be forged is not shorter.
type Activation struct {
	Request   [4]byte // beginning of the request's ID
	Number    uint32
	Issued    licensing.Day
	From      licensing.Day
	Until     licensing.Day
	Nodes     uint16
	Clusters  uint16
	Features  byte // a bit for each of licensing.Features
	Signature [64]byte
}

const activationSize = 1 + 4 + 4 + 3*2 + 2*2 + 1 + 64

// ForLicence is the activation that answers a request with a licence.
func ForLicence(l licensing.Licence, signature []byte) Activation {
	a := Activation{
		Request: [4]byte(l.Request[:4]), Number: l.Number, Issued: l.Issued, From: l.From, Until: l.Until, Nodes: l.Nodes, Clusters: l.Clusters,
		Signature: [64]byte(signature),
	}
	for i, name := range licensing.Features {
		if slices.Contains(l.Features, name) {
			a.Features |= 1 << i
		}
	}
	return a
}

// Licence is the licence that the activation stands for, as an answer to a request. Whether the vendor has signed it is to be asked.
func (a Activation) Licence(r Request) licensing.Licence {
	l := licensing.Licence{
		Number: a.Number, Customer: r.Customer, Kind: licensing.Node, Nodes: a.Nodes, Clusters: a.Clusters,
		Issued: a.Issued, From: a.From, Until: a.Until, Request: r.ID(), Machine: r.Machine,
	}
	for i, name := range licensing.Features {
		if a.Features&(1<<i) != 0 {
			l.Features = append(l.Features, name)
		}
	}
	return l
}

// Answers says whether it is meant for a request.
func (a Activation) Answers(r Request) bool {
	id := r.ID()
	return a.Request == [4]byte(id[:4])
}

// Text is the activation code.
func (a Activation) Text() string {
	b := append([]byte{isActivation}, a.Request[:]...)
	b = binary.BigEndian.AppendUint32(b, a.Number)
	for _, n := range []uint16{uint16(a.Issued), uint16(a.From), uint16(a.Until), a.Nodes, a.Clusters} {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	b = append(b, a.Features)
	return Format(append(b, a.Signature[:]...))
}

// ParseActivation reads an activation code.
func ParseActivation(text string) (Activation, error) {
	b, err := Parse(text)
	if err != nil {
		return Activation{}, err
	}
	switch {
	case b[0] == isRequest:
		return Activation{}, fault.New(fault.Invalid, "licence.is_request", "this is the request, not the activation code that answers it")
	case b[0] != isActivation:
		return Activation{}, fault.New(fault.Invalid, "licence.activation_unknown", "this is no activation code, or one of a newer version")
	case len(b) != activationSize:
		return Activation{}, fault.New(fault.Invalid, "licence.code_end", "the end of the code is missing or wrong")
	}
	day := func(at int) licensing.Day { return licensing.Day(binary.BigEndian.Uint16(b[at:])) }
	a := Activation{
		Request: [4]byte(b[1:5]), Number: binary.BigEndian.Uint32(b[5:]), Issued: day(9), From: day(11), Until: day(13),
		Nodes: binary.BigEndian.Uint16(b[15:]), Clusters: binary.BigEndian.Uint16(b[17:]), Features: b[19], Signature: [64]byte(b[20:]),
	}
	if a.Features>>len(licensing.Features) != 0 {
		return Activation{}, fault.New(fault.Invalid, "licence.activation_unknown", "this is no activation code, or one of a newer version")
	}
	return a, nil
}
