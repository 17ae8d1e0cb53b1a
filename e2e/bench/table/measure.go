package table

import (
	"os"
	"slices"
	"strings"
)

// Load is the load average of the last minute, as the kernel writes it.
func Load() string {
	data, _ := os.ReadFile("/proc/loadavg") // a file of the kernel
	first, _, _ := strings.Cut(string(data), " ")
	return first
}

// Median is the value in the middle, of an even number the upper one of the two. There is at least one.
func Median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
