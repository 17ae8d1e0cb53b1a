package core_test

import (
	"testing"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/wire"
)

// FuzzFrames: a peer that knows the key and talks nonsense is refused or makes a mess of its own; it does not bring this side down, and
// does not get it to touch what is outside of the volume.
func FuzzFrames(f *testing.F) {
	f.Add(uint8(1), []byte("\x06\x01\x00aaaa\x09\x01\x00bbbb\x0d\x00\x00cccc"))
	f.Add(uint8(2), []byte("\x05\x00\x00aaaa\x08\x01\x00bbbb\x0e\x00\x00cccc"))
	f.Fuzz(func(t *testing.T, primary uint8, script []byte) {
		p := newPair(t, nil)
		one, two := p.start()
		p.connect()
		if primary%4 != 0 {
			p.sides[1+primary%2].does(core.Promote{})
		}
		if primary%8 >= 4 { // in the midst of a resync
			p.disconnect()
			p.connect()
		}
		session := one.sent[len(one.sent)-1].Session
		for ; len(script) >= 7; script = script[7:] {
			frame := wire.Frame{
				Type: wire.Type(script[0]%27 + 1), Session: session, Term: uint64(script[1]%4) + 1, Sequence: uint64(script[2]),
				Offset: int64(script[3]) * 512, Payload: make([]byte, int(script[4])*int(script[5])),
			}
			for i := range frame.Payload {
				frame.Payload[i] = script[6]
			}
			two.does(core.Received{Link: p.links, Frame: frame})
		}
		if int64(len(two.disk)) != geometry.DeviceSize() {
			t.Errorf("the device has %d bytes", len(two.disk))
		}
	})
}
