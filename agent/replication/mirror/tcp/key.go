package tcp

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// MinKey is how long a volume's key must be. It is random, so guessing it from what a stranger may learn of the certificate is hopeless.
const MinKey = 32

// ErrShortKey is a key that might be guessed.
var ErrShortKey = errors.New("the key is shorter than 32 bytes")

// ErrKey is a peer that does not have the key.
var ErrKey = errors.New("the peer does not know the key")

// config makes TLS 1.3 of the shared key: both sides derive the same Ed25519 identity from it, and take no other. crypto/tls has no
// pre-shared keys of TLS's own.
func config(key []byte) (*tls.Config, error) {
	if len(key) < MinKey {
		return nil, ErrShortKey
	}
	seed, err := hkdf.Key(sha256.New, key, nil, "hawser mirror tls 1", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	private := ed25519.NewKeyFromSeed(seed)
	public, ok := private.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("no Ed25519 key")
	}
	// The clock decides nothing: the certificate is valid for ever, and its times are not looked at.
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(nil, template, template, public, private)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}},
		ClientAuth: tls.RequireAnyClientCert, SessionTicketsDisabled: true,
		DynamicRecordSizingDisabled: true, // whole frames are waited for, not their beginnings
		InsecureSkipVerify:          true, //nolint:gosec // VerifyConnection asks for more than a chain: this very key
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) != 1 || !public.Equal(s.PeerCertificates[0].PublicKey) {
				return ErrKey
			}
			return nil
		},
	}, nil
}
