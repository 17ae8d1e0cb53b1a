package licensing

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
)

// vendorKey is set by the linker from HAWSER_VENDOR_KEY (see the Makefile): one or several public keys, with commas between them. It is
// part of the program on purpose. What an administrator can write into a file would let whoever writes it sign licences.
var vendorKey string

// VendorKeys are the keys that this build trusts; none in a development build.
func VendorKeys() ([]ed25519.PublicKey, error) { return ParseKeys(vendorKey) }

// ParseKeys reads public keys: 32 bytes in base64 each, with commas between them.
func ParseKeys(text string) ([]ed25519.PublicKey, error) {
	if text == "" {
		return nil, nil
	}
	var keys []ed25519.PublicKey
	for one := range strings.SplitSeq(text, ",") {
		key, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(one))
		if err != nil || len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("vendor's key %q is not 32 bytes in base64", one)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
