package vm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// inside says that this process is the first of its namespaces.
const inside = "HAWSER_VM_INSIDE"

// Alone runs the present program again, with the same arguments, as the first process of its own namespaces for processes, networks
// and mounts, and returns its exit status; there, it returns 0 and true at once. The kernel ends all that is in these namespaces
// with their first process, and the first process with this one.
func Alone() (int, bool, error) {
	if os.Getenv(inside) != "" {
		return 0, true, settle()
	}
	self, err := os.Executable()
	if err != nil {
		return 0, false, err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	runtime.LockOSThread() // the signal comes when the thread that started the child ends
	defer runtime.UnlockOSThread()
	err = cmd.Run()
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		return max(exit.ExitCode(), 1), false, nil
	}
	return 0, false, err
}

// settle makes the new namespaces usable: mounts that do not spread, its own /proc, loopback.
func settle() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	_, err := command(context.Background(), nil, "ip", "link", "set", "lo", "up")
	return err
}
