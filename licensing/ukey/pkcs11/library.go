// Package pkcs11 speaks with a token through its maker's PKCS #11 library: the twelve functions of Cryptoki 2.40 that a challenge needs.
// The library is loaded without cgo. It is used in hawser-ukey only, because it runs code that is not ours in its process.
package pkcs11

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"hawser/internal/fault"
	"hawser/licensing/ukey"
)

// ulong is CK_ULONG: C's unsigned long, as wide as a pointer on every Linux that Hawser runs on.
type ulong = uintptr

// functions is CK_FUNCTION_LIST as far as it is used; C aligns the pointers behind the version's two bytes.
type functions struct {
	version [2]byte
	entry   [44]uintptr
}

// Places in the list.
const (
	fnInitialize        = 0
	fnFinalize          = 1
	fnGetSlotList       = 4
	fnGetTokenInfo      = 6
	fnOpenSession       = 12
	fnCloseSession      = 13
	fnLogin             = 18
	fnGetAttributeValue = 24
	fnFindObjectsInit   = 26
	fnFindObjects       = 27
	fnFindObjectsFinal  = 28
	fnSignInit          = 42
	fnSign              = 43
)

// Return values.
const (
	rvOK                 = 0x0
	rvMechanismInvalid   = 0x70
	rvPINIncorrect       = 0xa0
	rvPINInvalid         = 0xa1
	rvPINLength          = 0xa2
	rvPINExpired         = 0xa3
	rvPINLocked          = 0xa4
	rvAlreadyLoggedIn    = 0x100
	rvAlreadyInitialized = 0x191
)

// tokenInfo is CK_TOKEN_INFO.
type tokenInfo struct {
	label, manufacturer [32]byte
	model, serial       [16]byte
	flags               ulong
	counts              [10]ulong
	hardware, firmware  [2]byte
	time                [16]byte
}

// attribute is CK_ATTRIBUTE, and mechanism is CK_MECHANISM.
type attribute struct {
	kind  ulong
	value unsafe.Pointer
	size  ulong
}

type mechanism struct {
	kind      ulong
	parameter unsafe.Pointer
	size      ulong
}

// library is a library that was loaded and initialised.
type library struct{ list *functions }

func load(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fault.New(fault.Failed, "ukey.load", "the library %s does not load: %w", path, err).With("module", path, "message", err.Error())
	}
	get, err := purego.Dlsym(handle, "C_GetFunctionList")
	if err != nil {
		return nil, fault.New(fault.Failed, "ukey.not_pkcs11", "%s is no PKCS #11 library", path).With("module", path)
	}
	l := &library{}
	if rv, _, _ := purego.SyscallN(get, uintptr(unsafe.Pointer(&l.list))); rv != rvOK || l.list == nil {
		return nil, fault.New(fault.Failed, "ukey.not_pkcs11", "%s is no PKCS #11 library", path).With("module", path)
	}
	if v := l.list.version[0]; v != 2 && v != 3 { // the functions of 2 stand at the same places in 3
		return nil, fault.New(fault.Failed, "ukey.not_pkcs11", "%s is of Cryptoki %d", path, v).With("module", path)
	}
	if err := l.call("C_Initialize", fnInitialize, 0); err != nil && code(err) != rvAlreadyInitialized {
		return nil, err
	}
	return l, nil
}

// failure is a return value that is not CKR_OK.
type failure struct {
	fault *fault.Error
	rv    ulong
}

func (f failure) Error() string { return f.fault.Error() }

func (f failure) Unwrap() error { return f.fault }

func code(err error) ulong {
	if f, is := err.(failure); is { //nolint:errorlint // it is never wrapped here
		return f.rv
	}
	return rvOK
}

// call calls a function of the list. The directive has what the arguments point to stay where it is until the call is over.
//
//go:uintptrescapes
func (l *library) call(name string, place int, args ...uintptr) error {
	rv, _, _ := purego.SyscallN(l.list.entry[place], args...)
	value := fmt.Sprintf("0x%x", rv)
	switch rv {
	case rvOK:
		return nil
	case rvPINIncorrect, rvPINInvalid, rvPINLength:
		return failure{fault.New(fault.Denied, "ukey.pin", "the token refuses the PIN (%s)", value), rv}
	case rvPINLocked, rvPINExpired:
		return failure{fault.New(fault.Denied, "ukey.pin_locked", "the token's PIN is locked or has expired (%s)", value), rv}
	}
	return failure{fault.New(fault.Failed, "ukey.failed", "%s of the token's library returned %s", name, value).With("function", name, "code", value), rv}
}

func (l *library) end() { _ = l.call("C_Finalize", fnFinalize, 0) }

