package licence_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/licensing"
	"hawser/licensing/ukey"
	"hawser/server/licence"
)

// token is a token that has one key and one PIN.
type token struct {
	key   [32]byte
	pin   string
	in    bool
	tries int
	asked func() // called while the token is at work
}

func (k *token) Look(context.Context) (ukey.Token, error) {
	if !k.in {
		return ukey.Token{}, fault.New(fault.Failed, "ukey.absent", "absent")
	}
	return ukey.Token{Label: "hawser", Serial: "1"}, nil
}

func (k *token) Prove(ctx context.Context, key [32]byte, pin string) (ukey.Token, error) {
	t, err := k.Look(ctx)
	switch {
	case err != nil:
		return t, err
	case key != k.key:
		return t, fault.New(fault.Failed, "ukey.other", "other")
	}
	k.tries++
	if k.asked != nil {
		k.asked()
	}
	if pin != k.pin {
		return t, fault.New(fault.Denied, "ukey.pin", "wrong")
	}
	return t, nil
}

func (w *world) ukey(number uint32) licensing.Licence {
	l := w.site(number, 365)
	l.Kind, l.Site, l.Token = licensing.Ukey, "", w.token.key
	return l
}

func (w *world) pin(pin string) api.LicenseUkey {
	w.t.Helper()
	u, err := w.SetUkey(w.t.Context(), api.SetLicenseUkey{PIN: &pin})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// TestUkey: the licence counts while its token is there, and for the grace time after it was pulled out; then growth is barred until it is
// put in again.
func TestUkey(t *testing.T) {
	w := newWorld(t)
	if _, err := w.give(w.ukey(1)); reason(err) != "licence.no_pin" {
		t.Errorf("without a PIN: %v", err)
	}
	if u := w.pin("1234"); u.Token != "hawser" || !u.PINSet || u.Fault != nil {
		t.Errorf("the token: %+v", u)
	}
	w.mustGive(w.ukey(1))
	w.pass(61 * day)
	w.want("while it is there", api.LicenseValid, "")
	w.token.in = false
	w.pass(time.Minute)
	s := w.want("pulled out", api.LicenseGrace, "")
	if s.Ukey.GraceUntil.IsZero() || s.Ukey.GraceUntil.After(w.now.Add(72*time.Hour)) || s.Ukey.Fault.Reason != "ukey.absent" {
		t.Errorf("got %+v", s.Ukey)
	}
	if e := w.Ending(); !e.UkeyAway.Equal(s.Ukey.GraceUntil) {
		t.Errorf("told until %s", e.UkeyAway)
	}
	w.restart()
	w.pass(71 * time.Hour)
	w.want("after 71 hours and a restart", api.LicenseGrace, "")
	w.pass(2 * time.Hour)
	w.want("after 73 hours", api.LicenseBarred, "licence.ukey_absent")
	w.token.in = true
	w.pass(time.Minute)
	w.want("put in again", api.LicenseValid, "")
	w.restart()
	w.pass(time.Minute)
	w.want("after a restart", api.LicenseValid, "")
	w.token.key = [32]byte{8}
	w.pass(time.Minute)
	if s := w.want("another token", api.LicenseGrace, ""); s.Ukey.Fault.Reason != "ukey.other" {
		t.Errorf("got %+v", s.Ukey)
	}
}

// TestPIN: a PIN that the token refuses is not tried again: tokens lock themselves. Nothing of it can be read.
func TestPIN(t *testing.T) {
	w := newWorld(t)
	w.pin("1234")
	w.mustGive(w.ukey(1))
	w.token.pin = "5678"
	for range 5 {
		w.pass(time.Minute)
	}
	w.restart()
	w.pass(time.Minute)
	if u := w.status().Ukey; w.token.tries != 2 || !u.PINRefused {
		t.Errorf("the token was asked %d times; %+v", w.token.tries, u)
	}
	w.want("a wrong PIN", api.LicenseGrace, "")
	if u := w.pin("5678"); u.PINRefused || u.Fault != nil {
		t.Errorf("another PIN: %+v", u)
	}
	w.want("another PIN", api.LicenseValid, "")
	shown, err := json.Marshal(w.status())
	if err != nil || strings.Contains(string(shown), "5678") {
		t.Errorf("the PIN is shown: %s, %v", shown, err)
	}
	if strings.Contains(string(w.secrets["licence/state"]), "5678") {
		t.Error("the PIN is kept where it does not belong")
	}
	bad := "12\n34"
	if _, err := w.SetUkey(t.Context(), api.SetLicenseUkey{PIN: &bad}); reason(err) != "request.invalid" {
		t.Errorf("a PIN of two lines: %v", err)
	}
}

// TestPINOnce: a wrong PIN is tried once, whoever wants to ask the token meanwhile, and even if who gave it no longer waits.
func TestPINOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.pin("1234")
		w.mustGive(w.ukey(1))
		before := w.token.tries
		ctx, leave := context.WithCancel(t.Context())
		answer := make(chan struct{})
		w.token.asked = func() { <-answer }
		w.now = w.now.Add(time.Minute) // so that a look at the token is due
		var all sync.WaitGroup
		all.Go(func() {
			wrong := "0000"
			if _, err := w.SetUkey(ctx, api.SetLicenseUkey{PIN: &wrong}); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait() // the token is at work
		for range 3 {
			all.Go(func() {
				if err := w.Beat(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		leave()
		close(answer)
		all.Wait()
		if n := w.token.tries - before; n != 1 {
			t.Errorf("the token was asked %d times", n)
		}
		if u := w.status().Ukey; !u.PINRefused {
			t.Errorf("got %+v", u)
		}
	})
}

// TestNoModule: without a library in the configuration there is no token to ask.
func TestNoModule(t *testing.T) {
	w := newWorld(t, func(o *licence.Options) { o.Token, o.Module = nil, "" })
	if _, err := w.SetUkey(t.Context(), api.SetLicenseUkey{}); reason(err) != "licence.no_module" {
		t.Errorf("got %v", err)
	}
	if _, err := w.give(w.ukey(1)); reason(err) != "licence.no_module" {
		t.Errorf("got %v", err)
	}
}
