package activation_test

import (
	"testing"

	"hawser/licensing/activation"
)

// vector are the bytes 0 to 83 as groups. The console's own reader is held to the same text (web/src/app/license.test.tsx).
const vector = "000G4S-0R40M5-30E20Y-9185GZ-R38E19-W81244-GK2GAZ-HC5RRP-34D1PD-70X3RP-FJ089A-24CJ2J-A9H75B-0MJMAK-SC5MQ7-2YC1HW-68SK8T-D9P6W7-W3JEH3-V7GYKB-WFT08K-5146HE-258S3A-MGJAA2-9D64TS-KJFA1V-8N4MR1"

func TestVector(t *testing.T) {
	data := make([]byte, 84)
	for i := range data {
		data[i] = byte(i)
	}
	if got := activation.Format(data); got != vector {
		t.Errorf("got %s", got)
	}
}
