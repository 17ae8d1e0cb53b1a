package uplink

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"hawser/internal/fault"
)

// Identity is who this agent is: what enrolment gave it. The file holds the private key and is 0600.
type Identity struct {
	Host        string `json:"host"`
	Server      string `json:"server"`      // https://name:port
	Certificate string `json:"certificate"` // PEM
	Key         string `json:"key"`         // PEM
	CA          string `json:"ca"`          // PEM
}

func identityPath(dir string) string { return filepath.Join(dir, "identity.json") }

// ReadIdentity returns who the agent with this state folder is, or a NotFound fault where it has not enrolled.
func ReadIdentity(dir string) (Identity, error) {
	var id Identity
	err := readJSON(identityPath(dir), &id)
	if errors.Is(err, os.ErrNotExist) {
		return Identity{}, fault.New(fault.NotFound, "agent.not_enrolled", "this host has not enrolled yet: run hawser-agent enroll")
	}
	return id, err
}

// pair returns the certificate with its key, for TLS.
func (id Identity) pair() (tls.Certificate, error) {
	pair, err := tls.X509KeyPair([]byte(id.Certificate), []byte(id.Key))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read own certificate: %w", err)
	}
	return pair, nil
}

// tls returns the configuration with which the agent talks to its server, and to no other.
func (id Identity) tls() (*tls.Config, error) {
	pair, err := id.pair()
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(id.CA)) {
		return nil, errors.New("read the server's CA: no certificate in it")
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Certificates: []tls.Certificate{pair}}, nil
}

// renewAt is when two thirds of the certificate's life are over.
func (id Identity) renewAt() (renew, end time.Time, err error) {
	pair, err := id.pair()
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	c := pair.Leaf
	return c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) * 2 / 3), c.NotAfter, nil
}

// parseServer reads the server's address as a person gives it.
func parseServer(server string) (*url.URL, error) {
	var fields fault.Fields
	u, err := url.Parse(server)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		fields.Add("server", "enrol.server_invalid", "is not an address like https://server:8443", "server", server)
	case u.Scheme != "https":
		fields.Add("server", "enrol.server_not_https", "must begin with https://", "server", server)
	case (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil || u.Fragment != "":
		fields.Add("server", "enrol.server_invalid", "is not an address like https://server:8443", "server", server)
	}
	if err := fields.Err(); err != nil {
		return nil, err
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func makeKey() (key crypto.Signer, keyPEM string, err error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", fmt.Errorf("make key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, "", fmt.Errorf("encode key: %w", err)
	}
	return k, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

func readKey(keyPEM string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(keyPEM))
	if block == nil {
		return nil, errors.New("read key: no PEM in it")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("read key: a %T cannot sign", key)
	}
	return signer, nil
}

func makeRequest(key crypto.Signer) (string, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return "", fmt.Errorf("make signing request: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

func parseCertificates(data string) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	for rest := []byte(data); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return list, nil
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
}
