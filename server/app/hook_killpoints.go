//go:build killpoints

package app

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// hook, in the server that tests build and in no other, ends the process at the point that HAWSER_TEST_KILL names, for example
// before:configure or after:undo.configure: as a crash would, without a chance to tidy up. The points that are passed are
// written into the file that HAWSER_TEST_PASSED names.
func hook() func(when, step string) {
	kill, file := os.Getenv("HAWSER_TEST_KILL"), os.Getenv("HAWSER_TEST_PASSED")
	var one sync.Mutex
	return func(when, step string) {
		one.Lock()
		defer one.Unlock()
		point := when + ":" + step
		if err := passed(file, point); err != nil {
			panic(err) // a test that cannot tell where it has been proves nothing
		}
		if point == kill {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
}

func passed(file, point string) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, point)
	return errors.Join(err, f.Close())
}
