// Package qr shows text as a QR code, and reads it from a picture of one.
package qr

import (
	"bytes"
	"image"
	_ "image/jpeg" // formats of pictures that are read
	_ "image/png"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	encoder "github.com/skip2/go-qrcode"

	"hawser/internal/fault"
)

// modulePixels is the edge of a module in a picture: large enough for a camera that looks at a screen.
const modulePixels = 6

// PNG is a picture of the code.
func PNG(text string) ([]byte, error) {
	code, err := encoder.New(text, encoder.Low)
	if err != nil {
		return nil, err
	}
	return code.PNG(-modulePixels)
}

// Terminal draws the code with characters of half a line, light on dark; colours make sure of that where the terminal has them.
func Terminal(text string, colours bool) (string, error) {
	code, err := encoder.New(text, encoder.Low)
	if err != nil {
		return "", err
	}
	drawn := code.ToSmallString(false)
	if !colours {
		return drawn, nil
	}
	var out strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(drawn, "\n"), "\n") {
		out.WriteString("\x1b[97;40m" + line + "\x1b[0m\n")
	}
	return out.String(), nil
}

// Bounds of a picture that is read.
const (
	MaxPicture = 700 << 10 // bytes; in base64 it fits into a request
	maxPixels  = 16 << 20
)

// Read returns the text of the QR code in a picture (PNG or JPEG).
func Read(picture []byte) (string, error) {
	unreadable := fault.New(fault.Invalid, "licence.picture", "this is no picture in PNG or JPEG")
	if len(picture) > MaxPicture {
		return "", fault.New(fault.Invalid, "licence.picture_large", "the picture is too large")
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return "", unreadable
	}
	if head.Width < 1 || head.Height < 1 || head.Width > maxPixels/head.Height {
		return "", fault.New(fault.Invalid, "licence.picture_large", "the picture is too large")
	}
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", unreadable
	}
	return find(img)
}

// find looks for the code. The library panics over some pictures that are none.
func find(img image.Image) (text string, err error) {
	none := fault.New(fault.Invalid, "licence.picture_empty", "no QR code is found in the picture")
	defer func() {
		if recover() != nil {
			text, err = "", none
		}
	}()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", none
	}
	for _, hint := range hints {
		if result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{hint: true}); err == nil {
			return result.GetText(), nil
		}
	}
	return "", none
}

// hints are the ways to look for a code. The first finds it anywhere in a photograph, but takes something else for a corner
// in about one of a hundred; the second reads every picture of a code with nothing else in it, which most are.
var hints = []gozxing.DecodeHintType{gozxing.DecodeHintType_TRY_HARDER, gozxing.DecodeHintType_PURE_BARCODE}
