// Package issue is the vendor's half: it keeps the key with which licences are signed, signs them, and keeps a register of what it has
// signed. It is never shipped, and nothing that is shipped imports it.
package issue

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"

	"hawser/licensing"
)

// A key file is PEM; its bytes are salt, nonce, and the 32 bytes of the seed, encrypted (AES-256-GCM) with a key that Argon2id has made
// of the passphrase. These costs are part of the format.
const (
	keyType     = "HAWSER VENDOR KEY 1"
	saltSize    = 16
	argonTime   = 3
	argonMemory = 64 << 10 // KiB
	argonLanes  = 4
	// leastPassphrase is the least length of a passphrase: the file may be copied and tried at leisure.
	leastPassphrase = 12
)

func sealer(passphrase, salt []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(argon2.IDKey(passphrase, salt, argonTime, argonMemory, argonLanes, 32))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// NewKey makes a key and the file in which it is kept.
func NewKey(passphrase []byte) (ed25519.PrivateKey, []byte, error) {
	if len(passphrase) < leastPassphrase {
		return nil, nil, fmt.Errorf("a passphrase of at least %d characters is needed", leastPassphrase)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return nil, nil, err
	}
	aead, err := sealer(passphrase, salt)
	if err != nil {
		return nil, nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, nil, err
	}
	body := aead.Seal(append(salt, nonce...), nonce, key.Seed(), []byte(keyType))
	return key, pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: body}), nil
}

// OpenKey reads a key file.
func OpenKey(file, passphrase []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(file)
	if block == nil || block.Type != keyType {
		return nil, errors.New("this is no file with a vendor's key")
	}
	if len(block.Bytes) < saltSize {
		return nil, errors.New("the key file is cut off")
	}
	aead, err := sealer(passphrase, block.Bytes[:saltSize])
	if err != nil {
		return nil, err
	}
	rest := block.Bytes[saltSize:]
	if len(rest) < aead.NonceSize() {
		return nil, errors.New("the key file is cut off")
	}
	seed, err := aead.Open(nil, rest[:aead.NonceSize()], rest[aead.NonceSize():], []byte(keyType))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("the passphrase is wrong, or the key file was changed")
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// Public is the key as it is built into releases (HAWSER_VENDOR_KEY).
func Public(key ed25519.PrivateKey) string {
	return base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
}

// Sign signs a licence after a last look at it.
func Sign(l licensing.Licence, key ed25519.PrivateKey) ([]byte, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	return ed25519.Sign(key, l.Text()), nil
}
