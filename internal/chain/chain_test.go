package chain_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/chain"
)

func authority(t testing.TB) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, ca
}

// log makes a log of n entries.
func log(t testing.TB, n int) []api.AuditEntry {
	t.Helper()
	var list []api.AuditEntry
	before := ""
	for i := range n {
		e := api.AuditEntry{ID: int64(i + 1), At: time.Date(2026, 3, 1, 8, 0, i, 1000, time.UTC), Actor: "ann", Action: "node.standby", Object: fmt.Sprint("n", i), Outcome: "ok"}
		var err error
		if e.Hash, err = chain.Hash(before, e); err != nil {
			t.Fatal(err)
		}
		before = e.Hash
		list = append(list, e)
	}
	return list
}

func file(t testing.TB, format api.AuditFormat, entries []api.AuditEntry, head api.AuditHead) string {
	t.Helper()
	var b bytes.Buffer
	w, err := chain.NewWriter(&b, format, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := w.Entry(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(head); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCheck: whatever is done to a file is found, in both forms.
func TestCheck(t *testing.T) {
	key, ca := authority(t)
	entries := log(t, 4)
	sign := func(n int) api.AuditHead {
		h, err := chain.Sign(int64(n), entries[n-1].Hash, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), key)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	head := sign(4)
	otherKey, _ := authority(t)
	foreign, err := chain.Sign(4, entries[3].Hash, head.At, otherKey)
	if err != nil {
		t.Fatal(err)
	}
	later := head
	later.At = later.At.Add(time.Hour)
	changed := slices.Clone(entries)
	changed[1].Outcome = "denied"
	for _, format := range []api.AuditFormat{api.AuditJSONL, api.AuditCSV} {
		whole := file(t, format, entries, head)
		lines := strings.SplitAfter(strings.TrimSuffix(whole, "\n"), "\n")
		without := func(i int) string { return strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "") }
		last := len(lines) - 1
		for name, c := range map[string]struct {
			file  string
			older []api.AuditHead
			want  string // the reason, "format" for a file that is none, "" for one that holds
		}{
			"Whole":         {whole, []api.AuditHead{sign(2)}, ""},
			"Changed":       {file(t, format, changed, head), nil, chain.Changed},
			"EntryGone":     {without(last - 2), nil, chain.Missing},
			"LastEntryGone": {without(last - 1), nil, chain.Cut},
			"EndGone":       {without(last), nil, chain.Cut},
			"BeginGone":     {without(last - 5), nil, "format"},
			"OlderEnd":      {file(t, format, entries[:2], sign(2)), nil, ""},
			"CutSinceThen":  {file(t, format, entries[:2], sign(2)), []api.AuditHead{head}, chain.Cut},
			"OtherLog":      {whole, []api.AuditHead{{Entries: 2, Hash: "00"}}, chain.Other},
			"ForeignEnd":    {file(t, format, entries, foreign), nil, chain.Signature},
			"EndDatedAnew":  {file(t, format, entries, later), nil, chain.Signature},
			"Twice":         {whole + whole, nil, "format"},
			"Broken":        {whole[:len(whole)/2], nil, "any"},
			"Empty":         {"", nil, "format"},
			"Else":          {"hello\n", nil, "format"},
		} {
			t.Run(fmt.Sprint(format, name), func(t *testing.T) {
				got, broken, err := chain.Check(strings.NewReader(c.file), ca, c.older...)
				switch {
				case c.want == "format":
					if !errors.Is(err, chain.ErrFormat) {
						t.Errorf("got %+v, err %v", broken, err)
					}
				case c.want == "any":
					if err == nil && broken == nil {
						t.Error("it holds")
					}
				case err != nil:
					t.Error(err)
				case c.want == "":
					if broken != nil || got.First != 1 || got.Head.Entries == 0 {
						t.Errorf("got %+v, %+v", got, broken)
					}
				case broken == nil || broken.Reason != c.want:
					t.Errorf("got %+v, want %s", broken, c.want)
				}
			})
		}
		if h, err := chain.HeadOf(strings.NewReader(whole), ca); err != nil || h.Entries != 4 || h.Hash != head.Hash {
			t.Errorf("head %+v, err %v", h, err)
		}
		if _, err := chain.HeadOf(strings.NewReader(file(t, format, entries, foreign)), ca); !errors.Is(err, chain.ErrFormat) {
			t.Errorf("a foreign head: %v", err)
		}
	}
}

// FuzzCheck: a file from outside never does more than not hold.
func FuzzCheck(f *testing.F) {
	key, ca := authority(f)
	entries := log(f, 2)
	head, err := chain.Sign(2, entries[1].Hash, time.Now(), key)
	if err != nil {
		f.Fatal(err)
	}
	for _, format := range []api.AuditFormat{api.AuditJSONL, api.AuditCSV} {
		whole := file(f, format, entries, head)
		f.Add(whole)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, broken, err := chain.Check(strings.NewReader(text), ca)
		if err == nil && broken == nil && c.Head.Hash != head.Hash {
			t.Errorf("a log that nobody has signed holds: %q", text)
		}
	})
}
