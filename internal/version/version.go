// Package version says which version of Hawser this is.
package version

// version is set by the linker (see the Makefile); "dev" where it was not.
var version = "dev"

// String returns the version, for example 0.1.0.
func String() string { return version }
