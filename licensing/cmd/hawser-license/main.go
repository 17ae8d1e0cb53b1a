// Command hawser-license is the vendor's: it makes the key, reads requests, and issues licences. It is never shipped.
package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"hawser/internal/fault"
	"hawser/internal/words"
)

func main() {
	t := tool{in: os.Stdin, out: os.Stdout, words: words.For(words.Match(language()))}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		t.ask = func(question string) ([]byte, error) {
			fmt.Fprint(os.Stderr, question+" ")
			defer fmt.Fprintln(os.Stderr)
			return term.ReadPassword(int(os.Stdin.Fd()))
		}
	}
	os.Exit(t.run(os.Args[1:], os.Stderr))
}

func language() string {
	for _, name := range []string{"HAWSER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	return words.English
}

// run carries a command out and returns the exit status.
func (t tool) run(args []string, errors io.Writer) int {
	err := t.command(args)
	if err == nil {
		return 0
	}
	if f := fault.Public(err); f.Reason != "internal" {
		fmt.Fprintln(errors, "hawser-license:", t.words.Fault(f))
	} else {
		fmt.Fprintln(errors, "hawser-license:", err)
	}
	if fault.CodeOf(err) == fault.Invalid {
		return 2
	}
	return 1
}
