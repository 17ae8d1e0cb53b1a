// Command hawser-ukey answers one question about a token: the server starts it, writes the question to its standard input, and reads the
// answer from its standard output. It is apart from the server because it loads the library of the token's maker.
package main

import (
	"fmt"
	"os"
	"syscall"

	"hawser/licensing/ukey/pkcs11"
)

func main() {
	// A core file of a library that crashes would hold the PIN.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	if err := pkcs11.Serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "hawser-ukey:", err)
		os.Exit(1)
	}
}
