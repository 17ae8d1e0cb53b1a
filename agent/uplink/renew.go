package uplink

import (
	"context"
	"math/rand/v2"
	"time"

	"hawser/internal/wire"
)

// renewPause is between failed attempts to renew: with 30 days left there is no hurry.
const renewPause = 10 * time.Minute

// renew gets a new certificate when two thirds of the old one's life are over, and again, until ctx ends.
func (l *Link) renew(ctx context.Context) {
	for {
		l.mu.Lock()
		id := l.id
		l.mu.Unlock()
		due, end, err := id.renewAt()
		if err != nil {
			l.o.Log.Error("cannot tell when the certificate expires", "err", err)
			return
		}
		wait := time.NewTimer(time.Until(due))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
		if err = l.renewOnce(ctx, id); err == nil {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		l.o.Log.Warn("certificate not renewed; will be tried again", "expires", end, "err", err)
		pause := time.NewTimer(renewPause/2 + rand.N(renewPause))
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// renewOnce asks with a new key. The identity on disk is replaced before it is used: a certificate that was answered for
// but not written is simply never used.
func (l *Link) renewOnce(ctx context.Context, id Identity) error {
	conf, err := id.tls()
	if err != nil {
		return err
	}
	key, keyPEM, err := makeKey()
	if err != nil {
		return err
	}
	csr, err := makeRequest(key)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	var answer wire.RenewAnswer
	if err := post(ctx, conf, id.Server+wire.PathRenew, wire.RenewRequest{CSR: csr}, &answer); err != nil {
		return err
	}
	next := id
	next.Certificate, next.Key = answer.Certificate, keyPEM
	if _, err := next.tls(); err != nil {
		return err
	}
	if err := writeJSON(identityPath(l.o.Dir), next); err != nil {
		return err
	}
	l.mu.Lock()
	l.id = next
	l.mu.Unlock()
	l.o.Log.Info("certificate renewed")
	// The connection goes on with the old certificate, which the server checks at each ping: it must be made anew before
	// that expires, and now is as good as any moment.
	select {
	case l.reconnect <- struct{}{}:
	default:
	}
	return nil
}
