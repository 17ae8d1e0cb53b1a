package diskhb

import (
	"encoding/binary"
	"net/netip"
)

// Packets is where IP packets come from and go to: the TUN device.
// Read returns one packet; Close ends a Read that waits.
type Packets interface {
	Read(p []byte) (int, error)
	Write(p []byte) (int, error)
	Close() error
}

// MTU is the TUN device's. knet takes the smallest of all links for all, so that anything below Ethernet's would slow the network links.
const MTU = 1500

// Filter says which packets may travel: IPv4 and UDP on Corosync's port of this link, from the owner of the area to the node that reads it.
type Filter struct {
	Prefix netip.Prefix // the node's number is the last byte of its address
	Port   uint16
}

// Address is a node's address on the link.
func (f Filter) Address(node int) netip.Addr {
	a := f.Prefix.Masked().Addr().As4()
	a[3] = byte(node)
	return netip.AddrFrom4(a)
}

// destination returns the node that a packet of node from is for, or no. The kernel's filter should let nothing else through;
// this one holds even where nobody has set that up.
func (f Filter) destination(packet []byte, from int) (int, bool) {
	if !f.valid(packet) || netip.AddrFrom4([4]byte(packet[12:16])) != f.Address(from) {
		return 0, false
	}
	to := netip.AddrFrom4([4]byte(packet[16:20]))
	if node := int(packet[19]); node != 0 && node != 255 && node != from && f.Address(node) == to {
		return node, true
	}
	return 0, false
}

// valid looks at everything but the addresses.
func (f Filter) valid(p []byte) bool {
	if len(p) < 28 || len(p) > MTU || p[0]>>4 != 4 {
		return false
	}
	header := int(p[0]&0xf) * 4
	if header < 20 || len(p) < header+8 || int(binary.BigEndian.Uint16(p[2:])) != len(p) || p[9] != 17 {
		return false
	}
	if binary.BigEndian.Uint16(p[6:])&0x3fff != 0 {
		return false // a fragment; knet sends none
	}
	return binary.BigEndian.Uint16(p[header+2:]) == f.Port
}
