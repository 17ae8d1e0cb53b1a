package licensing_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/licensing"
	"hawser/licensing/machine"
)

func newKey(t testing.TB) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, private
}

func day(t testing.TB, text string) licensing.Day {
	t.Helper()
	d, ok := licensing.ParseDay(text)
	if !ok {
		t.Fatalf("%q is no day", text)
	}
	return d
}

func site(t testing.TB) licensing.Licence {
	return licensing.Licence{
		Number: 7, Customer: "滨海市商业银行", Kind: licensing.Site, Site: "上海同城机房", Nodes: 40, Features: []string{licensing.FeatureRemote},
		Issued: day(t, "2026-11-29"), From: day(t, "2026-12-01"), Until: day(t, "2027-12-31"),
	}
}

// examples are one licence of each kind.
func examples(t testing.TB) []licensing.Licence {
	trial, node, ukey := site(t), site(t), site(t)
	trial.Kind, trial.Site, trial.Until, trial.Features = licensing.Trial, "", licensing.Never, nil
	node.Kind, node.Site = licensing.Node, ""
	node.Request = [16]byte{1, 2, 3}
	node.Machine[machine.UUID] = []machine.Hash{{1}}
	node.Machine[machine.Network] = []machine.Hash{{2}, {3}}
	ukey.Kind, ukey.Site, ukey.Token = licensing.Ukey, "", [32]byte{9}
	return []licensing.Licence{site(t), trial, node, ukey}
}

func signed(l licensing.Licence, key ed25519.PrivateKey) []byte {
	return licensing.Document(l, ed25519.Sign(key, l.Text()))
}

func TestDocument(t *testing.T) {
	public, private := newKey(t)
	other, _ := newKey(t)
	for _, l := range examples(t) {
		doc := signed(l, private)
		got, err := licensing.Open(doc, []ed25519.PublicKey{other, public})
		if err != nil || !bytes.Equal(got.Text(), l.Text()) {
			t.Errorf("%s: got %+v, %v", l.Kind, got, err)
		}
		if !licensing.IsDocument(string(doc)) || licensing.IsDocument("0ABCDE-12345") {
			t.Errorf("%s: a document is not told from a code", l.Kind)
		}
		// What mail programs do to it is no harm.
		crlf := append([]byte("\ufeff"), bytes.ReplaceAll(doc, []byte("\n"), []byte("\r\n"))...)
		if _, err := licensing.Open(append(crlf, "\r\n\r\n"...), []ed25519.PublicKey{public}); err != nil {
			t.Errorf("%s with other line ends: %v", l.Kind, err)
		}
	}
}

// TestForged: no byte of a document can be changed. It is not even enough to change the text and the signature of somebody else's.
func TestForged(t *testing.T) {
	public, private := newKey(t)
	_, mine := newKey(t)
	keys := []ed25519.PublicKey{public}
	doc := signed(site(t), private)
	for i := range doc {
		for _, flip := range []byte{1, 0x20} {
			bad := bytes.Clone(doc)
			bad[i] ^= flip
			if l, err := licensing.Open(bad, keys); err == nil && !bytes.Equal(l.Text(), site(t).Text()) {
				t.Fatalf("byte %d: %q is taken", i, bad[i])
			} else if err == nil {
				t.Fatalf("byte %d: %q is taken, and says the same", i, bad[i])
			}
		}
	}
	if _, err := licensing.Open(signed(site(t), mine), keys); fault.Public(err).Reason != "licence.signature" {
		t.Errorf("signed by somebody else: %v", err)
	}
	if _, err := licensing.Open(doc, nil); fault.Public(err).Reason != "licence.development" {
		t.Errorf("a build without a key: %v", err)
	}
}

