package pkcs11

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/big"
	"unsafe"

	"hawser/internal/fault"
	"hawser/licensing/ukey"
)

// Object classes, attributes and mechanisms.
const (
	classPublic  = 2
	classPrivate = 3

	attrClass    = 0x0
	attrKeyType  = 0x100
	attrID       = 0x102
	attrModulus  = 0x120
	attrExponent = 0x122
	attrECParams = 0x180
	attrECPoint  = 0x181

	keyRSA = 0
	keyEC  = 3

	signRSA       = 0x1  // CKM_RSA_PKCS: what is signed is handed over as PKCS #1 has it
	signRSASHA256 = 0x40 // CKM_SHA256_RSA_PKCS
	signECDSA     = 0x1041
)

// maxQuestion bounds what is read of a question.
const maxQuestion = 64 << 10

// Serve reads one question and answers it.
func Serve(in io.Reader, out io.Writer) error {
	var q ukey.Question
	if err := json.NewDecoder(io.LimitReader(in, maxQuestion)).Decode(&q); err != nil {
		return err
	}
	a, err := answer(q)
	if err != nil {
		a = ukey.Answer{Fault: fault.Public(err)}
	}
	return json.NewEncoder(out).Encode(a)
}

func answer(q ukey.Question) (ukey.Answer, error) {
	l, err := load(q.Module)
	if err != nil {
		return ukey.Answer{}, err
	}
	defer l.end()
	slots, err := l.slots()
	if err != nil {
		return ukey.Answer{}, err
	}
	var seen *ukey.Token
	for _, slot := range slots {
		t, ready, err := l.token(slot)
		if err != nil || !ready || q.Label != "" && t.Label != q.Label {
			continue // one that was pulled out this moment, or is somebody else's
		}
		seen = &t
		if q.Key == "" {
			return ukey.Answer{Token: seen}, nil
		}
		a, found, err := l.prove(slot, q)
		if err != nil || found {
			a.Token = seen
			return a, err
		}
	}
	if seen == nil {
		return ukey.Answer{}, fault.New(fault.Failed, "ukey.absent", "there is no token")
	}
	return ukey.Answer{}, fault.New(fault.Failed, "ukey.other", "the token %s is not the one of the licence", seen.Label).With("label", seen.Label)
}

// prove signs the challenge where the token has the key that is asked for. It signs in only where it has: a token that is not meant
// must not count a wrong PIN.
func (l *library) prove(slot ulong, q ukey.Question) (a ukey.Answer, found bool, err error) {
	s, err := l.open(slot)
	if err != nil {
		return a, false, err
	}
	defer s.close()
	class := new(ulong)
	*class = classPublic
	list, err := s.find(is(attrClass, class, int(unsafe.Sizeof(*class))))
	if err != nil {
		return a, false, err
	}
	for _, object := range list {
		public := s.public(object)
		if public == nil {
			continue
		}
		if sum := sha256.Sum256(public); hex.EncodeToString(sum[:]) != q.Key {
			continue
		}
		if err := s.login(q.PIN); err != nil {
			return a, true, err
		}
		signature, err := s.signBy(object, q.Challenge)
		return ukey.Answer{PublicKey: public, Signature: signature}, true, err
	}
	return a, false, nil
}

// public is a public key as SubjectPublicKeyInfo; nothing for one that cannot prove a licence.
func (s *session) public(object ulong) []byte {
	var key any
	switch s.keyType(object) {
	case keyRSA:
		n, e := new(big.Int).SetBytes(s.get(object, attrModulus)), new(big.Int).SetBytes(s.get(object, attrExponent))
		if !e.IsInt64() || e.Int64() > 1<<31-1 || e.Int64() < 3 {
			return nil
		}
		key = &rsa.PublicKey{N: n, E: int(e.Int64())}
	case keyEC:
		var curve asn1.ObjectIdentifier
		if rest, err := asn1.Unmarshal(s.get(object, attrECParams), &curve); err != nil || len(rest) > 0 || !curve.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}) {
			return nil
		}
		point := s.get(object, attrECPoint)
		var inner []byte // the point is wrapped into an OCTET STRING, but not by every maker
		if rest, err := asn1.Unmarshal(point, &inner); err == nil && len(rest) == 0 {
			point = inner
		}
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			return nil
		}
		key = public
	}
	if key == nil || ukey.CheckKey(key) != nil {
		return nil
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil
	}
	return der
}

// keyType is the type of a key; none of those that are known where the token does not say it.
func (s *session) keyType(object ulong) ulong {
	b := s.get(object, attrKeyType)
	if len(b) != int(unsafe.Sizeof(ulong(0))) {
		return ^ulong(0)
	}
	return *(*ulong)(unsafe.Pointer(&b[0]))
}

// signBy signs with the private half of a public key: the one of the same ID.
func (s *session) signBy(public ulong, challenge []byte) ([]byte, error) {
	class := new(ulong)
	*class = classPrivate
	template := []attribute{is(attrClass, class, int(unsafe.Sizeof(*class)))}
	if id := s.get(public, attrID); len(id) > 0 {
		template = append(template, is(attrID, &id[0], len(id)))
	}
	list, err := s.find(template...)
	if err != nil {
		return nil, err
	}
	kind := s.keyType(public)
	for _, private := range list {
		if s.keyType(private) != kind {
			continue
		}
		sum := sha256.Sum256(challenge)
		if kind == keyEC {
			return s.sign(private, signECDSA, sum[:])
		}
		signature, err := s.sign(private, signRSASHA256, challenge)
		if code(err) == rvMechanismInvalid {
			return s.sign(private, signRSA, append(sha256Info(), sum[:]...))
		}
		return signature, err
	}
	return nil, fault.New(fault.Failed, "ukey.no_private", "the token shows no private key for this licence")
}

// sha256Info is the beginning of a DigestInfo with SHA-256 (RFC 8017, 9.2).
func sha256Info() []byte {
	return []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}
}
