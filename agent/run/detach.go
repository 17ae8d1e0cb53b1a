package run

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Process is a program that was started and left.
type Process struct {
	PID   int
	Ended <-chan error // tells once how it has ended, where whoever started it is still there
}

// Detach starts a program that outlives whoever starts it: in a session of its own, with nothing on its standard input, and what it prints at
// the end of a file of mode 0600. Input, Timeout and Stdout of the Command do not count. Whether it fares well has to be seen by other means.
func Detach(c Command, log string) (Process, error) {
	name, err := Find(c.Name)
	if err != nil {
		return Process{}, &Error{Name: c.Name, Code: -1, cause: err}
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return Process{}, fmt.Errorf("start %s: %w", c.Name, err)
	}
	defer out.Close()
	cmd := exec.Command(name, c.Args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PATH="+searchPath())
	cmd.Env = append(cmd.Env, c.Env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return Process{}, &Error{Name: c.Name, Code: -1, cause: err}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the program, or with us
	return Process{PID: cmd.Process.Pid, Ended: ended}, nil
}
