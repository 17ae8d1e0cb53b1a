package live_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hawser/agent/engine/live"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

const (
	certsDir = "/etc/kaiwudb/certs"
	kwbase   = "/usr/local/kaiwudb/bin/kwbase"
)

// issuer is the database's tool: it makes certificates as the real one does, with the authority's key that it is pointed at.
type issuer struct {
	t      *testing.T
	serial int64
	until  time.Time
}

// pair makes a certificate with its key; signed by itself where there is no authority.
func (i *issuer) pair(names []string, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (cert, key []byte) {
	i.t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.serial++
	c := &x509.Certificate{SerialNumber: big.NewInt(i.serial), Subject: pkix.Name{CommonName: "node"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: i.until}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, name)
		}
	}
	if ca == nil {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
		ca, caKey = c, own
	}
	der, err := x509.CreateCertificate(rand.Reader, c, ca, &own.PublicKey, caKey)
	if err != nil {
		i.t.Fatal(err)
	}
	text, err := x509.MarshalECPrivateKey(own)
	if err != nil {
		i.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: text})
}

// run is "cert create-node NAME… --certs-dir=DIR --ca-key=KEY". It refuses to replace what is there.
func (i *issuer) run(_ context.Context, c run.Command) run.Output {
	dir, keyFile := "", ""
	var names []string
	for _, a := range c.Args[2:] {
		if value, is := strings.CutPrefix(a, "--certs-dir="); is {
			dir = value
		} else if value, is := strings.CutPrefix(a, "--ca-key="); is {
			keyFile = value
		} else {
			names = append(names, a)
		}
	}
	blocks := make([][]byte, 2)
	for n, path := range []string{filepath.Join(dir, "ca.crt"), keyFile} {
		data, err := os.ReadFile(path)
		if err != nil {
			return run.Output{Code: 1, Stderr: []byte(err.Error())}
		}
		block, _ := pem.Decode(data)
		blocks[n] = block.Bytes
	}
	ca, err := x509.ParseCertificate(blocks[0])
	if err != nil {
		i.t.Fatal(err)
	}
	key, err := x509.ParseECPrivateKey(blocks[1])
	if err != nil {
		i.t.Fatal(err)
	}
	cert, own := i.pair(names, ca, key)
	for name, data := range map[string][]byte{"node.crt": cert, "node.key": own} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return run.Output{Code: 1, Stderr: []byte(name + " already exists")}
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			i.t.Fatal(err)
		}
	}
	return run.Output{}
}

// tree is what a directory holds: names, modes and contents.
func tree(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	text := ""
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		text += e.Name() + " " + info.Mode().String()
		if !e.IsDir() {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			text += " " + string(data)
		}
		text += "\n"
	}
	return text
}

