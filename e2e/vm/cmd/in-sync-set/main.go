// Command in-sync-set is what a mirror's daemon asks in a virtual machine where no cluster runs: it hands the question to the test outside,
// which keeps the set as a third vote would, and hands the answer back.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// timeout ends a question that nobody answers: a daemon asks again.
const timeout = time.Minute

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: in-sync-set ADDRESS")
		os.Exit(2)
	}
	if err := ask(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "in-sync-set:", err)
		os.Exit(1)
	}
}

func ask(address string) error {
	conn, err := net.DialTimeout("tcp", address, timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := io.Copy(conn, os.Stdin); err != nil {
		return err
	}
	n, err := io.Copy(os.Stdout, conn)
	if err == nil && n == 0 {
		err = errors.New("no answer")
	}
	return err
}
