package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hawser/cli"
	"hawser/licensing/activation"
	"hawser/licensing/qr"
)

func code() string { return activation.Activation{Number: 42, Issued: 1, From: 1}.Text() }

// TestActivate: a code is taken from the command line, from a file, from a picture and from whoever types it; one with a typing error
// never reaches the server, and the message says which group it is.
func TestActivate(t *testing.T) {
	p := signedIn(t)
	dir := t.TempDir()
	text, image, wrong := filepath.Join(dir, "code"), filepath.Join(dir, "code.png"), filepath.Join(dir, "wrong")
	picture, err := qr.PNG(code())
	if err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{text: []byte(code() + "\n"), image: picture, wrong: {0xff, 0xfe, 0x00}} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{strings.ToLower(code())}, {"--from", text}, {"--from", image}} {
		if out := p.must(append([]string{"license", "activate"}, args...)...); !strings.Contains(out, "This licence counts from now on") {
			t.Errorf("%v: %s", args, out)
		}
	}
	p.terminal, p.typed = true, code()+"\n"
	p.must("license", "activate")
	p.terminal, p.typed = false, ""
	sent := len(p.server.requests)
	broken := []byte(code())
	broken[8] = map[bool]byte{true: 'A', false: 'B'}[broken[8] == 'B']
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{string(broken)}, "group 2 "},
		{[]string{code()[:20]}, "end of the code"},
		{[]string{activation.Format([]byte{1, 2, 3})}, "This is the request"},
		{[]string{"--from", wrong}, "not a licence"},
		{[]string{code(), "--from", text}, "exclude"},
		{nil, "code: "},
	} {
		r := p.run(append([]string{"license", "activate"}, c.args...)...)
		if r.code != cli.ExitUsage || !strings.Contains(r.err, c.want) {
			t.Errorf("%v: %d %s", c.args, r.code, r.err)
		}
	}
	if len(p.server.requests) != sent {
		t.Errorf("the server was asked: %q", p.server.requests[sent:])
	}
}

// TestPIN: the PIN is typed or read from standard input, and shown nowhere.
func TestPIN(t *testing.T) {
	p := signedIn(t)
	p.typed = "24681357\n"
	r := p.run("license", "ukey", "--pin")
	if r.code != cli.ExitOK || strings.Contains(r.out+r.err, "24681357") {
		t.Errorf("%d %s%s", r.code, r.out, r.err)
	}
	if last := p.server.requests[len(p.server.requests)-1]; !strings.Contains(last, `"pin":"24681357"`) {
		t.Errorf("the server got %s", last)
	}
}

// TestRequestPicture: the request's QR code is written as a picture, and says the same as the text.
func TestRequestPicture(t *testing.T) {
	p := signedIn(t)
	file := filepath.Join(t.TempDir(), "request.png")
	out := p.must("license", "request", "--customer", "Bank", "--qr", file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := qr.Read(data)
	if err != nil || !strings.Contains(strings.ReplaceAll(out, "\n", "-"), text) {
		t.Errorf("the picture says %q, %v", text, err)
	}
	if r := p.run("license", "request"); r.code != cli.ExitUsage {
		t.Errorf("without a customer: %d %s", r.code, r.err)
	}
}
