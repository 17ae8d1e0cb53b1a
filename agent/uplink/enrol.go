package uplink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// requestWait bounds enrolment and renewal, the TLS handshake included.
const requestWait = 30 * time.Second

// Enrolment is what a person gives to make this host a member.
type Enrolment struct {
	Dir      string // state folder, made with 0700 where it is missing
	Server   string // https://name:port
	Token    string
	CASHA256 string // SHA-256 of the CA's certificate, hexadecimal; colons and capitals are let through
	Facts    ha.Facts
	// Again replaces an identity that is there already.
	Again bool
}

// attempt is an enrolment that may have reached the server. It keeps the key, so that asking again with the same token
// after a lost answer is recognised as the same host.
type attempt struct {
	TokenSHA256 string `json:"tokenSha256"`
	Key         string `json:"key"`
}

// Enrol makes this host a member of the server and returns its ID. The token is sent only after the server has shown
// the CA whose fingerprint was given.
func Enrol(ctx context.Context, e Enrolment) (host string, err error) {
	server, pin, err := e.check()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(e.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make state folder: %w", err)
	}
	held, err := lock(e.Dir)
	if err != nil {
		return "", fault.New(fault.Conflict, "agent.running", "the agent runs on %s: stop it first: %w", e.Dir, err).With("dir", e.Dir)
	}
	defer held.Close()
	if id, err := ReadIdentity(e.Dir); err == nil && !e.Again {
		return "", fault.New(fault.Conflict, "agent.enrolled", "this host is enrolled at %s already; --again replaces that", id.Server).With("server", id.Server)
	}
	try, err := e.attempt()
	if err != nil {
		return "", err
	}
	key, err := readKey(try.Key)
	if err != nil {
		return "", err
	}
	csr, err := makeRequest(key)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	var answer wire.EnrolAnswer
	err = post(ctx, pinned(pin), server.String()+wire.PathEnrol, wire.EnrolRequest{Token: e.Token, CSR: csr, Facts: e.Facts}, &answer)
	if err != nil {
		return "", err
	}
	id := Identity{Host: answer.Host, Server: server.String(), Certificate: answer.Certificate, Key: try.Key, CA: answer.CA}
	if err := id.accept(pin); err != nil {
		return "", err
	}
	if err := e.settle(id); err != nil {
		return "", err
	}
	return id.Host, nil
}

func (e Enrolment) attemptPath() string { return filepath.Join(e.Dir, "enrolling.json") }

// attempt returns the key to enrol with: the one of an earlier try with this token, or a new one. It is on disk before it is used.
func (e Enrolment) attempt() (attempt, error) {
	sum := sha256.Sum256([]byte(e.Token))
	token := hex.EncodeToString(sum[:])
	var a attempt
	if err := readJSON(e.attemptPath(), &a); err == nil && a.TokenSHA256 == token {
		return a, nil
	}
	_, keyPEM, err := makeKey()
	if err != nil {
		return attempt{}, err
	}
	a = attempt{TokenSHA256: token, Key: keyPEM}
	return a, writeJSON(e.attemptPath(), a)
}

// settle writes the identity. What an earlier identity left behind is of another host and goes away first.
func (e Enrolment) settle(id Identity) error {
	if old, err := ReadIdentity(e.Dir); err != nil || old.Host != id.Host {
		for _, path := range []string{spoolPath(e.Dir), journalPath(e.Dir)} {
			if err := os.RemoveAll(path); err != nil {
				return fmt.Errorf("clear the state of an earlier enrolment: %w", err)
			}
		}
	}
	if err := writeJSON(identityPath(e.Dir), id); err != nil {
		return err
	}
	return removeFile(e.attemptPath())
}

func (e Enrolment) check() (server *url.URL, pin string, err error) {
	var fields fault.Fields
	if e.Token == "" {
		fields.Add("token", "field.required", "a token is needed")
	}
	pin = strings.ToLower(strings.ReplaceAll(e.CASHA256, ":", ""))
	if raw, err := hex.DecodeString(pin); err != nil || len(raw) != sha256.Size {
		fields.Add("caSha256", "enrol.fingerprint_invalid", "is not a SHA-256: 64 hexadecimal digits")
	}
	u, err := parseServer(e.Server)
	if f, is := errors.AsType[*fault.Error](err); is {
		fields = append(fields, f.Fields...)
	}
	if err := fields.Err(); err != nil {
		return nil, "", err
	}
	return u, pin, nil
}

