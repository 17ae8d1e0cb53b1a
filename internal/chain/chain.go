// Package chain is how the audit log proves itself: the hash of each entry over the one before, the signed end, and files that
// can be checked without a server. Pure but for the reader and writer that it is given.
package chain

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"hawser/internal/api"
)

// What may be wrong with a log: api.AuditBreak.Reason.
const (
	Missing   = "missing"
	Changed   = "changed"
	Cut       = "cut"
	Signature = "signature"
	Other     = "other"
)

// Hash covers everything of e but its hash, and the hash before.
func Hash(before string, e api.AuditEntry) (string, error) {
	e.Hash = before
	e.At = e.At.UTC()
	data, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("encode audit entry: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// Walk goes along a log, entry by entry.
type Walk struct {
	entries int64 // the last that was seen
	hash    string
	older   []api.AuditHead
}

// NewWalk begins after the entry with that number and hash: 0 and "" for the beginning. The log must hold the ends that older names.
func NewWalk(entries int64, hash string, older ...api.AuditHead) *Walk {
	return &Walk{entries: entries, hash: hash, older: older}
}

// End is the number and hash of the last entry that was seen.
func (w *Walk) End() (entries int64, hash string) { return w.entries, w.hash }

// Step looks at the next entry, and returns what is wrong with it.
func (w *Walk) Step(e api.AuditEntry) (*api.AuditBreak, error) {
	if e.ID != w.entries+1 {
		return &api.AuditBreak{Entry: w.entries + 1, Reason: Missing}, nil
	}
	want, err := Hash(w.hash, e)
	if err != nil {
		return nil, err
	}
	if e.Hash != want {
		return &api.AuditBreak{Entry: e.ID, Reason: Changed}, nil
	}
	w.entries, w.hash = e.ID, e.Hash
	for _, o := range w.older {
		if o.Entries == w.entries && o.Hash != w.hash {
			return &api.AuditBreak{Entry: e.ID, Reason: Other}, nil
		}
	}
	return nil, nil
}

// Ended says whether the end that was reached may be the end: it is not before an older one.
func (w *Walk) Ended() *api.AuditBreak {
	for _, o := range w.older {
		if o.Entries > w.entries {
			return &api.AuditBreak{Entry: w.entries + 1, Reason: Cut}
		}
	}
	return nil
}

// message is what is signed. It begins with a word that no certificate begins with, so that neither can stand in for the other.
func message(h api.AuditHead) []byte {
	return fmt.Appendf(nil, "hawser audit head\n%d\n%s\n%s\n", h.Entries, h.Hash, h.At.UTC().Format(time.RFC3339Nano))
}

// Sign makes the signed end of a log.
func Sign(entries int64, hash string, at time.Time, key crypto.Signer) (api.AuditHead, error) {
	h := api.AuditHead{Entries: entries, Hash: hash, At: at.UTC().Truncate(time.Microsecond)}
	sum := sha256.Sum256(message(h))
	var err error
	if h.Signature, err = key.Sign(rand.Reader, sum[:], crypto.SHA256); err != nil {
		return api.AuditHead{}, fmt.Errorf("sign end of the audit log: %w", err)
	}
	return h, nil
}

// Signed says whether the end was signed by that CA.
func Signed(h api.AuditHead, ca *x509.Certificate) bool {
	return ca.CheckSignature(x509.ECDSAWithSHA256, message(h), h.Signature) == nil
}
