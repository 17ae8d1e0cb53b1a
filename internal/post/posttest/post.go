// Package posttest is an SMTP server for tests: it takes mail, or refuses it, puts it off and breaks off as a test says.
package posttest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Behaviour is what the server does with a mail.
type Behaviour string

// The behaviours.
const (
	Accept    Behaviour = "accept"
	Refuse    Behaviour = "refuse"      // for good, when it hears the recipient
	Later     Behaviour = "later"       // not now, when it hears the recipient: greylisting
	Full      Behaviour = "full"        // not now, when it has the mail
	CutInMail Behaviour = "cut in mail" // the connection ends in the middle of the mail
	CutAfter  Behaviour = "cut after"   // it takes the mail, and the connection ends before it says so
	Slow      Behaviour = "slow"        // it takes the mail, after a while
)

// Mail is a mail that was taken.
type Mail struct {
	To     string
	Header mail.Header
	Raw    string
}

// Options say what a Post is like.
type Options struct {
	// Listener is where it listens; a new one on loopback where nil.
	Listener net.Listener
	TLS      *tls.Config // STARTTLS is offered
	Implicit bool        // TLS from the beginning
	Password string      // of user ha; no login is needed where empty
}

// Post is the server.
type Post struct {
	t      testing.TB
	server *smtp.Server
	addr   *net.TCPAddr

	mu     sync.Mutex
	behave func(attempt int, to string) Behaviour
	tries  map[string]int
	mails  []Mail
}

// New starts a server that accepts everything, until the test ends.
func New(t testing.TB, o Options) *Post {
	t.Helper()
	l := o.Listener
	if l == nil {
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	p := &Post{t: t, addr: l.Addr().(*net.TCPAddr), tries: map[string]int{}, behave: func(int, string) Behaviour { return Accept }}
	p.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{post: p, conn: c, password: o.Password, in: o.Password == ""}, nil
	}))
	p.server.Domain, p.server.AllowInsecureAuth = "post.example", true
	p.server.ErrorLog = log.New(io.Discard, "", 0)
	if o.TLS != nil && !o.Implicit {
		p.server.TLSConfig = o.TLS
	}
	if o.Implicit {
		l = tls.NewListener(l, o.TLS)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = p.server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = p.server.Close()
		_ = l.Close() // where the server has not begun to serve yet, it would begin after its own end
		<-ended
	})
	return p
}

// Port is where it listens, on loopback.
func (p *Post) Port() int { return p.addr.Port }

// Address is host and port.
func (p *Post) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.addr.Port)) }

// Behave says what becomes of a mail, by how many attempts there were to send it to that recipient, from 1.
func (p *Post) Behave(f func(attempt int, to string) Behaviour) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.behave = f
}

// Mails are the mails that were taken, in order.
func (p *Post) Mails() []Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Mail(nil), p.mails...)
}

// Tries is how often somebody has tried to send to a recipient.
func (p *Post) Tries(to string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tries[to]
}

type session struct {
	post     *Post
	conn     *smtp.Conn
	password string
	in       bool
	to       string
	now      Behaviour
}

func (s *session) AuthMechanisms() []string {
	if s.password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "ha" || password != s.password {
			return smtp.ErrAuthFailed
		}
		s.in = true
		return nil
	}), nil
}

func (s *session) Reset()        { s.to = "" }
func (s *session) Logout() error { return nil }

func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.post.mu.Lock()
	s.post.tries[to]++
	s.to, s.now = to, s.post.behave(s.post.tries[to], to)
	s.post.mu.Unlock()
	switch s.now {
	case Refuse:
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	case Later:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, try again later"}
	}
	return nil
}

// errGone ends a session whose connection the test has ended.
var errGone = errors.New("gone")

func (s *session) Data(r io.Reader) error {
	if s.now == CutInMail {
		_, _ = io.CopyN(io.Discard, r, 40)
		_ = s.conn.Conn().Close()
		return errGone
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch s.now {
	case Full:
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
	case Slow:
		time.Sleep(300 * time.Millisecond) // it is what a slow server does
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		s.post.t.Errorf("not a mail: %v\n%s", err, raw)
		return err
	}
	s.post.mu.Lock()
	s.post.mails = append(s.post.mails, Mail{To: s.to, Header: m.Header, Raw: string(raw)})
	s.post.mu.Unlock()
	if s.now == CutAfter {
		_ = s.conn.Conn().Close()
		return errGone
	}
	return nil
}

// Certificate makes a certificate of its own for 127.0.0.1, and returns it for a server and, as PEM, for who is to trust it.
func Certificate(t testing.TB) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "post.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS12},
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}
