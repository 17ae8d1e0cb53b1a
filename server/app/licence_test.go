package app_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/testkit"
	"hawser/licensing"
	"hawser/licensing/activation"
	"hawser/licensing/ukey/pkcs11"
	"hawser/server/app"
	"hawser/server/config"
)

// The test's own program is hawser-ukey where this is set.
const ukeyHelper = "HAWSER_TEST_UKEY"

func TestMain(m *testing.M) {
	if os.Getenv(ukeyHelper) == "" {
		os.Exit(m.Run())
	}
	if err := pkcs11.Serve(os.Stdin, os.Stdout); err != nil {
		os.Exit(1)
	}
}

// licensed is a server on a machine that is made up, whose vendor is the test.
func licensed(t *testing.T, c config.Config) (s *server, token string, vendor ed25519.PrivateKey) {
	t.Helper()
	t.Setenv("HAWSER_ADMIN_PASSWORD", "correct horse battery")
	public, vendor, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for file, text := range map[string]string{
		"sys/class/dmi/id/product_uuid": "4c4c4544-0042-3510-8052-b4c04f4e4d32", "etc/machine-id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
	} {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = startWith(t, c, app.Options{Vendor: []ed25519.PublicKey{public}, Machine: root})
	return s, s.login("correct horse battery"), vendor
}

func today() licensing.Day { return licensing.DayOf(time.Now()) }

// TestLicence: a request, the vendor's answer and the licence in force, over the true interface; and what is not signed is refused.
func TestLicence(t *testing.T) {
	s, token, vendor := licensed(t, configure(t, t.TempDir()))
	var l api.License
	get := func() api.License {
		t.Helper()
		l = api.License{}
		if f := s.call("GET", "/api/v1/license", token, nil, &l); f != nil {
			t.Fatal(f)
		}
		return l
	}
	if get(); l.State != api.LicenseTrialRuns || l.Development || l.DaysLeft != 60 {
		t.Errorf("at first: %+v", l)
	}
	var asked api.LicenseRequest
	if f := s.call("POST", "/api/v1/license/requests", token, api.NewLicenseRequest{Customer: "Bank", Nodes: 48}, &asked); f != nil {
		t.Fatal(f)
	}
	r, err := activation.ParseRequest(asked.Text)
	if err != nil {
		t.Fatal(err)
	}
	one := licensing.Licence{
		Number: 7, Customer: r.Customer, Kind: licensing.Node, Nodes: r.Nodes, Issued: today(), From: today(), Request: r.ID(), Machine: r.Machine,
	}
	activate := func(key ed25519.PrivateKey) *fault.Error {
		code := activation.ForLicence(one, ed25519.Sign(key, one.Text())).Text()
		return s.call("POST", "/api/v1/license/activate", token, api.ActivateLicense{Text: code}, nil)
	}
	_, mine, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if f := activate(mine); f == nil || f.Reason != "licence.signature" {
		t.Errorf("signed by somebody else: %v", f)
	}
	if f := activate(vendor); f != nil {
		t.Fatal(f)
	}
	if get(); l.State != api.LicenseValid || l.InForce == nil || l.InForce.Number != 7 || l.InForce.Nodes != 48 || !l.Until.IsZero() {
		t.Errorf("activated: %+v", l)
	}
	var entries api.Page[api.AuditEntry]
	if f := s.call("GET", "/api/v1/audit", token, nil, &entries); f != nil {
		t.Fatal(f)
	}
	if e := entries.Items[0]; e.Action != "license.activate" || e.Object != "7" || e.Outcome != "ok" {
		t.Errorf("audit entry %+v", e)
	}
}

// TestUkeyLicence: a token of SoftHSM proves its licence through the true helper; its PIN is neither in the database nor told by anybody.
func TestUkeyLicence(t *testing.T) {
	testkit.Need(t, "softhsm")
	const pin = "pin-24681357"
	soft := testkit.NewSoftToken(t, "hawser", pin)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	soft.Import(t, "a1", key)
	for _, v := range soft.Env {
		if name, value, _ := strings.Cut(v, "="); name == "SOFTHSM2_CONF" {
			t.Setenv(name, value)
		}
	}
	t.Setenv(ukeyHelper, "serve")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c, err := config.Parse(fmt.Appendf(nil, "dataDir: %s\nlisten: ['127.0.0.1:0']\nnames: [localhost, 127.0.0.1]\nagentAddress: https://127.0.0.1:1\n"+
		"licence: {ukey: {module: %s, token: hawser, helper: %s, every: 10s}}\n", dir, testkit.SoftModule(), self))
	if err != nil {
		t.Fatal(err)
	}
	s, token, vendor := licensed(t, c)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	one := licensing.Licence{Number: 9, Customer: "Bank", Kind: licensing.Ukey, Issued: today(), From: today(), Token: sha256.Sum256(der)}
	in := api.ActivateLicense{Text: string(licensing.Document(one, ed25519.Sign(vendor, one.Text()))), Kind: "ukey"}
	if f := s.call("POST", "/api/v1/license/activate", token, in, nil); f == nil || f.Reason != "licence.no_pin" {
		t.Errorf("without a PIN: %v", f)
	}
	secret := pin
	var u api.LicenseUkey
	if f := s.call("PUT", "/api/v1/license/ukey", token, api.SetLicenseUkey{PIN: &secret}, &u); f != nil || u.Token != "hawser" {
		t.Fatalf("%+v, %v", u, f)
	}
	if f := s.call("POST", "/api/v1/license/activate", token, in, nil); f != nil {
		t.Fatal(f)
	}
	look := func() (l api.License) {
		t.Helper()
		if f := s.call("PUT", "/api/v1/license/ukey", token, api.SetLicenseUkey{}, nil); f != nil {
			t.Fatal(f)
		}
		if f := s.call("GET", "/api/v1/license", token, nil, &l); f != nil {
			t.Fatal(f)
		}
		return l
	}
	if l := look(); l.State != api.LicenseValid || l.InForce.Number != 9 || l.Ukey.Proved.IsZero() {
		t.Errorf("while it is there: %+v", l)
	}
	soft.Pull(t)
	if l := look(); l.State != api.LicenseGrace || l.Ukey.Fault == nil || l.Ukey.Fault.Reason != "ukey.absent" {
		t.Errorf("pulled out: %+v", l)
	}
	soft.Plug(t)
	if l := look(); l.State != api.LicenseValid {
		t.Errorf("put in again: %+v", l)
	}
	s.stop()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && strings.Contains(string(data), pin) {
			t.Errorf("the PIN stands in %s", file)
		}
	}
}

// TestNoVendorInConfiguration: whom licences are taken from cannot be said in the configuration.
func TestNoVendorInConfiguration(t *testing.T) {
	for _, key := range []string{"vendor: x", "licence: {vendor: x}", "licence: {vendorKey: x}", "licence: {key: x}", "licence: {trust: x}"} {
		if _, err := config.Parse([]byte(key + "\n")); err == nil || !strings.Contains(err.Error(), "unknown key") {
			t.Errorf("%s: %v", key, err)
		}
	}
}
