package licence

import (
	"context"
	"encoding/hex"
	"strings"
	"unicode"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/licensing"
	"hawser/licensing/ukey"
)

// SetUkey takes a PIN, where one is given, and asks the token at once.
func (l *Licences) SetUkey(ctx context.Context, in api.SetLicenseUkey) (api.LicenseUkey, error) {
	if l.o.Token == nil {
		return api.LicenseUkey{}, errNoModule()
	}
	if in.PIN != nil && strings.ContainsFunc(*in.PIN, unicode.IsControl) {
		var f fault.Fields
		f.Add("pin", "licence.pin_invalid", "a PIN is one line")
		return api.LicenseUkey{}, f.Err()
	}
	err := l.alone(ctx, func() error {
		if in.PIN != nil {
			if err := l.keepPIN(ctx, *in.PIN); err != nil {
				return err
			}
		}
		return l.ask(ctx)
	})
	if err != nil {
		return api.LicenseUkey{}, err
	}
	l.o.Changed()
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.reach()
	return l.ukey(l.verdict(at), at), nil
}

// alone does something while nobody else asks the token.
func (l *Licences) alone(ctx context.Context, do func() error) error {
	select {
	case l.asking <- struct{}{}:
		defer func() { <-l.asking }()
		return do()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keepPIN keeps a PIN that may be tried. The caller is alone.
func (l *Licences) keepPIN(ctx context.Context, pin string) error {
	if err := l.o.Store.PutSecret(ctx, pinSecret, []byte(pin)); err != nil {
		return err
	}
	if err := l.change(ctx, func(s *state) error { s.Refused = false; return nil }); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pinSet = true
	return nil
}

func errNoModule() *fault.Error {
	return fault.New(fault.Failed, "licence.no_module", "the server's configuration names no PKCS #11 library (licence.ukey.module)")
}

// ask has the token prove the licences that it is for, or only looks at it where there is none. What is wrong is seen in the state. The
// caller is alone.
func (l *Licences) ask(ctx context.Context) error {
	l.mu.Lock()
	at := l.reach()
	list, _ := l.all(&l.state)
	l.mu.Unlock()
	before := l.proof()
	asked := false
	for _, j := range list {
		if j.licence.Kind != licensing.Ukey || j.licence.Holds(at) != nil {
			continue
		}
		asked = true
		if err := l.prove(ctx, j.licence); err == nil {
			break
		} else if fault.CodeOf(err) == fault.Internal {
			return err
		}
	}
	if !asked {
		token, err := l.o.Token.Look(ctx)
		l.seen(&token, err, false)
	}
	if l.proof() != before {
		l.o.Changed()
	}
	return nil
}

func (l *Licences) proof() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.token.proof
}

func (l *Licences) seen(token *ukey.Token, err error, proof bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.token = tokenSeen{at: l.o.Now(), token: token, proof: proof}
	if err != nil {
		l.token.token, l.token.fault = nil, fault.Public(err)
	}
}

// prove has the token prove a licence, and keeps that it did. The caller is alone.
func (l *Licences) prove(ctx context.Context, one licensing.Licence) error {
	if l.o.Token == nil {
		return errNoModule()
	}
	pin, err := l.o.Store.Secret(ctx, pinSecret)
	if fault.CodeOf(err) == fault.NotFound {
		err = fault.New(fault.Failed, "licence.no_pin", "the token's PIN is not known")
	}
	l.mu.Lock()
	refused := l.state.Refused
	l.mu.Unlock()
	if err == nil && refused {
		err = fault.New(fault.Failed, "licence.pin_refused", "the token has refused the PIN; it is not tried again before another one is given")
	}
	if err != nil {
		l.seen(nil, err, false)
		return err
	}
	token, err := l.o.Token.Prove(ctx, one.Token, string(pin))
	wrong := fault.CodeOf(err) == fault.Denied
	if ctx.Err() != nil && !wrong {
		return ctx.Err() // nobody waits for it any more: it says nothing of the token
	}
	l.seen(&token, err, err == nil)
	if err != nil && !wrong {
		return err
	}
	name := hex.EncodeToString(one.Token[:])
	l.mu.Lock()
	last, is := l.state.Proved[name]
	recent := is && l.reach().Sub(last) < saveEvery // not worth keeping again
	l.mu.Unlock()
	if recent && !wrong {
		return nil
	}
	changeErr := l.change(context.WithoutCancel(ctx), func(s *state) error {
		s.Refused = wrong
		if !wrong {
			s.Proved[name] = s.Reached
		}
		return nil
	})
	if err == nil {
		err = changeErr
	}
	return err
}