// accept checks what the server gave before it is written: a certificate for our key, by the CA that was pinned.
func (id Identity) accept(pin string) error {
	pair, err := id.pair() // fails where the certificate is not for the key
	if err != nil {
		return fault.New(fault.Failed, "enrol.answer_invalid", "the server's answer is not usable: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(id.CA)) || !pool.Equal(poolOf(id.CA, pin)) {
		return fault.New(fault.Failed, "enrol.answer_invalid", "the server's answer holds another CA than the one that was pinned")
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, CurrentTime: pair.Leaf.NotBefore}); err != nil {
		return fault.New(fault.Failed, "enrol.answer_invalid", "the server's answer is not usable: %w", err)
	}
	return nil
}

// pinned returns the TLS configuration of a client that knows of its server nothing but the fingerprint of its CA: the
// chain that the server sends must hold that very CA, and lead to it for the name that was dialled.
func pinned(pin string) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection below is the stricter check
		VerifyConnection: func(state tls.ConnectionState) error {
			roots, others, found := x509.NewCertPool(), x509.NewCertPool(), false
			for _, c := range state.PeerCertificates[1:] {
				if sum := sha256.Sum256(c.Raw); hex.EncodeToString(sum[:]) == pin {
					roots.AddCert(c)
					found = true
				} else {
					others.AddCert(c)
				}
			}
			if !found {
				last := sha256.Sum256(state.PeerCertificates[len(state.PeerCertificates)-1].Raw)
				got := hex.EncodeToString(last[:])
				return fault.New(fault.Denied, "enrol.fingerprint_mismatch", "the server's CA has the fingerprint %s, not %s: this is not the server that made the token; the token was not sent", got, pin).
					With("got", got, "want", pin)
			}
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, DNSName: state.ServerName})
			if err != nil {
				return fault.New(fault.Denied, "enrol.server_name", "the server's certificate is not good for the address that was dialled: %w", err).With("server", state.ServerName)
			}
			return nil
		},
	}
}

// poolOf returns a pool of those certificates in data that have the fingerprint.
func poolOf(data, pin string) *x509.CertPool {
	pool := x509.NewCertPool()
	certs, err := parseCertificates(data)
	if err != nil {
		return pool
	}
	for _, c := range certs {
		if sum := sha256.Sum256(c.Raw); hex.EncodeToString(sum[:]) == pin {
			pool.AddCert(c)
		}
	}
	return pool
}

// post sends body and reads the answer, or the fault that the server gave.
func post(ctx context.Context, conf *tls.Config, address string, body, answer any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(data))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	return call(conf, q, answer)
}

// call sends a request to the server and reads its answer.
func call(conf *tls.Config, q *http.Request, answer any) error {
	address := q.URL.Scheme + "://" + q.URL.Host
	// No proxy from the environment: a node talks to its server by the way that was given, and to nothing else.
	transport := &http.Transport{TLSClientConfig: conf, TLSHandshakeTimeout: 10 * time.Second, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Do(q)
	if err != nil {
		if f, is := errors.AsType[*fault.Error](err); is {
			return f
		}
		return fault.New(fault.Unreachable, "server.unreachable", "the server at %s does not answer: %w", address, err).With("server", address)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return fault.New(fault.Unreachable, "server.unreachable", "the server at %s broke off: %w", address, err).With("server", address)
	}
	if r.StatusCode != http.StatusOK {
		return faultIn(data, r.StatusCode)
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return fault.New(fault.Failed, "server.not_hawser", "what answers at %s is not a Hawser server: %w", address, err).With("server", address)
	}
	return nil
}

func faultIn(body []byte, status int) error {
	var f fault.Error
	if err := json.Unmarshal(body, &f); err != nil || f.Code == "" || f.Reason == "" {
		return fault.New(fault.Failed, "server.not_hawser", "what answers is not a Hawser server: HTTP status %d", status).With("status", fmt.Sprint(status))
	}
	return &f
}
