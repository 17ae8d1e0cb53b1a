package post

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// mailWait bounds the silence of an SMTP server between two commands.
const mailWait = time.Minute

// mail hands a message to the SMTP server of its channel.
func (r Reach) mail(ctx context.Context, p Parcel) Outcome {
	s := p.Channel.Form.Mail
	client, err := r.smtp(*s, p.Channel.Secrets.Password)
	if err != nil {
		return Outcome{Refused: true, Down: true, Fault: fault.New(fault.Failed, "alert.settings", "the settings are of no use: %w", err).With("message", answerOf(err.Error()))}
	}
	m, err := letter(p)
	if err != nil {
		return Outcome{Refused: true, Fault: fault.New(fault.Failed, "alert.settings", "the message cannot be written: %w", err).With("message", answerOf(err.Error()))}
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return notLetIn(err, s.Server)
	}
	// A server that goes silent, or a server program that ends, must not hold the worker: the connection goes with the context.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	err = client.SendWithSMTPClient(conn, m)
	_ = client.CloseWithSMTPClient(conn)
	if m.IsDelivered() {
		return Outcome{Taken: true, Answer: answerOf(m.ServerResponse())}
	}
	if err == nil {
		err = errors.New("not delivered")
	}
	return notTaken(err)
}

// notLetIn says why it did not come to sending.
func notLetIn(err error, host string) Outcome {
	text := answerOf(err.Error())
	var unknownCA x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.As(err, &verify), errors.As(err, &unknownCA), errors.As(err, &wrongName), errors.As(err, &invalid):
		return Outcome{Down: true, Refused: true, Fault: fault.New(fault.Failed, "alert.certificate", "the certificate of %s is not trusted: %s", host, text).With("host", host, "message", text)}
	case errors.Is(err, errForbidden), errors.As(err, &network):
		return unreachable(err, host)
	case strings.Contains(text, "STARTTLS"):
		return Outcome{Down: true, Refused: true, Fault: fault.New(fault.Failed, "alert.no_starttls", "%s offers no STARTTLS: %s", host, text).With("host", host)}
	case strings.HasPrefix(lastCode(text), "5"):
		return Outcome{Down: true, Refused: true, Answer: text, Fault: fault.New(fault.Failed, "alert.login", "%s does not let us in: %s", host, text).With("host", host, "answer", text)}
	}
	return unreachable(err, host)
}

// lastCode returns the first word of a text that looks like an SMTP code.
func lastCode(text string) string {
	for word := range strings.FieldsSeq(text) {
		if len(word) >= 3 && (word[0] == '4' || word[0] == '5') && word[1] >= '0' && word[1] <= '9' && word[2] >= '0' && word[2] <= '9' && (len(word) == 3 || word[3] == '-') {
			return word[:3]
		}
	}
	return ""
}

// notTaken says why a message was not taken. Nobody knows it only where the connection ended between the end of the message and
// the answer to it: before, the message is not whole and nobody may deliver it; after, there is an answer.
func notTaken(err error) Outcome {
	var e *mail.SendError
	if !errors.As(err, &e) {
		return later(answerOf(err.Error()))
	}
	text := answerOf(err.Error())
	switch {
	case e.Reason == mail.ErrSMTPDataClose && e.ErrorCode() == 0:
		return unknown(err)
	case e.ErrorCode() >= 500:
		return refused(text)
	default:
		return later(text)
	}
}

// smtp returns a client for the settings.
func (r Reach) smtp(s api.MailSettings, password string) (*mail.Client, error) {
	trust := &tls.Config{ServerName: s.Server, MinVersion: tls.VersionTLS12}
	if s.CA != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM([]byte(s.CA)) {
			return nil, errors.New("no certificate in ca")
		}
		trust.RootCAs = pool
	}
	dial := r.dial
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTimeout(mailWait), mail.WithTLSConfig(trust), mail.WithoutNoop(), mail.WithTLSPolicy(mail.NoTLS)}
	switch s.Security {
	case "starttls":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case "tls":
		options = append(options, mail.WithSSL())
		dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			return (&tls.Dialer{NetDialer: r.dialer(), Config: trust}).DialContext(ctx, network, address)
		}
	}
	options = append(options, mail.WithDialContextFunc(dial))
	if s.Login != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Login), mail.WithPassword(password))
	}
	return mail.NewClient(s.Server, options...)
}

// letter writes the mail.
func letter(p Parcel) (*mail.Msg, error) {
	m := mail.NewMsg()
	m.SetMessageIDWithValue(strings.Trim(p.Message.MessageID, "<>"))
	m.SetDateWithValue(p.Message.Created)
	m.Subject(p.Subject)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Hawser-Severity", string(p.Message.Severity))
	if p.Message.Repeat {
		m.SetGenHeader("X-Hawser-Possible-Repeat", "yes")
	}
	m.SetBodyString(mail.TypeTextPlain, p.Text)
	if p.HTML != "" {
		m.AddAlternativeString(mail.TypeTextHTML, p.HTML)
	}
	if err := m.From(p.Channel.Form.Mail.Sender); err != nil {
		return nil, err
	}
	return m, m.To(p.Message.Recipient)
}
