// Package client calls Hawser's REST interface by the names of its routes.
package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

const (
	// dialTimeout: a server that does not answer a connection within it is called unreachable.
	dialTimeout = 10 * time.Second
	// answerTimeout is longer than any route takes: what takes long answers at once with an operation.
	answerTimeout = 60 * time.Second
	// maxAnswer bounds what is read of an answer; the largest cluster's detail is below 8 MiB.
	maxAnswer = 64 << 20
)

// Options say where the server is and how it is trusted.
type Options struct {
	Server string // for example https://127.0.0.1:8443
	CA     []byte // PEM of the server's CA; without it the system's roots are asked
	Token  string // bearer token of a session; empty before a login
	// Language is sent with every request, for texts that come from the nodes.
	Language string
}

// Client calls the interface. It is safe for concurrent use.
type Client struct {
	base  *url.URL
	token string
	lang  string
	tls   *tls.Config
	http  *http.Client
}

// New returns a client. It does not connect yet.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(o.Server, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && !(base.Scheme == "http" && isLoopback(base.Hostname())) {
		return nil, fault.New(fault.Invalid, "cli.server_invalid", "%q is not the https address of a server", o.Server).With("server", o.Server)
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(o.CA) > 0 {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, fault.New(fault.Invalid, "cli.ca_invalid", "no certificate in the CA file")
		}
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:       conf,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: answerTimeout,
		ForceAttemptHTTP2:     true,
	}
	return &Client{base: base, token: o.Token, lang: o.Language, tls: conf, http: &http.Client{Transport: transport, Timeout: answerTimeout}}, nil
}

// isLoopback allows plain http on this very machine, where a development server may listen.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Request is a call of a route. Path fills the {names} of the route's path.
type Request struct {
	Route string
	Path  map[string]string
	Query url.Values
	Body  any
}

// Do calls a route and reads its answer into out, which may be nil. Every error is a *fault.Error: the server's own, or
// Unreachable where it could not be asked.
func (c *Client) Do(ctx context.Context, r Request, out any) error {
	q, err := c.request(ctx, r)
	if err != nil {
		return err
	}
	answer, err := c.http.Do(q)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return c.unreachable(ctx, err)
	}
	if answer.StatusCode >= 300 {
		return c.faultOf(answer.StatusCode, raw)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fault.New(fault.Internal, "cli.answer_unreadable", "the answer of %s cannot be read: %w", r.Route, err).With("route", r.Route)
	}
	return nil
}

// request makes the request that calls a route.
func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	route, ok := api.RouteNamed(r.Route)
	if !ok {
		panic("client: no route " + r.Route)
	}
	path := route.Path
	for name, value := range r.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	address := c.base.String() + api.Prefix + path
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	var body io.Reader
	if r.Body != nil {
		raw, err := json.Marshal(r.Body)
		if err != nil {
			return nil, fmt.Errorf("encode body of %s: %w", r.Route, err)
		}
		body = bytes.NewReader(raw)
	}
	q, err := http.NewRequestWithContext(ctx, route.Method, address, body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "cli.server_invalid", "%q is not the address of a server: %w", c.base.String(), err).With("server", c.base.String())
	}
	c.head(q.Header)
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	return q, nil
}

// All calls a route that answers with pages, and returns up to limit items of them; 0 means every one.
func All[T any](ctx context.Context, c *Client, r Request, limit int) ([]T, error) {
	items := []T{}
	query := url.Values{}
	for k, v := range r.Query {
		query[k] = v
	}
	for {
		r.Query = query
		var page api.Page[T]
		if err := c.Do(ctx, r, &page); err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if limit > 0 && len(items) >= limit {
			return items[:limit], nil
		}
		if page.Next == "" || page.Next == query.Get("cursor") {
			return items, nil
		}
		query.Set("cursor", page.Next)
	}
}

func (c *Client) head(h http.Header) {
	h.Set("Accept", "application/json")
	h.Set("User-Agent", "hawser-cli")
	if c.lang != "" {
		h.Set("Accept-Language", c.lang)
	}
	if c.token != "" {
		h.Set("Authorization", "Bearer "+c.token)
	}
}

// faultOf reads the fault of an answer; something between us and the server may have answered in its place.
func (c *Client) faultOf(status int, raw []byte) error {
	var e fault.Error
	if err := json.Unmarshal(raw, &e); err == nil && e.Code != "" {
		return &e
	}
	code := map[int]fault.Code{
		http.StatusBadRequest: fault.Invalid, http.StatusUnauthorized: fault.Anonymous, http.StatusForbidden: fault.Denied,
		http.StatusNotFound: fault.NotFound, http.StatusConflict: fault.Conflict, http.StatusRequestEntityTooLarge: fault.TooLarge,
		http.StatusTooManyRequests: fault.TooMany, http.StatusBadGateway: fault.Unreachable, http.StatusServiceUnavailable: fault.Unreachable,
		http.StatusGatewayTimeout: fault.Unreachable,
	}[status]
	if code == "" {
		code = fault.Internal
	}
	return fault.New(code, "cli.answer_foreign", "%s answered with status %d, and not as Hawser does", c.base.Host, status).
		With("server", c.base.Host, "status", fmt.Sprint(status))
}

func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	var wrong *tls.CertificateVerificationError
	if errors.As(err, &wrong) {
		return fault.New(fault.Denied, "cli.server_untrusted", "the certificate of %s is not trusted: %w", c.base.Host, err).With("server", c.base.Host)
	}
	return c.silent(err)
}

// silent is the fault of a server from which no answer came, with what the system says of it: refused, reset, timed out, cut off.
func (c *Client) silent(err error) *fault.Error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without method and address, which is said already
	}
	return fault.New(fault.Unreachable, "cli.server_unreachable", "%s does not answer: %w", c.base.Host, err).With("server", c.base.Host, "cause", err.Error())
}

// FetchCA connects to a server of which nothing is known but the SHA-256 fingerprint of its CA's certificate, and returns that
// certificate as PEM. Nothing is sent: the chain must hold the very CA, and lead to it for the name that is dialled.
func FetchCA(ctx context.Context, server, fingerprint string) ([]byte, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fault.New(fault.Invalid, "cli.server_invalid", "%q is not the https address of a server", server).With("server", server)
	}
	fingerprint = strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), "443")
	}
	var ca []byte
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         u.Hostname(),
		InsecureSkipVerify: true, // VerifyConnection is the stricter check
		VerifyConnection: func(s tls.ConnectionState) error {
			roots, others := x509.NewCertPool(), x509.NewCertPool()
			for _, cert := range s.PeerCertificates {
				if sum := sha256.Sum256(cert.Raw); hex.EncodeToString(sum[:]) == fingerprint {
					roots.AddCert(cert)
					ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
				} else {
					others.AddCert(cert)
				}
			}
			if ca == nil {
				return fault.New(fault.Denied, "cli.fingerprint_mismatch", "%s does not present a CA with this fingerprint", u.Host).With("server", u.Host)
			}
			if _, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, DNSName: s.ServerName}); err != nil {
				return fault.New(fault.Denied, "cli.server_untrusted", "the certificate of %s is not good for it: %w", u.Host, err).With("server", u.Host)
			}
			return nil
		},
	}
	conn, err := (&tls.Dialer{NetDialer: &net.Dialer{Timeout: dialTimeout}, Config: conf}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, (&Client{base: u}).unreachable(ctx, err)
	}
	return ca, conn.Close()
}
