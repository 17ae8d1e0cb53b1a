// Package pki is the server's own certificate authority: made at the first start, it signs the server's certificate
// and those of the agents, and tells a good client from a revoked one.
package pki

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long certificates last. The CA outlives the machines that trust it; the others are short, because they renew themselves.
const (
	caLife     = 20 * 365 * 24 * time.Hour
	serverLife = 90 * 24 * time.Hour
	agentLife  = 90 * 24 * time.Hour
	// backdate lets clocks differ: a node whose clock is behind must not find a new certificate "not yet valid".
	backdate = time.Hour
)

// The files in Options.Dir. Keys are 0600; who has ca.key can become any agent.
const (
	caKeyFile      = "ca.key"
	caFile         = "ca.crt"
	serverPairFile = "server.pem" // certificate and key in one file, so that no crash can part them
)

// Options say where the authority lives and whom it serves.
type Options struct {
	Dir   string   // made with 0700 where it is missing
	Names []string // DNS names and IP addresses under which agents and browsers reach the server
	// Revoked says whether a certificate, named by its serial, has been revoked. It is asked at each request of an agent.
	Revoked func(serial string) bool
	Now     func() time.Time // time.Now where nil
	Log     *slog.Logger     // silent where nil
}

// Authority is the certificate authority with the server's own certificate.
type Authority struct {
	o   Options
	ca  *x509.Certificate
	key crypto.Signer

	mu     sync.Mutex // guards server
	server *tls.Certificate
}

// Open reads the authority in o.Dir, or makes it where there is none.
func Open(o Options) (*Authority, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Revoked == nil {
		o.Revoked = func(string) bool { return false }
	}
	if len(o.Names) == 0 {
		return nil, errors.New("pki: the server needs at least one name or address for its certificate")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for certificates: %w", err)
	}
	a := &Authority{o: o}
	if err := a.openCA(); err != nil {
		return nil, err
	}
	if _, err := a.serverCertificate(); err != nil {
		return nil, err
	}
	return a, nil
}

// openCA reads the CA, or makes it. The key is written first: a key without a certificate means that nobody has ever seen
// the certificate, so making it (again) does no harm. A certificate without its key is never replaced in silence,
// because every agent has pinned it.
func (a *Authority) openCA() error {
	keyPath, certPath := filepath.Join(a.o.Dir, caKeyFile), filepath.Join(a.o.Dir, caFile)
	key, err := readKey(keyPath)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if _, err := os.Stat(certPath); err == nil {
			return fmt.Errorf("%s is there but its key %s is not: restore the key from a backup; a new authority would lock out every enrolled agent", certPath, keyPath)
		}
		if key, err = makeKey(); err != nil {
			return err
		}
		if err := writeKey(keyPath, key); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	a.key = key
	cert, err := readCertificate(certPath)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if cert, err = a.makeCA(); err != nil {
			return err
		}
		if err := writeFile(certPath, certificatePEM(cert.Raw), 0o644); err != nil {
			return err
		}
		a.o.Log.Info("certificate authority made", "file", certPath, "sha256", fingerprint(cert.Raw))
	case err != nil:
		return err
	}
	if !samePublicKey(cert.PublicKey, key.Public()) {
		return fmt.Errorf("%s does not belong to %s", keyPath, certPath)
	}
	a.ca = cert
	return nil
}

func (a *Authority) makeCA() (*x509.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := a.o.Now()
	t := &x509.Certificate{
		SerialNumber: serial,
		// Two servers' authorities must not look alike in a list of trusted certificates.
		Subject:               pkix.Name{Organization: []string{"Hawser"}, CommonName: "Hawser CA " + serial.Text(16)[:8]},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(caLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, a.key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("sign CA certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// Fingerprint returns the SHA-256 of the CA's certificate (DER), hexadecimal. It is what an agent is told at enrolment.
func (a *Authority) Fingerprint() string { return fingerprint(a.ca.Raw) }

// PEM returns the CA's certificate.
func (a *Authority) PEM() []byte { return certificatePEM(a.ca.Raw) }

// Certificate returns the CA's certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.ca }

// Signer returns the CA's key, for what is signed beside certificates: the end of the audit log.
func (a *Authority) Signer() crypto.Signer { return a.key }

// Ends are the ends of the authority's certificate and of the server's own.
func (a *Authority) Ends() map[string]time.Time {
	ends := map[string]time.Time{"ca": a.ca.NotAfter}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server != nil && a.server.Leaf != nil {
		ends["server"] = a.server.Leaf.NotAfter
	}
	return ends
}

// Pool returns a pool with nothing but the CA in it, for clients in the same process.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.ca)
	return pool
}

// TLS returns the configuration of the one listener. Browsers have no certificate, agents have one: it is verified where
// it is given, and Identify demands it on the agents' routes.
func (a *Authority) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		ClientAuth: tls.VerifyClientCertIfGiven,
		ClientCAs:  a.Pool(),
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return a.serverCertificate()
		},
	}
}

