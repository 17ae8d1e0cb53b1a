package activation

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"hawser/internal/fault"
	"hawser/licensing"
	"hawser/licensing/machine"
)

// The first byte says what it is, and of what version.
const (
	isRequest    = 1
	isActivation = 2
)

// Request is what a server asks the vendor for. It holds no secret.
type Request struct {
	Nonce    [8]byte // no two requests are the same
	Customer string
	Nodes    uint16 // how many are wanted; 0 for any number
	Clusters uint16
	Machine  machine.Print
}

// NewRequest asks for a licence for a machine.
func NewRequest(customer string, nodes, clusters uint16, m machine.Print) (Request, error) {
	r := Request{Customer: customer, Nodes: nodes, Clusters: clusters, Machine: m}
	if _, err := rand.Read(r.Nonce[:]); err != nil {
		return r, err
	}
	return r, r.validate()
}

func (r Request) validate() error {
	var f fault.Fields
	licensing.CheckName(&f, "customer", r.Customer)
	if err := f.Err(); err != nil {
		return err
	}
	if !r.Machine.Enough() {
		return fault.New(fault.Failed, "licence.machine_unknown", "too little is known of this machine for a licence to hold on to it")
	}
	return nil
}

const sumSize = 4

func (r Request) bytes() []byte {
	b := append([]byte{isRequest}, r.Nonce[:]...)
	b = binary.BigEndian.AppendUint16(b, r.Nodes)
	b = binary.BigEndian.AppendUint16(b, r.Clusters)
	b = append(append(b, byte(len(r.Customer))), r.Customer...)
	b = r.Machine.AppendBinary(b)
	sum := sha256.Sum256(b)
	return append(b, sum[:sumSize]...)
}

// Text is the request as it is typed, pasted and shown as a QR code.
func (r Request) Text() string { return Format(r.bytes()) }

// ID names the request.
func (r Request) ID() (id [16]byte) {
	sum := sha256.Sum256(r.bytes())
	return [16]byte(sum[:len(id)])
}

// ParseRequest reads a request.
func ParseRequest(text string) (Request, error) {
	b, err := Parse(text)
	if err != nil {
		return Request{}, err
	}
	bad := fault.New(fault.Invalid, "licence.request_cut", "the request is not whole")
	const head = 1 + 8 + 2 + 2 + 1
	switch {
	case b[0] == isActivation:
		return Request{}, fault.New(fault.Invalid, "licence.is_activation", "this is an activation code, not a request")
	case b[0] != isRequest:
		return Request{}, fault.New(fault.Invalid, "licence.request_unknown", "this is no request, or one of a newer version")
	case len(b) < head+sumSize || len(b) < head+int(b[head-1])+sumSize:
		return Request{}, bad
	}
	end := len(b) - sumSize
	if sum := sha256.Sum256(b[:end]); string(sum[:sumSize]) != string(b[end:]) {
		return Request{}, bad
	}
	r := Request{Nonce: [8]byte(b[1:9]), Nodes: binary.BigEndian.Uint16(b[9:]), Clusters: binary.BigEndian.Uint16(b[11:])}
	rest := b[head:end]
	if n := int(b[head-1]); n <= len(rest) {
		r.Customer, rest = string(rest[:n]), rest[n:]
	} else {
		return Request{}, bad
	}
	if r.Machine, rest, err = machine.ReadBinary(rest); err != nil || len(rest) > 0 {
		return Request{}, bad
	}
	return r, r.validate()
}
