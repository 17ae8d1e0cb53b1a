package pki

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"regexp"
	"time"

	"hawser/internal/fault"
)

// hostPattern is what an ID of a host may be: it becomes a DNS name in the certificate.
var hostPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Issued is a certificate that was signed for an agent.
type Issued struct {
	PEM     []byte
	Serial  string // hexadecimal
	Expires time.Time
}

// Request is a certificate signing request that was read and found to be signed with its own key.
type Request struct {
	csr *x509.CertificateRequest
}

// ReadRequest reads a signing request (PEM). What it says of names is ignored: the server names its agents.
func ReadRequest(data string) (Request, error) {
	block, rest := pem.Decode([]byte(data))
	if block == nil || block.Type != "CERTIFICATE REQUEST" || len(rest) > 0 {
		return Request{}, badRequest()
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || csr.CheckSignature() != nil {
		return Request{}, badRequest()
	}
	return Request{csr}, nil
}

// Key returns the SHA-256 of the public key, hexadecimal.
func (r Request) Key() string { return fingerprint(r.csr.RawSubjectPublicKeyInfo) }

func badRequest() error {
	var f fault.Fields
	f.Add("csr", "enrol.csr_invalid", "is not a certificate signing request in PEM")
	return f.Err()
}

// SignAgent signs a certificate with which the agent of that host may connect.
func (a *Authority) SignAgent(r Request, host string) (Issued, error) {
	if !hostPattern.MatchString(host) {
		return Issued{}, fault.New(fault.Internal, "internal", "host ID %q does not fit into a certificate", host)
	}
	cert, err := a.sign(&x509.Certificate{
		Subject:     pkix.Name{Organization: []string{agentUnit}, CommonName: host},
		DNSNames:    []string{host},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, r.csr.PublicKey, agentLife)
	if err != nil {
		return Issued{}, err
	}
	return Issued{PEM: certificatePEM(cert.Raw), Serial: cert.SerialNumber.Text(16), Expires: cert.NotAfter}, nil
}

// agentUnit marks certificates of agents, so that a client certificate for another purpose never becomes an agent.
const agentUnit = "Hawser agent"

// Identity is who an agent is.
type Identity struct {
	Host    string
	Serial  string // hexadecimal
	RenewBy time.Time
}

// Identify says which agent is at the other end. It demands a certificate that this authority signed for an agent,
// that is in force now, and that is not revoked. A long connection is asked again: certificates expire under it.
func (a *Authority) Identify(state *tls.ConnectionState) (Identity, error) {
	if state == nil || len(state.VerifiedChains) == 0 {
		return Identity{}, fault.New(fault.Anonymous, "agent.certificate_missing", "this address is for enrolled agents: no certificate of this server's authority was presented")
	}
	leaf := state.VerifiedChains[0][0]
	if len(leaf.Subject.Organization) != 1 || leaf.Subject.Organization[0] != agentUnit {
		return Identity{}, fault.New(fault.Denied, "agent.certificate_kind", "the certificate is not one of an agent")
	}
	host, serial := leaf.Subject.CommonName, leaf.SerialNumber.Text(16)
	// A connection may have been open, or a TLS session resumed, since before the certificate's end.
	if now := a.o.Now(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return Identity{}, fault.New(fault.Anonymous, "agent.certificate_expired", "the certificate of host %s has expired; enrol it again", host).With("host", host)
	}
	if a.o.Revoked(serial) {
		return Identity{}, fault.New(fault.Denied, "host.revoked", "the certificate of host %s is revoked; enrol it again", host).With("host", host)
	}
	return Identity{Host: host, Serial: serial, RenewBy: RenewAt(leaf)}, nil
}