// Run renews the server's certificate in time, so that a quiet server does not do it within somebody's handshake.
// It ends when ctx does.
func (a *Authority) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if _, err := a.serverCertificate(); err != nil {
				a.o.Log.Error("cannot renew the server's certificate", "err", err)
			}
		}
	}
}

// serverCertificate returns the certificate in force. It is made anew at two thirds of its life and when the names
// changed; between, it is kept on disk, because people accept it in their browsers.
func (a *Authority) serverCertificate() (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server != nil && a.fresh(a.server.Leaf) {
		return a.server, nil
	}
	path := filepath.Join(a.o.Dir, serverPairFile)
	if a.server == nil {
		if pair, err := a.readPair(path); err == nil {
			a.server = pair
			return pair, nil
		}
	}
	pair, err := a.makeServerPair(path)
	if err != nil {
		// One that is about to expire is better than none.
		if a.server != nil && a.o.Now().Before(a.server.Leaf.NotAfter) {
			a.o.Log.Error("cannot renew the server's certificate", "err", err)
			return a.server, nil
		}
		return nil, err
	}
	a.server = pair
	return pair, nil
}

func (a *Authority) fresh(c *x509.Certificate) bool {
	now := a.o.Now()
	return now.Before(RenewAt(c)) && !now.Before(c.NotBefore)
}

func (a *Authority) readPair(path string) (*tls.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, err
	}
	if err := pair.Leaf.CheckSignatureFrom(a.ca); err != nil {
		return nil, err
	}
	if !a.fresh(pair.Leaf) {
		return nil, errors.New("due for renewal")
	}
	if dns, ips := splitNames(a.o.Names); !slices.Equal(pair.Leaf.DNSNames, dns) || !slices.EqualFunc(pair.Leaf.IPAddresses, ips, net.IP.Equal) {
		return nil, errors.New("made for other names")
	}
	return &pair, nil
}

func (a *Authority) makeServerPair(path string) (*tls.Certificate, error) {
	key, err := makeKey()
	if err != nil {
		return nil, err
	}
	dns, ips := splitNames(a.o.Names)
	cert, err := a.sign(&x509.Certificate{
		Subject:     pkix.Name{Organization: []string{"Hawser"}, CommonName: a.o.Names[0]},
		DNSNames:    dns,
		IPAddresses: ips,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, key.Public(), serverLife)
	if err != nil {
		return nil, err
	}
	keyPEM, err := keyPEM(key)
	if err != nil {
		return nil, err
	}
	// The CA is part of the chain that is sent: an agent that has only its fingerprint finds it there.
	data := slices.Concat(certificatePEM(cert.Raw), certificatePEM(a.ca.Raw), keyPEM)
	if err := writeFile(path, data, 0o600); err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, fmt.Errorf("read back the server's certificate: %w", err)
	}
	a.o.Log.Info("server certificate made", "names", strings.Join(a.o.Names, ","), "expires", cert.NotAfter)
	return &pair, nil
}

// sign fills in serial and validity and signs.
func (a *Authority) sign(t *x509.Certificate, public crypto.PublicKey, life time.Duration) (*x509.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := a.o.Now()
	t.SerialNumber, t.NotBefore, t.NotAfter = serial, now.Add(-backdate), now.Add(life)
	if t.NotAfter.After(a.ca.NotAfter) {
		t.NotAfter = a.ca.NotAfter
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.ca, public, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign certificate for %s: %w", t.Subject.CommonName, err)
	}
	return x509.ParseCertificate(der)
}

// RenewAt is when a certificate is due for renewal: two thirds of its life are over.
func RenewAt(c *x509.Certificate) time.Time {
	return c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) * 2 / 3)
}

// splitNames parts DNS names from addresses, each sorted, so that an order that changed is no change.
func splitNames(names []string) (dns []string, ips []net.IP) {
	var addresses []string
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			addresses = append(addresses, ip.String())
		} else {
			dns = append(dns, n)
		}
	}
	slices.Sort(dns)
	slices.Sort(addresses)
	for _, s := range slices.Compact(addresses) {
		ip := net.ParseIP(s)
		if v4 := ip.To4(); v4 != nil {
			ip = v4
		}
		ips = append(ips, ip)
	}
	return slices.Compact(dns), ips
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func makeKey() (crypto.Signer, error) {
	// P-256 and not Ed25519: browsers refuse the latter in server certificates.
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return key, nil
}

func newSerial() (*big.Int, error) {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("make serial: %w", err)
	}
	b[0] = b[0]&0x7f | 0x40 // positive, and always of the same length
	return new(big.Int).SetBytes(b), nil
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func keyPEM(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func samePublicKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}
