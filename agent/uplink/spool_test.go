package uplink_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hawser/agent/uplink"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// enrolled makes a state folder as enrolment leaves it, for a server that does not answer.
func enrolled(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "h1"}, NotBefore: time.Now(), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	data, err := json.Marshal(uplink.Identity{
		Host: "h1", Server: "https://127.0.0.1:1", Certificate: certPEM, CA: certPEM,
		Key: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})),
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "identity.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, dir string) *uplink.Link {
	t.Helper()
	l, err := uplink.Open(uplink.Options{
		Dir: dir, Facts: func() ha.Facts { return ha.Facts{} },
		Execute: func(context.Context, wire.Command, func(wire.Progress)) (json.RawMessage, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func tell(t *testing.T, l *uplink.Link, keys ...string) {
	t.Helper()
	var events []wire.Event
	for _, k := range keys {
		severity := ha.Critical
		if strings.HasPrefix(k, "info") {
			severity = ha.Info
		}
		events = append(events, wire.Event{Key: k, Change: ha.Change{Kind: ha.NodeLost, Severity: severity, Object: k}})
	}
	if err := l.Tell(events...); err != nil {
		t.Fatal(err)
	}
}

// waiting returns what a new process finds in the spool.
func waiting(t *testing.T, dir string) (keys []string, seqs []uint64) {
	t.Helper()
	l := open(t, dir)
	defer l.Close()
	for _, e := range l.Waiting() {
		keys = append(keys, e.Key)
		seqs = append(seqs, e.Seq)
	}
	return keys, seqs
}

func TestSpoolSurvivesAPowerCutAnywhere(t *testing.T) {
	dir := enrolled(t)
	l := open(t, dir)
	var ends []int // sizes of the file after each event
	path := filepath.Join(dir, "events.spool")
	for i := range 6 {
		tell(t, l, fmt.Sprint("k", i))
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, int(info.Size()))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := ends[2]; cut <= len(whole); cut += 7 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		complete := 0
		for _, end := range ends {
			if end <= cut {
				complete++
			}
		}
		l := open(t, dir)
		tell(t, l, "after")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		keys, seqs := waiting(t, dir)
		if len(keys) != complete+1 || keys[complete] != "after" || seqs[complete] != uint64(complete+1) {
			t.Fatalf("cut at %d of %d: %v %v, want %d events and the one after", cut, len(whole), keys, seqs, complete)
		}
	}
}

// TestSpoolRottenLine: a block that the disk has lost does not hide what comes after it.
func TestSpoolRottenLine(t *testing.T) {
	dir := enrolled(t)
	l := open(t, dir)
	tell(t, l, "a", "b", "c")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "events.spool")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), `"key":"b"`, `"key":"x"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if keys, _ := waiting(t, dir); fmt.Sprint(keys) != "[a c]" {
		t.Errorf("got %v, want a and c", keys)
	}
}

func TestSpoolTellsOnce(t *testing.T) {
	dir := enrolled(t)
	l := open(t, dir)
	tell(t, l, "a", "b", "a")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	tell(t, l, "b", "c") // derived again after a crash
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if keys, seqs := waiting(t, dir); fmt.Sprint(keys, seqs) != "[a b c] [1 2 3]" {
		t.Errorf("got %v %v", keys, seqs)
	}
}

// TestSpoolBounded: when it is full the mild ones go, oldest first.
func TestSpoolBounded(t *testing.T) {
	dir := enrolled(t)
	l := open(t, dir)
	var keys []string
	for i := range 10_000 {
		if i%2 == 0 {
			keys = append(keys, fmt.Sprint("info", i))
		} else {
			keys = append(keys, fmt.Sprint("critical", i))
		}
	}
	tell(t, l, keys...)
	tell(t, l, "new1", "new2")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got, _ := waiting(t, dir)
	if len(got) != 10_000 || got[0] != "critical1" || got[1] != "critical3" || got[9_999] != "new2" {
		t.Errorf("%d events, from %v to %s", len(got), got[:2], got[len(got)-1])
	}
}

func TestOneAgentAtATime(t *testing.T) {
	dir := enrolled(t)
	l := open(t, dir)
	o := uplink.Options{Dir: dir, Facts: func() ha.Facts { return ha.Facts{} }}
	if second, err := uplink.Open(o); err == nil {
		second.Close()
		t.Error("two agents on one state folder")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
