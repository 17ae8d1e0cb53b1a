package licence_test

import (
	"context"
	"crypto/ed25519"
	"slices"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/licensing"
	"hawser/licensing/activation"
	"hawser/licensing/machine"
	"hawser/server/licence"
)

var start = time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)

// world is a server with its vendor, on a machine that a test changes, at a time that a test sets.
type world struct {
	*licence.Licences
	t       *testing.T
	vendor  ed25519.PrivateKey
	now     time.Time
	machine machine.Print
	use     api.LicenseUse
	token   *token
	options licence.Options

	mu      sync.Mutex
	secrets map[string][]byte
	broken  error
	writes  int
}

func (w *world) Secret(_ context.Context, name string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return nil, w.broken
	}
	if b, is := w.secrets[name]; is {
		return b, nil
	}
	return nil, fault.New(fault.NotFound, "secret.not_found", "none")
}

func (w *world) PutSecret(_ context.Context, name string, value []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes++
	w.secrets[name] = slices.Clone(value)
	return w.broken
}

func hashes(n ...byte) (p machine.Print) {
	for c := range p {
		p[c] = []machine.Hash{{byte(c), n[c%len(n)]}}
	}
	return p
}

func newWorld(t *testing.T, change ...func(*licence.Options)) *world {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, vendor: private, now: start, machine: hashes(1), secrets: map[string][]byte{}, token: &token{key: [32]byte{7}, pin: "1234", in: true}}
	w.options = licence.Options{
		Store: w, Keys: []ed25519.PublicKey{public}, Machine: func() machine.Print { return w.machine }, Now: func() time.Time { return w.now },
		Use: func(context.Context) (api.LicenseUse, error) { return w.use, nil }, Token: w.token, Module: "/token.so", Grace: 72 * time.Hour, Every: time.Minute,
	}
	for _, c := range change {
		c(&w.options)
	}
	w.restart()
	return w
}

// restart is a new server on the same database.
func (w *world) restart() {
	w.t.Helper()
	w.Licences = licence.New(w.options)
	if err := w.Load(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// pass lets time pass while the server runs.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	if err := w.Beat(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

const day = 24 * time.Hour

func (w *world) status() api.License {
	w.t.Helper()
	s, err := w.Status(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// allowed says why something may not be added; nothing where it may.
func (w *world) allowed(g ha.Growth) string {
	w.t.Helper()
	err := w.Growth(w.t.Context(), g)
	if err == nil {
		return ""
	}
	if fault.CodeOf(err) != fault.Unlicensed {
		w.t.Errorf("barred by %v, which is not about the licence", err)
	}
	return fault.Public(err).Reason
}

var more = ha.Growth{Resources: 1}

func (w *world) want(what, state, barred string) api.License {
	w.t.Helper()
	s := w.status()
	got := ""
	if s.Barred != nil {
		got = s.Barred.Reason
	}
	if s.State != state || got != barred || w.allowed(more) != barred {
		w.t.Errorf("%s: state %s, barred %q, growth %q; want %s, %q", what, s.State, got, w.allowed(more), state, barred)
	}
	return s
}

func dayOf(t time.Time) licensing.Day { return licensing.DayOf(t) }

// site is a site licence from today for so many days.
func (w *world) site(number uint32, days int) licensing.Licence {
	return licensing.Licence{
		Number: number, Customer: "Bank", Kind: licensing.Site, Site: "Building 7", Nodes: 4, Clusters: 2, Features: []string{licensing.FeatureRemote},
		Issued: dayOf(w.now), From: dayOf(w.now), Until: dayOf(w.now.Add(time.Duration(days-1) * day)),
	}
}

func (w *world) document(l licensing.Licence) string {
	return string(licensing.Document(l, ed25519.Sign(w.vendor, l.Text())))
}

func (w *world) give(l licensing.Licence) (api.LicenseActivated, error) {
	return w.Activate(w.t.Context(), "admin", api.ActivateLicense{Text: w.document(l)})
}

func (w *world) mustGive(l licensing.Licence) api.LicenseActivated {
	w.t.Helper()
	out, err := w.give(l)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// code asks for a licence and has the vendor answer.
func (w *world) code(number uint32, days int) string {
	w.t.Helper()
	asked, err := w.Request(w.t.Context(), "admin", api.NewLicenseRequest{Customer: "Bank", Nodes: 40})
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := activation.ParseRequest(asked.Text)
	if err != nil {
		w.t.Fatal(err)
	}
	l := w.site(number, days)
	l.Kind, l.Site, l.Request, l.Machine, l.Nodes = licensing.Node, "", r.ID(), r.Machine, r.Nodes
	return activation.ForLicence(l, ed25519.Sign(w.vendor, l.Text())).Text()
}

func reason(err error) string {
	if f := fault.Public(err); f != nil {
		return f.Reason
	}
	return ""
}