// slots are those in which there is a token.
func (l *library) slots() ([]ulong, error) {
	count := new(ulong)
	if err := l.call("C_GetSlotList", fnGetSlotList, 1, 0, uintptr(unsafe.Pointer(count))); err != nil || *count == 0 {
		return nil, err
	}
	*count = min(*count, 256)
	list := make([]ulong, *count)
	err := l.call("C_GetSlotList", fnGetSlotList, 1, uintptr(unsafe.Pointer(&list[0])), uintptr(unsafe.Pointer(count)))
	return list[:min(*count, ulong(len(list)))], err
}

const flagInitialized = 0x400

// token returns what the token in a slot says of itself; false where nobody has prepared it yet.
func (l *library) token(slot ulong) (ukey.Token, bool, error) {
	info := &tokenInfo{}
	if err := l.call("C_GetTokenInfo", fnGetTokenInfo, slot, uintptr(unsafe.Pointer(info))); err != nil {
		return ukey.Token{}, false, err
	}
	text := func(b []byte) string { return strings.ToValidUTF8(strings.TrimRight(string(b), " \x00"), "?") }
	return ukey.Token{
		Label: text(info.label[:]), Manufacturer: text(info.manufacturer[:]), Model: text(info.model[:]), Serial: text(info.serial[:]),
	}, info.flags&flagInitialized != 0, nil
}

// session is an open session with a token.
type session struct {
	*library
	handle ulong
}

const flagSerial = 0x4

func (l *library) open(slot ulong) (*session, error) {
	handle := new(ulong)
	err := l.call("C_OpenSession", fnOpenSession, slot, flagSerial, 0, 0, uintptr(unsafe.Pointer(handle)))
	return &session{l, *handle}, err
}

func (s *session) close() { _ = s.call("C_CloseSession", fnCloseSession, s.handle) }

const user = 1

func (s *session) login(pin string) error {
	b := append([]byte(pin), 0)
	err := s.call("C_Login", fnLogin, s.handle, user, uintptr(unsafe.Pointer(&b[0])), uintptr(len(pin)))
	clear(b)
	if code(err) == rvAlreadyLoggedIn {
		return nil
	}
	return err
}

// mostObjects bounds how many objects of a class are looked at.
const mostObjects = 64

// find returns the objects that have these attributes.
func (s *session) find(template ...attribute) ([]ulong, error) {
	if err := s.call("C_FindObjectsInit", fnFindObjectsInit, s.handle, uintptr(unsafe.Pointer(&template[0])), uintptr(len(template))); err != nil {
		return nil, err
	}
	list, count := make([]ulong, mostObjects), new(ulong)
	err := s.call("C_FindObjects", fnFindObjects, s.handle, uintptr(unsafe.Pointer(&list[0])), mostObjects, uintptr(unsafe.Pointer(count)))
	runtime.KeepAlive(template)
	if endErr := s.call("C_FindObjectsFinal", fnFindObjectsFinal, s.handle); err == nil {
		err = endErr
	}
	return list[:min(*count, mostObjects)], err
}

// is makes an attribute that an object is to have.
func is[T any](kind ulong, value *T, size int) attribute {
	return attribute{kind, unsafe.Pointer(value), ulong(size)}
}

// maxAttribute bounds an attribute in bytes; the modulus of an RSA key of 8192 bits has 1024.
const maxAttribute = 4 << 10

// get returns an attribute of an object; nothing where it has none.
func (s *session) get(object, kind ulong) []byte {
	ask := make([]attribute, 1)
	ask[0].kind = kind
	if s.call("C_GetAttributeValue", fnGetAttributeValue, s.handle, object, uintptr(unsafe.Pointer(&ask[0])), 1) != nil || ask[0].size == 0 || ask[0].size > maxAttribute {
		return nil
	}
	b := make([]byte, ask[0].size)
	ask[0].value = unsafe.Pointer(&b[0])
	err := s.call("C_GetAttributeValue", fnGetAttributeValue, s.handle, object, uintptr(unsafe.Pointer(&ask[0])), 1)
	runtime.KeepAlive(ask)
	if err != nil || ask[0].size > ulong(len(b)) {
		return nil
	}
	return b[:ask[0].size]
}

// sign signs data with a private key.
func (s *session) sign(key, how ulong, data []byte) ([]byte, error) {
	m := &mechanism{kind: how}
	if err := s.call("C_SignInit", fnSignInit, s.handle, uintptr(unsafe.Pointer(m)), key); err != nil {
		return nil, err
	}
	out, size := make([]byte, maxAttribute), new(ulong)
	*size = maxAttribute
	err := s.call("C_Sign", fnSign, s.handle, uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)), uintptr(unsafe.Pointer(&out[0])), uintptr(unsafe.Pointer(size)))
	return out[:min(*size, maxAttribute)], err
}
