package issue

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"

	"hawser/licensing"
)

// Register is the file of everything that was signed: the documents one after the other, each followed by an empty line. It is the vendor's
// record, and where the next number comes from.
type Register struct{ path string }

// OpenRegister opens a register; one that is not there yet is empty.
func OpenRegister(path string) Register { return Register{path} }

// Next is the number after the last one. The whole register is read, and has to be in order: a number that is given twice is two
// licences that nobody can tell apart.
func (r Register) Next() (uint32, error) {
	data, err := os.ReadFile(r.path)
	if errors.Is(err, os.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	last := uint32(0)
	for i, text := range bytes.Split(bytes.TrimSpace(data), []byte("\n\n")) {
		l, _, err := licensing.Parse(text)
		if err != nil {
			return 0, fmt.Errorf("register %s, licence %d: %w", r.path, i+1, err)
		}
		if l.Number <= last {
			return 0, fmt.Errorf("register %s: number %d follows %d", r.path, l.Number, last)
		}
		last = l.Number
	}
	return last + 1, nil
}

// Issue gives a licence the next number, signs it, and keeps it before anybody else has it.
func (r Register) Issue(l licensing.Licence, key ed25519.PrivateKey) (_ licensing.Licence, signature []byte, err error) {
	if l.Number, err = r.Next(); err != nil {
		return l, nil, err
	}
	if signature, err = Sign(l, key); err != nil {
		return l, nil, err
	}
	f, err := os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return l, nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(append(licensing.Document(l, signature), '\n')); err != nil {
		return l, nil, err
	}
	return l, signature, f.Sync()
}