// TestCertificates has the database's tool make certificates on the node with the authority's key, installs them on another one that had some
// already, puts those back, and installs them for good. The authority's key stays where it is, and no key is in an argument.
func TestCertificates(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	tool := &issuer{t: t, until: time.Now().Add(240 * time.Hour)}
	programs := &run.Fake{}
	host := func(name string) (*live.Driver, string) {
		root := t.TempDir()
		programs.Program(filepath.Join(root, kwbase), tool.run)
		d, err := live.New(live.Options{Runner: programs, Node: name, Root: root})
		if err != nil {
			t.Fatal(err)
		}
		return d, root
	}
	one, rootOne := host("n1")
	two, rootTwo := host("n2")
	ask := wire.InspectServiceArgs{CertsDir: certsDir, CAKey: "/etc/kaiwudb/private/ca.key", Names: []string{"n1", "n2", "192.0.2.10"}}
	state := func(d *live.Driver) *ha.CertificatesState {
		t.Helper()
		s, err := d.InspectService(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		return s.Certificates
	}
	order := wire.MakeCertificatesArgs{Binary: kwbase, Dir: certsDir, CAKey: ask.CAKey, Names: ask.Names}
	if s := state(one); s.Fit() || s.CAKey || s.Authority != "" || !slices.Equal(s.Missing, ask.Names) {
		t.Errorf("a host without any: %+v", s)
	}
	if _, err := one.MakeCertificates(t.Context(), order); fault.Public(err) == nil || fault.Public(err).Reason != "database.no_authority" {
		t.Errorf("without an authority: %v", err)
	}

	ca, caKey := tool.pair(nil, nil, nil)
	client, clientKey := []byte("the client's certificate\n"), []byte("the client's key\n")
	for name, data := range map[string][]byte{"certs/ca.crt": ca, "private/ca.key": caKey, "certs/client.root.crt": client, "certs/client.root.key": clientKey} {
		write(t, rootOne, "/etc/kaiwudb/"+name, string(data))
	}
	before := tree(t, filepath.Join(rootOne, certsDir))
	files, err := one.MakeCertificates(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	if now := tree(t, filepath.Join(rootOne, certsDir)); now != before {
		t.Errorf("making has changed what is in place:\n%s\n%s", before, now)
	}
	var names []string
	for name, data := range files {
		names = append(names, name)
		if bytes.Contains(data, caKey) {
			t.Errorf("%s holds the authority's key", name)
		}
	}
	slices.Sort(names)
	if want := []string{"ca.crt", "client.root.crt", "client.root.key", "node.crt", "node.key"}; !slices.Equal(names, want) {
		t.Errorf("made %v, want %v", names, want)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	// What n2 had comes back, byte for byte; done twice is done once.
	write(t, rootTwo, certsDir+"/ca.crt", "another authority")
	write(t, rootTwo, certsDir+"/node.key", "an old key")
	if err := os.Chmod(filepath.Join(rootTwo, certsDir, "node.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	before = tree(t, filepath.Join(rootTwo, certsDir))
	for range 2 {
		if err := two.InstallCertificates(t.Context(), certsDir, files); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := state(one), state(two); !b.Fit() || b.CAKey || b.Authority != a.Authority || b.Until == "" {
		t.Errorf("installed on n2: %+v; n1 has %+v", b, a)
	}
	for range 2 {
		if err := two.SettleCertificates(t.Context(), certsDir, true); err != nil {
			t.Fatal(err)
		}
	}
	if now := tree(t, filepath.Join(rootTwo, certsDir)); now != before {
		t.Errorf("put back: was\n%s\nis\n%s", before, now)
	}
	owner := os.Geteuid()
	if owner == 0 { // the files have the owner of their directory: the database's user
		owner = 1234
		if err := os.Chown(filepath.Join(rootTwo, certsDir), owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	if err := two.InstallCertificates(t.Context(), certsDir, files); err != nil {
		t.Fatal(err)
	}
	if err := two.SettleCertificates(t.Context(), certsDir, false); err != nil {
		t.Fatal(err)
	}
	if err := two.SettleCertificates(t.Context(), certsDir, true); err != nil { // nothing is left to put back
		t.Fatal(err)
	}
	for name, want := range files {
		path := filepath.Join(rootTwo, certsDir, name)
		data, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(data, want) {
			t.Errorf("%s: %v", name, err)
		}
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, ".key") {
			mode = 0o600
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s has mode %v, %v; want %v", name, info.Mode(), err, mode)
		}
		if st, is := info.Sys().(*syscall.Stat_t); !is || int(st.Uid) != owner {
			t.Errorf("%s belongs to %d, want %d", name, st.Uid, owner)
		}
	}
	if text := tree(t, filepath.Join(rootTwo, certsDir)); strings.Contains(text, ".hawser") {
		t.Errorf("left behind:\n%s", text)
	}

	// Certificates for fewer names, and those that have ended, do not do.
	ask.Names = append(ask.Names, "192.0.2.11")
	if s := state(two); s.Fit() || !slices.Equal(s.Missing, []string{"192.0.2.11"}) {
		t.Errorf("with one more name: %+v", s)
	}
	ask.Names = order.Names
	tool.until = time.Now().Add(-time.Minute)
	if files, err = one.MakeCertificates(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	if err := two.InstallCertificates(t.Context(), certsDir, files); err != nil {
		t.Fatal(err)
	}
	if s := state(two); s.Fit() || !s.Expired {
		t.Errorf("ended: %+v", s)
	}
	for _, c := range programs.Seen() {
		line := c.Name + " " + strings.Join(c.Args, " ")
		for _, secret := range [][]byte{caKey, clientKey, files["node.key"]} {
			if strings.Contains(line, strings.TrimSpace(string(secret))) {
				t.Errorf("a key is in the arguments: %s", line)
			}
		}
	}
}

// TestCertificatesRefused: what the tool says is what the user is told, and nothing of it stays.
func TestCertificatesRefused(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	root := t.TempDir()
	programs := &run.Fake{}
	programs.Program(filepath.Join(root, kwbase), func(context.Context, run.Command) run.Output {
		return run.Output{Code: 1, Stderr: []byte("the key does not match\n")}
	})
	d, err := live.New(live.Options{Runner: programs, Node: "n1", Root: root})
	if err != nil {
		t.Fatal(err)
	}
	write(t, root, certsDir+"/ca.crt", "ca")
	_, err = d.MakeCertificates(t.Context(), wire.MakeCertificatesArgs{Binary: kwbase, Dir: certsDir, CAKey: certsDir + "/ca.key", Names: []string{"n1"}})
	if f := fault.Public(err); f == nil || f.Reason != "database.certificates_failed" || !strings.Contains(f.Args["why"], "the key does not match") {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestServiceDirectory: a directory that somebody uses is not taken away, and a file is none.
func TestServiceDirectory(t *testing.T) {
	root := t.TempDir()
	d, err := live.New(live.Options{Runner: &run.Fake{}, Node: "n1", Root: root})
	if err != nil {
		t.Fatal(err)
	}
	has := func(want bool) {
		t.Helper()
		if got, err := d.HasDirectory(t.Context(), "/var/lib/kwdb"); err != nil || got != want {
			t.Errorf("it is there: %v, %v; want %v", got, err, want)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	has(false)
	do(d.MakeDirectory(t.Context(), "/var/lib/kwdb"))
	has(true)
	write(t, root, "/var/lib/kwdb/data", "x")
	do(d.RemoveDirectory(t.Context(), "/var/lib/kwdb"))
	has(true)
	do(os.Remove(filepath.Join(root, "/var/lib/kwdb/data")))
	for range 2 {
		do(d.RemoveDirectory(t.Context(), "/var/lib/kwdb"))
		has(false)
	}
	write(t, root, "/var/lib/kwdb", "a file")
	if _, err := d.HasDirectory(t.Context(), "/var/lib/kwdb"); fault.Public(err) == nil || fault.Public(err).Reason != "database.no_directory" {
		t.Errorf("a file: %v", err)
	}
}
