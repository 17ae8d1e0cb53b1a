package activation_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hawser/internal/fault"
	"hawser/licensing"
	"hawser/licensing/activation"
	"hawser/licensing/machine"
)

func reason(err error) string {
	if f := fault.Public(err); f != nil {
		return f.Reason
	}
	return ""
}

func print() (p machine.Print) {
	p[machine.UUID] = []machine.Hash{{1, 2, 3}}
	p[machine.Network] = []machine.Hash{{4}, {5}}
	return p
}

func request(t testing.TB) activation.Request {
	t.Helper()
	r, err := activation.NewRequest("滨海市商业银行", 48, 0, print())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "data")
		text := activation.Format(data)
		for _, way := range []string{text, strings.ToLower(text), strings.ReplaceAll(text, "-", ""), strings.ReplaceAll(text, "-", " \n"), wide(text)} {
			got, err := activation.Parse(way)
			if err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%q: got %x, %v, want %x", way, got, err, data)
			}
		}
	})
}

// wide writes as a Chinese keyboard does.
func wide(text string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, text)
}

// TestTypingErrors: every character that is wrong, every two in a group that have changed places, and every two groups that have, are
// noticed; and the groups that are named are those.
func TestTypingErrors(t *testing.T) {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	data := bytes.Repeat([]byte{0x5a, 0x13, 0xc7, 0x08, 0xe9}, 17)[:84]
	text := activation.Format(data)
	groups := strings.Split(text, "-")
	if len(groups) != 27 || len(groups[0]) != 6 {
		t.Fatalf("%d groups of %d", len(groups), len(groups[0]))
	}
	wrong := func(what, text, want string) {
		t.Helper()
		_, err := activation.Parse(text)
		f := fault.Public(err)
		if f == nil || f.Reason != "licence.code_groups" || f.Args["groups"] != want {
			t.Fatalf("%s: got %v %v, want groups %s", what, err, f, want)
		}
	}
	at := func(i int) string { return []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}[i] }
	for g := range 10 {
		for i := range 6 {
			for _, l := range letters {
				changed := []byte(text)
				if p := g*7 + i; changed[p] != byte(l) {
					changed[p] = byte(l)
					wrong("one character", string(changed), at(g))
				}
			}
			for k := i + 1; k < 6; k++ {
				changed := []byte(text)
				p, q := g*7+i, g*7+k
				if changed[p] != changed[q] {
					changed[p], changed[q] = changed[q], changed[p]
					wrong("two have changed places", string(changed), at(g))
				}
			}
		}
	}
	for g := range 9 {
		swapped := strings.Split(text, "-")
		swapped[g], swapped[g+1] = swapped[g+1], swapped[g]
		wrong("two groups have changed places", strings.Join(swapped, "-"), at(g)+", "+at(g+1))
	}
	short := strings.Split(text, "-")
	short[4] = short[4][:5]
	wrong("a character is missing", strings.Join(short, "-"), "5")
	short[4] = "12U45!"
	wrong("what is no letter of a code", strings.Join(short, "-"), "5")
	for _, c := range []struct{ text, reason string }{
		{"", "licence.code_empty"}, {" - ", "licence.code_empty"}, {strings.Repeat("A", 5000), "licence.code_long"},
	} {
		if _, err := activation.Parse(c.text); reason(err) != c.reason {
			t.Errorf("%.20q: got %v, want %s", c.text, err, c.reason)
		}
	}
}

func TestRequest(t *testing.T) {
	r := request(t)
	got, err := activation.ParseRequest(r.Text())
	if err != nil || got.ID() != r.ID() || got.Customer != r.Customer || got.Nodes != 48 || got.Machine.String() != r.Machine.String() {
		t.Errorf("got %+v, %v", got, err)
	}
	if again := request(t); again.ID() == r.ID() {
		t.Error("two requests are the same")
	}
	text := r.Text()
	cut := text[:strings.LastIndex(text, "-")]
	if _, err := activation.ParseRequest(cut); err == nil {
		t.Error("a request without its last group is taken")
	}
	if _, err := activation.NewRequest("", 1, 1, print()); reason(err) != "request.invalid" {
		t.Errorf("without a customer: %v", err)
	}
	if _, err := activation.NewRequest("x", 1, 1, machine.Print{}); reason(err) != "licence.machine_unknown" {
		t.Errorf("of an unknown machine: %v", err)
	}
}

