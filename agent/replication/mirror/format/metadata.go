package format

import (
	"errors"
	"fmt"
)

// ErrOccupied is a device that carries something already.
var ErrOccupied = errors.New("the device carries data")

// Metadata is all that a device says beside its data.
type Metadata struct {
	Super  Super
	Log    Log
	Bitmap *Bitmap
	// LogLost: neither copy of the activity log can be read. Any extent may have been active.
	LogLost bool
}

// Lay returns the metadata of a new replica, as they lie at the device's beginning. The superblocks are the first two blocks: whoever
// writes them last has either a replica or none.
func Lay(s Super) ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	b := make([]byte, s.Geometry.DataOffset())
	for replica := range superCopies {
		copy(b[SuperOffset(replica):], s.Encode())
	}
	for sequence := range uint64(logCopies) {
		copy(b[LogOffset(sequence):], Log{Sequence: sequence}.Encode(s.Volume))
	}
	empty := make([]byte, pageBits/8)
	for page := range s.Geometry.Pages() {
		copy(b[PageOffset(page):], EncodePage(s.Volume, page, empty))
	}
	return b, nil
}

// CheckBlank refuses a device whose beginning, where the metadata would go, is not all zeroes.
func CheckBlank(beginning []byte) error {
	for i, v := range beginning {
		if v != 0 {
			if _, err := DecodeSuper(beginning[:min(BlockSize, len(beginning))]); !errors.Is(err, ErrNone) {
				return fmt.Errorf("%w: a replica of a mirror", ErrOccupied)
			}
			return fmt.Errorf("%w: at byte %d", ErrOccupied, i)
		}
	}
	return nil
}

// ReadSuper reads the superblock from the first two blocks of a device: the newer copy that is whole.
func ReadSuper(b []byte) (Super, error) {
	if len(b) < superCopies*BlockSize {
		return Super{}, ErrNone
	}
	first, firstErr := DecodeSuper(b[:BlockSize])
	second, secondErr := DecodeSuper(b[BlockSize : 2*BlockSize])
	switch {
	case errors.Is(firstErr, ErrVersion), errors.Is(secondErr, ErrVersion):
		return Super{}, ErrVersion // a newer program has been here: its other copy is not for us either
	case firstErr != nil && secondErr != nil:
		return Super{}, worse(firstErr, secondErr)
	case firstErr != nil:
		return second, nil
	case secondErr != nil || first.Sequence >= second.Sequence:
		return first, nil
	}
	return second, nil
}

// worse returns the error that tells more: damage rather than nothing.
func worse(a, b error) error {
	if errors.Is(a, ErrNone) {
		return b
	}
	return a
}

// Decode reads a device's metadata. Damage of the bitmap and of the log is no error: what they covered counts as different.
func Decode(b []byte) (Metadata, error) {
	s, err := ReadSuper(b)
	if err != nil {
		return Metadata{}, err
	}
	if int64(len(b)) < s.Geometry.DataOffset() {
		return Metadata{}, fmt.Errorf("%w: %d bytes of metadata, want %d", ErrContent, len(b), s.Geometry.DataOffset())
	}
	m := Metadata{Super: s, Bitmap: NewBitmap(s.Geometry)}
	m.Log, m.LogLost = newestLog(b, s)
	for page := range s.Geometry.Pages() {
		at := PageOffset(page)
		content, err := DecodePage(b[at:at+BlockSize], s.Volume, page)
		if err == nil {
			err = m.Bitmap.Merge(page, content)
		}
		m.Bitmap.changed[page] = false
		if err != nil {
			m.Bitmap.SetPage(page)
		}
	}
	return m, nil
}

func newestLog(b []byte, s Super) (Log, bool) {
	newest, lost := Log{}, true
	for place := range uint64(logCopies) {
		at := LogOffset(place)
		l, err := DecodeLog(b[at:at+BlockSize], s.Volume, s.Geometry)
		if err == nil && l.Sequence%logCopies == place && (lost || l.Sequence > newest.Sequence) {
			newest, lost = l, false
		}
	}
	return newest, lost
}
