package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// shell is one SSH connection to a machine, which all programs share: a handshake costs an emulated processor a second.
type shell struct {
	m      *Machine
	socket string

	mu     sync.Mutex // guards what follows
	master *exec.Cmd
	gone   chan struct{}
	closed bool
}

func newShell(m *Machine) *shell { return &shell{m: m, socket: m.file("ssh")} }

func (s *shell) options() []string {
	image := s.m.rig.opt.Image
	return []string{
		"-F", "none", "-S", s.socket, "-i", filepath.Join(image, "key"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
		"-o", "UserKnownHostsFile=" + filepath.Join(image, "known_hosts"), "-o", "HostKeyAlias=vm", "-o", "StrictHostKeyChecking=yes",
		"-o", "LogLevel=ERROR", "-o", "ConnectTimeout=60",
	}
}

func (s *shell) target() string { return "root@" + s.m.rig.address(0, s.m.number) }

// connect starts the connection where there is none, and says whether it stands.
func (s *shell) connect(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("off")
	}
	if s.master != nil {
		select {
		case <-s.gone:
			s.master = nil
		default:
		}
	}
	if s.master == nil {
		_ = os.Remove(s.socket)
		master := exec.Command("ssh", append(s.options(), "-M", "-N", "-o", "ServerAliveInterval=60", s.target())...)
		if err := master.Start(); err != nil {
			return err
		}
		gone := make(chan struct{})
		go func() { defer close(gone); _ = master.Wait() }()
		s.master, s.gone = master, gone
	}
	if _, err := os.Stat(s.socket); err != nil {
		return fmt.Errorf("%s does not answer yet", s.m.name)
	}
	return ctx.Err()
}

func (s *shell) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.master != nil {
		_ = s.master.Process.Kill()
		<-s.gone
	}
}

// Exec runs a program in the machine with something on its standard input, and returns what it printed.
func (m *Machine) Exec(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	err := m.Run(ctx, bytes.NewReader(stdin), &stdout, &stderr, args...)
	if err != nil {
		err = fmt.Errorf("%s: %s: %w: %s", m.name, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), err
}

// Put writes a file in the machine.
func (m *Machine) Put(ctx context.Context, path, mode string, data []byte) error {
	_, err := m.Exec(ctx, data, "sh", "-c", `cat >"$1" && chmod "$2" "$1"`, "sh", path, mode)
	return err
}

// Run runs a program in the machine, with its output as it comes. It is an *exec.ExitError where the program ends with another
// status than 0, and 255 where the machine does not answer.
func (m *Machine) Run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) error {
	m.mu.Lock()
	now := m.run
	m.mu.Unlock()
	if now == nil {
		return errors.New(m.name + " is off")
	}
	if err := now.shell.connect(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // a call to a machine that has gone does not wait for TCP to notice
		select {
		case <-now.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	// SSH hands one line to a shell on the other side, however many arguments it was given.
	cmd := exec.CommandContext(ctx, "ssh", append(now.shell.options(), "-o", "ControlMaster=no", now.shell.target(), "--", strings.Join(quoted, " "))...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = stdin, stdout, stderr, 2*time.Second
	return cmd.Run()
}
