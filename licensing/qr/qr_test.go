package qr_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"hawser/internal/fault"
	"hawser/licensing"
	"hawser/licensing/activation"
	"hawser/licensing/machine"
	"hawser/licensing/qr"
)

// longest is the longest request that there can be.
func longest(t testing.TB) string {
	t.Helper()
	var p machine.Print
	for c := range p {
		n := 1
		if c >= int(machine.Network) {
			n = machine.MaxHashes
		}
		for i := range n {
			p[c] = append(p[c], machine.Hash{byte(c), byte(i), 0xa5, 0x5a, 0xff, 0x99})
		}
	}
	r, err := activation.NewRequest(strings.Repeat("授权", licensing.MaxName/6), 65535, 65535, p)
	if err != nil {
		t.Fatal(err)
	}
	return r.Text()
}

// TestPicture: what is shown can be read again, also from a photograph: larger, grey, turned, with something around it.
func TestPicture(t *testing.T) {
	text := longest(t)
	picture, err := qr.PNG(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := qr.Read(picture); err != nil || got != text {
		t.Fatalf("got %q, %v", got, err)
	}
	code, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	side := code.Bounds().Dx()
	photo := image.NewGray(image.Rect(0, 0, side+300, side+200))
	draw.Draw(photo, photo.Bounds(), image.NewUniform(color.Gray{180}), image.Point{}, draw.Src)
	for y := range side {
		for x := range side {
			v := color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y
			photo.SetGray(120+side-1-y, 80+x, color.Gray{40 + v/255*170}) // turned by a right angle
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photo, &jpeg.Options{Quality: 70}); err != nil {
		t.Fatal(err)
	}
	if got, err := qr.Read(b.Bytes()); err != nil || got != text {
		t.Errorf("a photograph: got %q, %v", got, err)
	}
}

// TestEveryPicture: each picture of an activation code can be read. The finder alone misses about one of a hundred.
func TestEveryPicture(t *testing.T) {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	random := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		text := []byte(strings.Repeat("00000-", 27))
		for i := range text {
			if text[i] != '-' {
				text[i] = letters[random.IntN(len(letters))]
			}
		}
		picture, err := qr.PNG(string(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := qr.Read(picture); err != nil || got != string(text) {
			t.Errorf("%s: got %q, %v", text, got, err)
		}
	}
}

// TestTerminal: the longest request fits into a terminal of 80 columns.
func TestTerminal(t *testing.T) {
	drawn, err := qr.Terminal(longest(t), false)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(drawn, "\n"), "\n")
	if w := len([]rune(lines[0])); w > 80 || len(lines) > 41 {
		t.Errorf("%d columns, %d lines", w, len(lines))
	}
	coloured, err := qr.Terminal("x", true)
	if err != nil || !strings.HasPrefix(coloured, "\x1b[97;40m█") || !strings.HasSuffix(coloured, "\x1b[0m\n") {
		t.Errorf("got %q, %v", coloured, err)
	}
}

func TestNoPicture(t *testing.T) {
	blank := func(w, h int) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, c := range []struct {
		name    string
		picture []byte
		reason  string
	}{
		{"nothing", nil, "licence.picture"},
		{"text", []byte("hello"), "licence.picture"},
		{"too many bytes", make([]byte, qr.MaxPicture+1), "licence.picture_large"},
		{"too many points", blank(5000, 4000), "licence.picture_large"},
		{"no code in it", blank(200, 200), "licence.picture_empty"},
		{"one point", blank(1, 1), "licence.picture_empty"},
	} {
		if _, err := qr.Read(c.picture); err == nil || fault.Public(err).Reason != c.reason {
			t.Errorf("%s: got %v, want %s", c.name, err, c.reason)
		}
	}
}

func FuzzRead(f *testing.F) {
	picture, err := qr.PNG("HAWSER")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(picture)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := qr.Read(data); err != nil && fault.CodeOf(err) != fault.Invalid {
			t.Fatalf("no fault for a user: %v", err)
		}
	})
}
