//go:build killpoints

package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"hawser/agent/engine"
)

// In the agent that tests build, and in no other: where it is to die, and where it has been.
const (
	killFile   = "/run/hawser-killpoints" // a point in each line, as engine.Point is written; * stands for any part
	passedFile = "/run/hawser-passed"     // the points that were passed, one in each line
)

// hook notes every point that is passed, and ends the process at those that the file names: as a crash would, without a chance to
// tidy up. Each line is good for one death: it is taken out before.
func hook() func(engine.Point) {
	var one sync.Mutex
	return func(p engine.Point) {
		one.Lock()
		defer one.Unlock()
		if err := passed(p.String()); err != nil {
			panic(err) // a test that cannot tell where it has been proves nothing
		}
		if !struck(p.String()) {
			return
		}
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
		select {} // the signal is on its way
	}
}

func passed(point string) error {
	f, err := os.OpenFile(passedFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, point)
	return errors.Join(err, f.Close())
}

// struck says whether a point is in the file, and takes it out.
func struck(point string) bool {
	data, err := os.ReadFile(killFile)
	if err != nil {
		return false
	}
	lines := strings.Fields(string(data))
	i := slices.IndexFunc(lines, func(line string) bool { is, err := path.Match(line, point); return err == nil && is })
	if i < 0 {
		return false
	}
	lines = slices.Delete(lines, i, i+1)
	return os.WriteFile(killFile, []byte(strings.Join(lines, "\n")+"\n"), 0o600) == nil
}
