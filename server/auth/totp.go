package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"github.com/skip2/go-qrcode"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// The second factor is TOTP (RFC 6238) as every authenticator knows it: six digits, SHA-1, 30 seconds.
const (
	totpPeriod = 30
	// totpSkew is by how many steps the clock of a phone may be off, either way.
	totpSkew = 1
	// qrSize is the picture's width in pixels.
	qrSize = 240
	// Recovery codes have 80 random bits: a plain hash keeps them.
	recoveryCodes = 10
)

// Factor is a user's second factor, as it is kept.
type Factor struct {
	Secret   string   `json:"secret,omitempty"`  // Base32; empty: none
	Pending  string   `json:"pending,omitempty"` // a secret of which no code has come back yet
	Step     int64    `json:"step,omitempty"`    // of the last code that was taken: none is taken twice
	Recovery []string `json:"recovery,omitempty"`
}

// step returns the step whose code was given, 0 where it is none of the possible ones or not after the last.
func step(secret, code string, last int64, now time.Time) (int64, error) {
	current := now.Unix() / totpPeriod
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		if s <= last {
			continue
		}
		right, err := hotp.ValidateCustom(code, uint64(s), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil && err != otp.ErrValidateInputInvalidLength { //nolint:errorlint // the library returns it as it is
			return 0, fmt.Errorf("check code: %w", err)
		}
		if right {
			return s, nil
		}
	}
	return 0, nil
}

// take says whether a code is right, and uses it up.
func (c *Account) take(code string, now time.Time) (bool, error) {
	s, err := step(c.Factor.Secret, code, c.Factor.Step, now)
	if err != nil {
		return false, err
	}
	if s > 0 {
		c.Factor.Step = s
		return true, nil
	}
	i := slices.Index(c.Factor.Recovery, hashRecovery(code))
	if i < 0 {
		return false, nil
	}
	c.Factor.Recovery = slices.Delete(c.Factor.Recovery, i, i+1)
	return true, nil
}

// hashRecovery forgives how somebody types a code.
func hashRecovery(code string) string {
	return hashToken(strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code)))
}

// newRecovery makes codes for people, and what is kept of them.
func newRecovery() (codes, hashes []string) {
	for range recoveryCodes {
		raw := rand.Text()[:16]
		codes = append(codes, strings.Join([]string{raw[:4], raw[4:8], raw[8:12], raw[12:]}, "-"))
		hashes = append(hashes, hashToken(raw))
	}
	return codes, hashes
}

// SetupTOTP makes a secret for an authenticator. Whatever is in force stays so until a code of the new one has come back.
func (a *Auth) SetupTOTP(ctx context.Context, token string, in api.Confirmation) (api.TOTPSetup, error) {
	account, policy, err := a.self(ctx, token)
	if err != nil {
		return api.TOTPSetup{}, err
	}
	if err := a.confirm(ctx, account, "password", in.Password, policy.Lock); err != nil {
		return api.TOTPSetup{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Hawser", AccountName: account.Name, Period: totpPeriod, SecretSize: 20})
	if err != nil {
		return api.TOTPSetup{}, fmt.Errorf("make secret: %w", err)
	}
	png, err := qrcode.Encode(key.URL(), qrcode.Medium, qrSize)
	if err != nil {
		return api.TOTPSetup{}, fmt.Errorf("draw QR code: %w", err)
	}
	_, err = a.o.Store.ChangeAccount(ctx, account.Name, func(c *Account, _ []Account, _ api.Policy) error {
		c.Factor.Pending = key.Secret()
		return nil
	})
	return api.TOTPSetup{Secret: key.Secret(), URI: key.URL(), QR: base64.StdEncoding.EncodeToString(png)}, err
}

// ConfirmTOTP puts the new secret in force with a code made of it, and ends the user's other sessions.
func (a *Auth) ConfirmTOTP(ctx context.Context, token string, in api.TOTPCode) (api.RecoveryCodes, error) {
	account, policy, err := a.self(ctx, token)
	if err != nil {
		return api.RecoveryCodes{}, err
	}
	keys, now := []lockKey{{user: account.Name, code: true}}, a.o.Now()
	if wait := a.locks.wait(keys, now); wait > 0 {
		return api.RecoveryCodes{}, errLocked(wait)
	}
	codes, hashes := newRecovery()
	_, err = a.o.Store.ChangeAccount(ctx, account.Name, func(c *Account, _ []Account, _ api.Policy) error {
		if c.Factor.Pending == "" {
			return fault.New(fault.Conflict, "totp.none_pending", "no second factor is being set up")
		}
		s, err := step(c.Factor.Pending, in.Code, 0, now)
		if err != nil {
			return err
		}
		if s == 0 {
			var f fault.Fields
			f.Add("code", "totp.wrong", "is not the code of this moment")
			return f.Err()
		}
		c.Factor = Factor{Secret: c.Factor.Pending, Step: s, Recovery: hashes}
		return nil
	})
	if err != nil {
		if fault.CodeOf(err) == fault.Invalid {
			a.locks.failed(keys, policy.Lock, now)
		}
		return api.RecoveryCodes{}, err
	}
	return api.RecoveryCodes{Codes: codes}, a.o.Store.DeleteSessionsOf(ctx, account.Name, hashToken(token))
}

// RemoveTOTP takes the second factor away, where the policy lets one do without.
func (a *Auth) RemoveTOTP(ctx context.Context, token string, in api.Confirmation) error {
	account, policy, err := a.self(ctx, token)
	if err != nil {
		return err
	}
	if err := a.confirm(ctx, account, "password", in.Password, policy.Lock); err != nil {
		return err
	}
	_, err = a.o.Store.ChangeAccount(ctx, account.Name, func(c *Account, _ []Account, p api.Policy) error {
		if p.SecondFactor == "everybody" || p.SecondFactor == "administrators" && administrator(c.Role) {
			return fault.New(fault.Conflict, "totp.required", "the policy asks for a second factor")
		}
		c.Factor = Factor{}
		return nil
	})
	return err
}

// RenewRecovery makes new recovery codes; the old ones are void.
func (a *Auth) RenewRecovery(ctx context.Context, token string, in api.Confirmation) (api.RecoveryCodes, error) {
	account, policy, err := a.self(ctx, token)
	if err != nil {
		return api.RecoveryCodes{}, err
	}
	if err := a.confirm(ctx, account, "password", in.Password, policy.Lock); err != nil {
		return api.RecoveryCodes{}, err
	}
	codes, hashes := newRecovery()
	_, err = a.o.Store.ChangeAccount(ctx, account.Name, func(c *Account, _ []Account, _ api.Policy) error {
		if c.Factor.Secret == "" {
			return fault.New(fault.Conflict, "totp.none", "there is no second factor")
		}
		c.Factor.Recovery = hashes
		return nil
	})
	if err != nil {
		return api.RecoveryCodes{}, err
	}
	return api.RecoveryCodes{Codes: codes}, nil
}

// ResetTOTP takes the second factor of somebody who has lost it, and ends that user's sessions.
func (a *Auth) ResetTOTP(ctx context.Context, name string) (api.User, error) {
	account, err := a.o.Store.ChangeAccount(ctx, name, func(c *Account, _ []Account, _ api.Policy) error {
		c.Factor = Factor{}
		return nil
	})
	if err != nil {
		return api.User{}, err
	}
	return account.User, a.o.Store.DeleteSessionsOf(ctx, name, "")
}
