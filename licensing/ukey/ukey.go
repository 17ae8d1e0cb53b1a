// Package ukey asks a token whether it is there: it signs a challenge with a key that never leaves it. The token's library is loaded by a
// program of its own, hawser-ukey, which is started for each challenge and talked to over pipes: a library that crashes, hangs or leaks
// does that there and not in the server, which needs no C.
package ukey

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"hawser/internal/fault"
)

// Question is what the program is asked, as one JSON object on its standard input.
type Question struct {
	Module string `json:"module"`          // the library's file
	Label  string `json:"label,omitempty"` // of the token; any where empty
	// Key is the SHA-256 of the public key whose private half is to sign, in hexadecimal digits. Empty: only say which token is there.
	Key       string `json:"key,omitempty"`
	PIN       string `json:"pin,omitempty"`
	Challenge []byte `json:"challenge,omitempty"` // what is to be signed
}

// Answer is what it answers, as one JSON object on its standard output.
type Answer struct {
	Token *Token `json:"token,omitempty"`
	// PublicKey is the key's SubjectPublicKeyInfo (DER), Signature that of the challenge: PKCS #1 v1.5 with SHA-256 by an RSA key, r and s
	// one after the other over the SHA-256 by one on P-256.
	PublicKey []byte       `json:"publicKey,omitempty"`
	Signature []byte       `json:"signature,omitempty"`
	Fault     *fault.Error `json:"fault,omitempty"`
}

// Token is what a token says of itself.
type Token struct {
	Label        string `json:"label"`
	Manufacturer string `json:"manufacturer,omitempty"`
	Model        string `json:"model,omitempty"`
	Serial       string `json:"serial,omitempty"`
}

const (
	// answerWait is how long a token may take: some ask for a moment to wake up.
	answerWait = 20 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 10
	// domain stands before every challenge, so that the token's key signs nothing else for us.
	domain        = "hawser ukey 1\n"
	challengeSize = 32
)

// Reader asks tokens through a library.
type Reader struct {
	Program []string // hawser-ukey, and its arguments in tests
	Module  string
	Label   string
	Env     []string // of the program; the server's own where nil
}

// Look returns the token that is there.
func (r Reader) Look(ctx context.Context) (Token, error) {
	a, err := r.ask(ctx, Question{})
	if err != nil {
		return Token{}, err
	}
	return *a.Token, nil
}

// Prove has the token with that key sign a challenge that was never given before, and verifies what it signed.
func (r Reader) Prove(ctx context.Context, key [32]byte, pin string) (Token, error) {
	challenge := append([]byte(domain), make([]byte, challengeSize)...)
	if _, err := rand.Read(challenge[len(domain):]); err != nil {
		return Token{}, err
	}
	a, err := r.ask(ctx, Question{Key: hex.EncodeToString(key[:]), PIN: pin, Challenge: challenge})
	if err != nil {
		return Token{}, err
	}
	return *a.Token, a.verify(key, challenge)
}

func (r Reader) ask(ctx context.Context, q Question) (Answer, error) {
	q.Module, q.Label = r.Module, r.Label
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	in, err := json.Marshal(q)
	if err != nil {
		return Answer{}, err
	}
	c := exec.CommandContext(ctx, r.Program[0], r.Program[1:]...)
	c.Env = r.Env
	// The PIN goes by a pipe: arguments and environment can be read by others.
	c.Stdin = bytes.NewReader(in)
	out := &limited{}
	c.Stdout = out
	// A library may start programs of its own; they end with it.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = time.Second
	err = c.Run()
	switch {
	case ctx.Err() != nil:
		return Answer{}, fault.New(fault.Failed, "ukey.slow", "the token has not answered in time: %w", ctx.Err())
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, syscall.ENOENT):
		return Answer{}, fault.New(fault.Failed, "ukey.no_helper", "the program hawser-ukey is missing: %w", err)
	case err != nil:
		return Answer{}, fault.New(fault.Failed, "ukey.crashed", "the token's library has crashed: %w", err).With("message", err.Error())
	}
	return parse(out.Bytes())
}

// limited keeps the beginning of an answer, and no more.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxAnswer {
		return 0, io.ErrShortWrite
	}
	return l.Buffer.Write(p)
}

// parse reads an answer. What stands in it comes from a library that somebody else has written.
func parse(data []byte) (Answer, error) {
	var a Answer
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return Answer{}, fault.New(fault.Failed, "ukey.crashed", "the answer cannot be read: %w", err).With("message", err.Error())
	}
	switch {
	case a.Fault != nil && strings.HasPrefix(a.Fault.Reason, "ukey."):
		return Answer{}, a.Fault
	case a.Token == nil || a.Fault != nil:
		return Answer{}, fault.New(fault.Failed, "ukey.crashed", "the answer names no token").With("message", "no token")
	}
	return a, nil
}

// verify says whether a signed a challenge with that key.
func (a Answer) verify(key [32]byte, challenge []byte) error {
	forged := fault.New(fault.Failed, "ukey.forged", "the token's signature is wrong")
	if sha256.Sum256(a.PublicKey) != key {
		return forged
	}
	public, err := x509.ParsePKIXPublicKey(a.PublicKey)
	if err != nil {
		return forged
	}
	sum := sha256.Sum256(challenge)
	switch k := public.(type) {
	case *rsa.PublicKey:
		if CheckKey(public) == nil && rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], a.Signature) == nil {
			return nil
		}
	case *ecdsa.PublicKey:
		n := len(a.Signature) / 2
		if CheckKey(public) == nil && n == 32 && ecdsa.Verify(k, sum[:], new(big.Int).SetBytes(a.Signature[:n]), new(big.Int).SetBytes(a.Signature[n:])) {
			return nil
		}
	}
	return forged
}

// CheckKey says whether a public key is one that can prove a licence.
func CheckKey(public any) error {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() >= 2048 && k.N.BitLen() <= 8192 {
			return nil
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return nil
		}
	}
	return fault.New(fault.Invalid, "ukey.key_kind", "only RSA keys from 2048 bits and keys on P-256 can prove a licence")
}
