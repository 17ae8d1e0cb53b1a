package licence_test

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/licensing"
	"hawser/licensing/machine"
	"hawser/licensing/qr"
)

// TestFull: no licence that counts, or may count again, makes room for another; those that have ended do, the oldest first.
func TestFull(t *testing.T) {
	w := newWorld(t)
	short := w.site(1, 10)
	w.mustGive(short)
	for n := range uint32(15) {
		w.mustGive(w.site(2+n, 100+int(n)))
	}
	if _, err := w.give(w.site(17, 100)); reason(err) != "licence.too_many" {
		t.Errorf("the seventeenth: %v", err)
	}
	if tried, err := w.Activate(t.Context(), "admin", api.ActivateLicense{Text: w.document(w.site(17, 100)), Try: true}); reason(err) != "licence.too_many" {
		t.Errorf("the seventeenth, tried: %+v, %v", tried, err)
	}
	w.mustGive(w.site(5, 300)) // in place of its own
	w.pass(20 * day)
	w.mustGive(w.site(17, 100))
	kept := w.status().Kept
	if len(kept) != 16 || slices.ContainsFunc(kept, func(l api.LicenseShown) bool { return l.Number == 1 }) {
		t.Errorf("kept are %+v", kept)
	}
	if _, err := w.give(w.site(18, 100)); reason(err) != "licence.too_many" {
		t.Errorf("one more: %v", err)
	}
}

// TestActivation: a code answers one request of this server on this machine, once.
func TestActivation(t *testing.T) {
	w := newWorld(t)
	code := w.code(5, 365)
	if n := w.status().Waiting; n != 1 {
		t.Errorf("%d requests wait", n)
	}
	tried, err := w.Activate(t.Context(), "admin", api.ActivateLicense{Text: code, Try: true})
	if err != nil || tried.Kept || !tried.InForce || tried.License.Nodes != 40 {
		t.Errorf("tried: %+v, %v", tried, err)
	}
	w.want("only tried", api.LicenseTrialRuns, "")
	picture, err := qr.PNG(code)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := w.Activate(t.Context(), "admin", api.ActivateLicense{Image: picture}); err != nil || out.License.Kind != "node" {
		t.Fatalf("got %+v, %v", out, err)
	}
	if s := w.want("activated", api.LicenseValid, ""); s.Waiting != 0 || s.InForce.Number != 5 {
		t.Errorf("got %+v", s)
	}
	if _, err := w.Activate(t.Context(), "admin", api.ActivateLicense{Text: code}); reason(err) != "licence.other_request" {
		t.Errorf("once more: %v", err)
	}
	w.restart()
	w.want("after a restart", api.LicenseValid, "")
	changed := hashes(1)
	changed[machine.Network], changed[machine.Disk] = nil, []machine.Hash{{9}}
	w.machine = changed
	w.pass(time.Minute)
	w.want("with a new card and a new disk", api.LicenseValid, "")
	w.machine = hashes(2)
	w.pass(time.Minute)
	s := w.want("on another machine, during the trial", api.LicenseTrialRuns, "")
	if s.Kept[0].Fault.Reason != "licence.other_machine" {
		t.Errorf("got %+v", s.Kept[0])
	}
	w.pass(60 * day)
	w.want("on another machine, after it", api.LicenseBarred, "licence.other_machine")
}

// TestRefusedActivation: what is wrong is refused with its reason, and changes nothing.
func TestRefusedActivation(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	forged := w.site(1, 100)
	_, mine, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	code := w.code(3, 100)
	typo := []byte(code)
	typo[14] = map[bool]byte{true: 'A', false: 'B'}[typo[14] == 'B']
	over := w.site(4, 10)
	over.From, over.Until = dayOf(w.now.Add(-20*day)), dayOf(w.now.Add(-10*day))
	node := w.site(5, 100)
	node.Kind, node.Site, node.Machine, node.Request = licensing.Node, "", hashes(8), [16]byte{1}
	for _, c := range []struct {
		name, reason string
		in           api.ActivateLicense
	}{
		{"nothing", "licence.nothing_given", api.ActivateLicense{}},
		{"both", "licence.nothing_given", api.ActivateLicense{Text: "x", Image: []byte("x")}},
		{"no picture", "licence.picture", api.ActivateLicense{Image: []byte("x")}},
		{"signed by somebody else", "licence.signature", api.ActivateLicense{Text: string(licensing.Document(forged, ed25519.Sign(mine, forged.Text())))}},
		{"changed", "licence.signature", api.ActivateLicense{Text: strings.Replace(w.document(forged), "nodes: 4\n", "nodes: 400\n", 1)}},
		{"a typing error", "licence.code_groups", api.ActivateLicense{Text: string(typo)}},
		{"for another server", "licence.other_request", api.ActivateLicense{Text: other.code(3, 100)}},
		{"over", "licence.expired", api.ActivateLicense{Text: w.document(over)}},
		{"for another machine", "licence.other_machine", api.ActivateLicense{Text: w.document(node)}},
		{"of another kind", "licence.other_kind", api.ActivateLicense{Text: w.document(forged), Kind: "ukey"}},
		{"of another product", "licence.other_product", api.ActivateLicense{Text: strings.Replace(w.document(forged), "Hawser", "Anchor", 1)}},
	} {
		if _, err := w.Activate(t.Context(), "admin", c.in); reason(err) != c.reason {
			t.Errorf("%s: got %v, want %s", c.name, err, c.reason)
		}
	}
	if s := w.status(); len(s.Kept) != 0 || s.Waiting != 1 {
		t.Errorf("something was kept: %+v", s)
	}
	if _, err := w.Request(t.Context(), "admin", api.NewLicenseRequest{Customer: " "}); reason(err) != "request.invalid" {
		t.Errorf("a request of nobody: %v", err)
	}
	w.machine = machine.Print{}
	if _, err := w.Request(t.Context(), "admin", api.NewLicenseRequest{Customer: "Bank"}); reason(err) != "licence.machine_unknown" {
		t.Errorf("a request of an unknown machine: %v", err)
	}
}

// TestRequests: a few are kept, the newest first; an older one can still be answered.
func TestRequests(t *testing.T) {
	w := newWorld(t)
	first := w.code(1, 100)
	for range 9 {
		w.code(2, 100)
	}
	list, err := w.Requests(t.Context())
	if err != nil || len(list) != 8 || len(list[0].QR) == 0 || list[0].Customer != "Bank" || list[0].Nodes != 40 {
		t.Fatalf("%d requests, %v", len(list), err)
	}
	if text, err := qr.Read(list[7].QR); err != nil || text != list[7].Text {
		t.Errorf("the picture says %q, %v", text, err)
	}
	if _, err := w.Activate(t.Context(), "admin", api.ActivateLicense{Text: first}); reason(err) != "licence.other_request" {
		t.Errorf("the oldest has gone: %v", err)
	}
}

// TestDevelopment: a build without the vendor's key takes nothing, and what it had taken as another build does not count.
func TestDevelopment(t *testing.T) {
	w := newWorld(t)
	w.mustGive(w.site(1, 1000))
	w.options.Keys = nil
	w.restart()
	if s := w.want("without a key", api.LicenseTrialRuns, ""); !s.Development || s.Kept[0].Fault.Reason != "licence.development" {
		t.Errorf("got %+v", s)
	}
	if _, err := w.give(w.site(2, 100)); reason(err) != "licence.development" {
		t.Errorf("a licence is taken: %v", err)
	}
	w.pass(61 * day)
	w.want("after the trial", api.LicenseBarred, "licence.development")
}
