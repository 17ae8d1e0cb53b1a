// Command records writes numbered records to a file, each durable before the next is begun, and finds out which of them a file holds.
//
//	records write FILE   for each number on standard input writes so many more, and prints the last one's number
//	records verify FILE  prints how many there are without a gap
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// size is that of a record, and of what direct I/O is aligned to.
const size = 4096

func main() {
	if err := do(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "records:", err)
		os.Exit(1)
	}
}

func do(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: records write|verify FILE")
	}
	switch args[0] {
	case "write":
		return write(args[1], os.Stdin, os.Stdout)
	case "verify":
		return verify(args[1], os.Stdout)
	}
	return fmt.Errorf("%s: neither write nor verify", args[0])
}

// record is what the n-th one is, from 1 on.
func record(n int) []byte { return slices.Repeat(fmt.Appendf(nil, "%015d\n", n), size/16) }

// write goes on behind what is there.
func write(path string, in io.Reader, out io.Writer) error {
	last, err := count(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|unix.O_DIRECT|unix.O_DSYNC, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	// A mapping of its own is aligned as direct I/O wants it.
	buffer, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		more, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		for range more {
			copy(buffer, record(last+1))
			if _, err := f.WriteAt(buffer, int64(last)*size); err != nil {
				return err
			}
			last++
		}
		if _, err := fmt.Fprintln(out, last); err != nil {
			return err
		}
	}
	return nil
}

func verify(path string, out io.Writer) error {
	n, err := count(path)
	if errors.Is(err, os.ErrNotExist) {
		n, err = 0, nil
	}
	if err == nil {
		_, err = fmt.Fprintln(out, n)
	}
	return err
}

// count is how many records a file holds from its beginning on.
func count(path string) (int, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	n := 0
	for len(b) >= (n+1)*size && bytes.Equal(b[n*size:(n+1)*size], record(n+1)) {
		n++
	}
	return n, nil
}