func answer(t testing.TB, r activation.Request, key ed25519.PrivateKey) activation.Activation {
	t.Helper()
	from, _ := licensing.ParseDay("2026-12-01")
	until, _ := licensing.ParseDay("2027-11-30")
	l := licensing.Licence{
		Number: 42, Customer: r.Customer, Kind: licensing.Node, Nodes: 48, Features: []string{licensing.FeatureRemote},
		Issued: from, From: from, Until: until, Request: r.ID(), Machine: r.Machine,
	}
	return activation.ForLicence(l, ed25519.Sign(key, l.Text()))
}

// TestActivation: the code and the request make the licence that the vendor has signed; another request does not.
func TestActivation(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, other := request(t), request(t)
	a := answer(t, r, private)
	got, err := activation.ParseActivation(a.Text())
	if err != nil || got != a {
		t.Fatalf("got %+v, %v", got, err)
	}
	if !got.Answers(r) || got.Answers(other) {
		t.Error("it does not know its request")
	}
	keys := []ed25519.PublicKey{public}
	if err := licensing.Verify(got.Licence(r), got.Signature[:], keys); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*activation.Activation, *activation.Request){
		"more nodes":   func(a *activation.Activation, _ *activation.Request) { a.Nodes = 0 },
		"longer":       func(a *activation.Activation, _ *activation.Request) { a.Until = 0 },
		"a feature":    func(a *activation.Activation, _ *activation.Request) { a.Features = 0 },
		"earlier":      func(a *activation.Activation, _ *activation.Request) { a.From-- },
		"issued later": func(a *activation.Activation, _ *activation.Request) { a.Issued++ },
		"a machine":    func(_ *activation.Activation, r *activation.Request) { r.Machine[machine.UUID][0][0]++ },
		"a customer":   func(_ *activation.Activation, r *activation.Request) { r.Customer = "x" },
	} {
		changed, asked := got, r
		asked.Machine = print()
		change(&changed, &asked)
		if err := licensing.Verify(changed.Licence(asked), changed.Signature[:], keys); reason(err) != "licence.signature" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := activation.ParseActivation(r.Text()); reason(err) != "licence.is_request" {
		t.Errorf("the request in place of the code: %v", err)
	}
	if _, err := activation.ParseRequest(a.Text()); reason(err) != "licence.is_activation" {
		t.Errorf("the code in place of the request: %v", err)
	}
	if _, err := activation.ParseActivation(activation.Format([]byte{9, 9})); reason(err) != "licence.activation_unknown" {
		t.Errorf("something else: %v", err)
	}
	text := a.Text()
	if _, err := activation.ParseActivation(text[:strings.LastIndex(text, "-")]); reason(err) != "licence.code_end" {
		t.Errorf("without the last group: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(activation.Format([]byte("hello")))
	f.Add("0")
	f.Fuzz(func(t *testing.T, text string) {
		data, err := activation.Parse(text)
		if err != nil {
			return
		}
		again, err := activation.Parse(activation.Format(data))
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%q: %x, then %x, %v", text, data, again, err)
		}
	})
}

func FuzzRequest(f *testing.F) {
	f.Add(request(f).Text())
	f.Fuzz(func(t *testing.T, text string) {
		r, err := activation.ParseRequest(text)
		if err != nil {
			return
		}
		if again, err := activation.ParseRequest(r.Text()); err != nil || again.ID() != r.ID() {
			t.Fatalf("%q: %+v, then %v", text, r, err)
		}
	})
}

func FuzzActivation(f *testing.F) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	r := request(f)
	f.Add(answer(f, r, private).Text())
	f.Fuzz(func(t *testing.T, text string) {
		a, err := activation.ParseActivation(text)
		if err != nil {
			return
		}
		if again, err := activation.ParseActivation(a.Text()); err != nil || again != a {
			t.Fatalf("%q: %+v, then %+v, %v", text, a, again, err)
		}
		a.Licence(r).Text()
	})
}
