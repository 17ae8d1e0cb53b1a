package testkit

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// ClosedPort returns a port of 127.0.0.1 on which nobody listens, for who is to listen later, or again. It lies below those that the kernel
// gives by itself: one of these would be given to somebody else meanwhile, even to who dials it and so meets himself.
func ClosedPort(t testing.TB) int {
	t.Helper()
	const first, count, tries = 10000, 20000, 100 // Linux gives those from 32768
	for range tries {
		port := first + rand.IntN(count)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no port is free")
	return 0
}
