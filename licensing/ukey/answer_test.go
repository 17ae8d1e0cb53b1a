package ukey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"testing"
)

// TestVerify: a signature counts only for its challenge, by the licence's key, and by a key that is strong enough.
func TestVerify(t *testing.T) {
	challenge := []byte("hawser ukey 1\nchallenge")
	sum := sha256.Sum256(challenge)
	sign := func(key crypto.Signer) (Answer, [32]byte) {
		t.Helper()
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		a := Answer{PublicKey: der}
		switch k := key.(type) {
		case *rsa.PrivateKey:
			a.Signature, err = rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:])
		case *ecdsa.PrivateKey:
			r, s, signErr := ecdsa.Sign(rand.Reader, k, sum[:])
			err = signErr
			size := (k.Params().BitSize + 7) / 8
			a.Signature = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
		}
		if err != nil {
			t.Fatal(err)
		}
		return a, sha256.Sum256(der)
	}
	good, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GODEBUG", "rsa1024min=0")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	a, key := sign(good)
	if err := a.verify(key, challenge); err != nil {
		t.Error(err)
	}
	if a.verify(key, []byte("an earlier challenge")) == nil {
		t.Error("a signature of something else counts")
	}
	if a.verify([32]byte{}, challenge) == nil {
		t.Error("a signature by another key counts")
	}
	a.Signature[3] ^= 1
	if a.verify(key, challenge) == nil {
		t.Error("a wrong signature counts")
	}
	a.Signature = a.Signature[:10]
	if a.verify(key, challenge) == nil {
		t.Error("half a signature counts")
	}
	for name, k := range map[string]crypto.Signer{"P-384": other, "RSA of 1024 bits": weak} {
		if a, key := sign(k); a.verify(key, challenge) == nil {
			t.Errorf("a signature by a key of kind %s counts", name)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	full, err := json.Marshal(Answer{Token: &Token{Label: "x"}, PublicKey: []byte{0x30, 0x00}, Signature: []byte{1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte(`{"fault":{"code":"denied","reason":"ukey.pin","message":"x"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parse(data)
		if err != nil {
			return
		}
		if a.Token == nil {
			t.Fatal("an answer without a token")
		}
		if a.verify([32]byte{1}, []byte("x")) == nil {
			t.Fatal("it has proved a key that nobody has")
		}
	})
}
