package wire_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

var greeting = wire.Greeting{
	Volume: format.ID{1}, Node: 1, Nonce: [16]byte{2}, Geometry: format.Geometry{Size: 1 << 20, Bit: 4096, Extent: 65536, Slots: 4},
	Term: 3, Meetings: 4, Primary: true, Dirty: true, PeerFailed: true, Led: true, State: format.Consistent, Current: 6, Base: 7,
	Past: [format.PastGenerations]format.Generation{8, 9, 10, 11},
}

func TestFrame(t *testing.T) {
	f := wire.Frame{Type: wire.Write, Session: 1, Term: 2, Sequence: 3, Offset: 4096, Payload: []byte("data")}
	b := f.Append(nil)
	if len(b) != wire.HeaderSize+4 || !bytes.Equal(b[:8], []byte("HWMM\x01\x06\x00\x00")) {
		t.Fatalf("% x", b)
	}
	two := wire.Frame{Type: wire.Ping}.Append(b)
	r := bytes.NewReader(two)
	got, err := wire.Read(r)
	if err != nil || got.Type != f.Type || got.Session != 1 || got.Term != 2 || got.Sequence != 3 || got.Offset != 4096 || string(got.Payload) != "data" {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err := wire.Read(r); err != nil || got.Type != wire.Ping || got.Payload != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := wire.Read(r); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
	b = f.Append(nil)
	for at := range b {
		b[at] ^= 0x10
		if got, err := wire.Read(bytes.NewReader(b)); err == nil {
			t.Fatalf("byte %d changed: %+v", at, got)
		}
		b[at] ^= 0x10
	}
	for n := 1; n < len(b); n++ {
		if _, err := wire.Read(bytes.NewReader(b[:n])); err == nil {
			t.Fatalf("cut off after %d bytes", n)
		}
	}
}

// TestFrameRefused: frames that are whole, and that nobody sends.
func TestFrameRefused(t *testing.T) {
	for name, f := range map[string]wire.Frame{
		"NoType":    {},
		"Unknown":   {Type: wire.Pace + 1},
		"Backwards": {Type: wire.Write, Offset: -1},
		"TooLong":   {Type: wire.Write, Payload: make([]byte, wire.MaxPayload+1)},
	} {
		if _, err := wire.Read(bytes.NewReader(f.Append(nil))); !errors.Is(err, wire.ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := wire.Frame{Type: wire.Ping}.Append(nil)
	old[4] = 0
	if _, err := wire.Read(bytes.NewReader(old)); !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("another version: %v", err)
	}
}

func TestGreeting(t *testing.T) {
	b := greeting.Encode()
	got, err := wire.DecodeGreeting(b)
	if err != nil || got != greeting {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, change := range map[string]func(b []byte) []byte{
		"Short":    func(b []byte) []byte { return b[:100] },
		"Empty":    func([]byte) []byte { return nil },
		"Flag":     func(b []byte) []byte { b[4] = 2; return b },
		"State":    func(b []byte) []byte { b[3] = 4; return b },
		"Geometry": func(b []byte) []byte { b[48]++; return b },
		"Padding":  func(b []byte) []byte { b[7] = 2; return b },
	} {
		if g, err := wire.DecodeGreeting(change(bytes.Clone(b))); !errors.Is(err, wire.ErrGreeting) {
			t.Errorf("%s: %+v, %v", name, g, err)
		}
	}
	b[0] = 2
	if _, err := wire.DecodeGreeting(b); !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("another version: %v", err)
	}
}

func TestProof(t *testing.T) {
	key, a, b := []byte("key"), []byte("greeting of a"), []byte("greeting of b")
	proof := wire.Prove(key, a, b)
	if !wire.Proven(key, b, a, proof) {
		t.Error("the peer does not take it")
	}
	for name, bad := range map[string]bool{
		"OtherKey":     wire.Proven([]byte("kez"), b, a, proof),
		"SentBack":     wire.Proven(key, a, b, proof),
		"OtherMeeting": wire.Proven(key, []byte("another greeting of b"), a, proof),
		"Nothing":      wire.Proven(key, b, a, nil),
	} {
		if bad {
			t.Errorf("%s is taken", name)
		}
	}
	if wire.SessionOf(key, a, b) != wire.SessionOf(key, b, a) || wire.SessionOf(key, a, b) == wire.SessionOf(key, a, a) {
		t.Error("the sides do not agree on the session")
	}
}

func TestGenerations(t *testing.T) {
	g := wire.Generations{Current: 5, Past: [format.PastGenerations]format.Generation{4, 3, 2, 1}}
	if got, err := wire.DecodeGenerations(g.Encode()); err != nil || got != g {
		t.Errorf("%+v, %v", got, err)
	}
	for _, b := range [][]byte{nil, make([]byte, 40), g.Encode()[1:]} {
		if got, err := wire.DecodeGenerations(b); !errors.Is(err, wire.ErrFrame) {
			t.Errorf("% x: %+v, %v", b, got, err)
		}
	}
}

// FuzzRead: whatever comes from a connection is read or refused, within bounds; what is read is what was sent.
func FuzzRead(f *testing.F) {
	f.Add(wire.Frame{Type: wire.Write, Session: 1, Term: 2, Sequence: 3, Offset: 4, Payload: []byte("data")}.Append(nil))
	f.Add(wire.Frame{Type: wire.Hello, Payload: greeting.Encode()}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		frame, err := wire.Read(r)
		if err != nil {
			return
		}
		if read := b[:len(b)-r.Len()]; !bytes.Equal(frame.Append(nil), read) {
			t.Errorf("% x becomes %+v", read, frame)
		}
	})
}

// FuzzGreeting: the same for what stands in a Hello and in a SyncEnd.
func FuzzGreeting(f *testing.F) {
	f.Add(greeting.Encode())
	f.Add(wire.Generations{Current: 1}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if g, err := wire.DecodeGreeting(b); err == nil && !bytes.Equal(g.Encode(), b) {
			t.Errorf("% x becomes %+v", b, g)
		}
		if g, err := wire.DecodeGenerations(b); err == nil && !bytes.Equal(g.Encode(), b) {
			t.Errorf("% x becomes %+v", b, g)
		}
	})
}