func TestRefused(t *testing.T) {
	public, private := newKey(t)
	doc := string(signed(site(t), private))
	for _, c := range []struct{ name, text, reason string }{
		{"empty", "", "licence.not_one"},
		{"something else", "hello", "licence.not_one"},
		{"another product", strings.Replace(doc, "Hawser", "Anchor Pro", 1), "licence.other_product"},
		{"a newer version", strings.Replace(doc, "licence 1", "licence 2", 1), "licence.other_version"},
		{"a line is missing", strings.Replace(doc, "nodes: 40\n", "", 1), "licence.line"},
		{"a line twice", strings.Replace(doc, "nodes: 40\n", "nodes: 40\nnodes: 40\n", 1), "licence.line"},
		{"cut off", doc[:len(doc)-20], "licence.line"},
		{"no signature", doc[:strings.Index(doc, "signature")], "licence.line"},
		{"more behind it", doc + "nodes: 41\n", "licence.line"},
		{"a number that is none", strings.Replace(doc, "nodes: 40", "nodes: forty", 1), "licence.line"},
		{"the same number otherwise", strings.Replace(doc, "nodes: 40", "nodes: 040", 1), "licence.malformed"},
		{"no such day", strings.Replace(doc, "2027-12-31", "2027-02-30", 1), "licence.line"},
		{"ends before it begins", strings.Replace(doc, "2027-12-31", "2026-01-01", 1), "licence.malformed"},
		{"an unknown kind", strings.Replace(doc, "kind: site", "kind: free", 1), "licence.line"},
		{"an unknown feature", strings.Replace(doc, "features: remote", "features: all", 1), "licence.malformed"},
		{"a name of two lines", strings.Replace(doc, "上海同城机房", "上海\u2028机房", 1), "licence.malformed"},
		{"too long", doc + strings.Repeat(" ", licensing.MaxDocument), "licence.malformed"},
	} {
		_, err := licensing.Open([]byte(c.text), []ed25519.PublicKey{public})
		if f := fault.Public(err); f == nil || f.Reason != c.reason {
			t.Errorf("%s: got %v, want %s", c.name, err, c.reason)
		}
	}
}

func TestHolds(t *testing.T) {
	l := site(t)
	for at, reason := range map[string]string{
		"2026-11-30T23:59:59Z": "licence.early", "2026-12-01T00:00:00Z": "", "2027-12-31T23:59:59Z": "", "2028-01-01T00:00:00Z": "licence.expired",
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if f := l.Holds(now); f != nil {
			got = f.Reason
		}
		if got != reason {
			t.Errorf("%s: got %q, want %q", at, got, reason)
		}
	}
	l.Until = licensing.Never
	if f := l.Holds(time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)); f != nil {
		t.Errorf("without an end: %v", f)
	}
}

func TestDays(t *testing.T) {
	for text, want := range map[string]licensing.Day{"2020-01-01": 1, "2020-12-31": 366, "2026-11-29": 2525} {
		if d := day(t, text); d != want || d.String() != text {
			t.Errorf("%s: got %d %s, want %d", text, d, d, want)
		}
	}
	for _, text := range []string{"2019-12-31", "2026-1-1", "2999-01-01", "", "never"} {
		if d, ok := licensing.ParseDay(text); ok {
			t.Errorf("%q is taken for day %d", text, d)
		}
	}
}

func TestCompare(t *testing.T) {
	few, any, longer := licensing.Licence{Nodes: 4, Until: 3000}, licensing.Licence{Until: 3000}, licensing.Licence{Nodes: 4}
	if licensing.Compare(few, any) >= 0 || licensing.Compare(few, longer) >= 0 || licensing.Compare(any, longer) <= 0 {
		t.Error("any number is to be more than four, never is to be longer than a day, and nodes come first")
	}
}

func TestParseKeys(t *testing.T) {
	public, _ := newKey(t)
	text := base64.StdEncoding.EncodeToString(public)
	if keys, err := licensing.ParseKeys(text + ", " + text); err != nil || len(keys) != 2 || !keys[1].Equal(public) {
		t.Errorf("got %v, %v", keys, err)
	}
	for _, bad := range []string{"x", text[:20], text + ",", "AAAA"} {
		if _, err := licensing.ParseKeys(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if keys, err := licensing.VendorKeys(); err != nil || keys != nil {
		t.Errorf("this test is a development build, and trusts %v, %v", keys, err)
	}
}

// FuzzDocument: whatever is read is written again as it was, so that nothing can stand in a document that its signature does not cover.
func FuzzDocument(f *testing.F) {
	_, private := newKey(f)
	for _, l := range examples(f) {
		f.Add(signed(l, private))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, signature, err := licensing.Parse(data)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatalf("no fault for a user: %v", err)
			}
			return
		}
		again, _, err := licensing.Parse(licensing.Document(l, signature))
		if err != nil || !bytes.Equal(again.Text(), l.Text()) {
			t.Fatalf("written %q, read again %v", l.Text(), err)
		}
		if !bytes.Contains(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), l.Text()) {
			t.Fatalf("%q was read as %q", data, l.Text())
		}
	})
}
