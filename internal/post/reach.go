package post

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"hawser/internal/fault"
)

// Reach says whom messages may be sent to. Whoever may set up a channel must not thereby speak to what listens on this very machine
// for this machine only, or to a cloud's metadata service.
type Reach struct {
	Loopback bool // and link-local addresses
	HTTP     bool // webhooks without encryption
}

// dialWait bounds a connection attempt: an SMTP server on another continent answers within two seconds.
const dialWait = 15 * time.Second

// errForbidden is why a connection was not opened.
var errForbidden = errors.New("address is not allowed")

// allowed says whether a connection to an address may be opened.
func (r Reach) allowed(ip netip.Addr) bool {
	ip = ip.Unmap()
	switch {
	case !ip.IsValid(), ip.IsUnspecified(), ip.IsMulticast():
		return false
	case ip.IsLoopback(), ip.IsLinkLocalUnicast():
		return r.Loopback
	}
	return true
}

// dialer asks for the address that is really dialled, after the name was resolved: a name that resolves to another address the second
// time gains nothing by that.
func (r Reach) dialer() *net.Dialer {
	return &net.Dialer{Timeout: dialWait, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !r.allowed(to.Addr()) {
			return errForbidden
		}
		return nil
	}}
}

func (r Reach) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return r.dialer().DialContext(ctx, network, address)
}

// CheckURL says what is wrong with a webhook's address as far as that can be known without asking anybody.
func (r Reach) CheckURL(f *fault.Fields, raw string) {
	const path = "webhook.url"
	if raw == "" {
		f.Add(path, "field.required", "missing")
		return
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || u.Hostname() == "":
		f.Add(path, "alert.url_invalid", "not an address such as https://host/path")
		return
	case u.Scheme != "https" && (u.Scheme != "http" || !r.HTTP):
		f.Add(path, "alert.url_scheme", "only https is allowed", "scheme", u.Scheme)
	case u.User != nil:
		f.Add(path, "alert.url_user", "no password in an address")
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if ip, err := netip.ParseAddr(host); err == nil && !r.allowed(ip) || strings.EqualFold(host, "localhost") && !r.Loopback {
		f.Add(path, "alert.host_forbidden", "addresses of this machine and link-local ones are not allowed", "host", host)
	}
}
