// Package run starts other programs; nothing else in the product may.
//
// Never through a shell, always with LC_ALL=C, never for longer than a timeout, and never with a secret in the argument
// vector, which every user of the machine can read: secrets go to standard input.
package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A Runner starts a program, waits for it and returns what it printed.
// The agent's drivers take a Runner, so that their tests can hand them a Fake.
type Runner interface {
	// Run starts the program. The error is nil only if it ended with status 0; otherwise it is or wraps an *Error, and
	// the Output still holds what was printed. Where ctx ended, or the timeout passed, errors.Is finds their error.
	Run(ctx context.Context, c Command) (Output, error)
}

// Command is a program to be started.
type Command struct {
	Name    string
	Args    []string
	Stdin   []byte        // whatever is secret goes here
	Env     []string      // NAME=value, added to the agent's own environment; values are never logged
	Timeout time.Duration // 0 means the Runner's own
	// Stdout, where set, takes the standard output as it comes, and Output has none. The program is ended where it takes no more.
	Stdout io.Writer
}

// Cmd returns the Command name with its arguments.
func Cmd(name string, args ...string) Command { return Command{Name: name, Args: args} }

// With returns c with additions to its environment.
func (c Command) With(env ...string) Command {
	c.Env = append(slices.Clone(c.Env), env...)
	return c
}

// Input returns c with data on its standard input.
func (c Command) Input(data []byte) Command {
	c.Stdin = data
	return c
}

// Into returns c with somebody who takes its standard output.
func (c Command) Into(w io.Writer) Command {
	c.Stdout = w
	return c
}

// Within returns c with a timeout of its own.
func (c Command) Within(d time.Duration) Command {
	c.Timeout = d
	return c
}

// String is what may be logged: neither input nor values of the environment.
func (c Command) String() string {
	var b strings.Builder
	b.WriteString(c.Name)
	for _, a := range c.Args {
		b.WriteByte(' ')
		if strings.ContainsAny(a, " \t\n\"'") || a == "" {
			fmt.Fprintf(&b, "%q", a)
		} else {
			b.WriteString(a)
		}
	}
	if c.Stdin != nil {
		fmt.Fprintf(&b, " <(%d bytes)", len(c.Stdin))
	}
	return b.String()
}

// Output is what a program printed, and its exit status: -1 where it did not start or was killed.
type Output struct {
	Stdout, Stderr []byte
	Code           int
}

// Error says that a program failed, and how.
type Error struct {
	Name  string // of the program
	Code  int
	Words string // what it printed to standard error, or else to standard output: its end, where it was long
	cause error
}

func (e *Error) Error() string {
	text := e.Name + ": " + e.cause.Error()
	if e.Words != "" {
		text += ": " + e.Words
	}
	return text
}

func (e *Error) Unwrap() error { return e.cause }

// NewError makes the Error of a program that ended with a status other than 0, for Fakes.
func NewError(name string, out Output) *Error {
	return &Error{Name: name, Code: out.Code, Words: words(out), cause: fmt.Errorf("exit status %d", out.Code)}
}

// Code returns the exit status that err tells of, 0 for nil, and -1 where there is none.
func Code(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return -1
}

// Words returns what the failed program said itself, or the error's text where it said nothing.
func Words(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Words != "" {
		return e.Words
	}
	return err.Error()
}

const (
	// defaultTimeout is for programs that only ask something: Pacemaker's own tools give up after 30 s.
	defaultTimeout = 40 * time.Second
	// waitDelay is how long output may still come after the program's end; a grandchild that keeps the pipe must not hold us.
	waitDelay = time.Second
	// maxOutput bounds what is kept of each stream: a CIB of 32 nodes and 500 resources has less than 8 MiB.
	maxOutput = 64 << 20
	// maxWords bounds what an Error keeps.
	maxWords = 2000
)

// System runs programs on this machine. The zero value works.
type System struct {
	Timeout time.Duration // for a Command without its own; 0 means 40 s
}

// Run implements Runner. The program gets a process group of its own, which is killed as a whole: resource agents have children.
func (s System) Run(ctx context.Context, c Command) (Output, error) {
	limit := c.Timeout
	if limit == 0 {
		limit = s.Timeout
	}
	if limit == 0 {
		limit = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	stdout, stderr := &bounded{limit: maxOutput}, &bounded{limit: maxOutput}
	name, err := Find(c.Name)
	if err != nil {
		return Output{Code: -1}, &Error{Name: c.Name, Code: -1, cause: err}
	}
	cmd := exec.CommandContext(ctx, name, c.Args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PATH="+searchPath())
	cmd.Env = append(cmd.Env, c.Env...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if c.Stdout != nil {
		cmd.Stdout = &ending{c.Stdout, cancel}
	}
	if c.Stdin != nil {
		cmd.Stdin = bytes.NewReader(c.Stdin)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = waitDelay
	err = cmd.Run()

	out := Output{Stdout: stdout.buf.Bytes(), Stderr: stderr.buf.Bytes(), Code: -1}
	if cmd.ProcessState != nil {
		out.Code = cmd.ProcessState.ExitCode()
	}
	switch {
	case err == nil:
		return out, nil
	case ctx.Err() != nil:
		err = context.Cause(ctx) // "deadline exceeded" says more than "signal: killed"
	case errors.Is(err, exec.ErrWaitDelay) && out.Code == 0:
		return out, nil // it ended well; only a grandchild kept the pipe open
	}
	return out, &Error{Name: c.Name, Code: out.Code, Words: words(out), cause: err}
}

// Missing says whether err means that there is no such program.
func Missing(err error) bool {
	return errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist)
}

// Find returns where a program is. The cluster's tools are in folders that an ordinary user's path does not have.
func Find(name string) (string, error) {
	if strings.Contains(name, "/") {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(searchPath()) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// searchPath is the agent's own path with the folders of the system's administration.
func searchPath() string {
	path := os.Getenv("PATH")
	for _, dir := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
		if !slices.Contains(filepath.SplitList(path), dir) {
			path = strings.TrimPrefix(path+":"+dir, ":")
		}
	}
	return path
}

// words is what a program said about its failure.
func words(out Output) string {
	text := bytes.TrimSpace(out.Stderr)
	if len(text) == 0 {
		text = bytes.TrimSpace(out.Stdout)
	}
	if len(text) > maxWords {
		text = text[len(text)-maxWords:]
	}
	return string(bytes.ToValidUTF8(text, []byte("?")))
}

// ending ends a program that has printed more than is wanted: it might never notice, and print nothing more.
type ending struct {
	w   io.Writer
	end context.CancelFunc
}

func (e *ending) Write(p []byte) (int, error) {
	n, err := e.w.Write(p)
	if err != nil {
		e.end()
	}
	return n, err
}

// bounded keeps the first bytes that are written to it and drops the rest: a program that prints without end must
// neither fill the agent's memory nor hang on a full pipe.
type bounded struct {
	buf   bytes.Buffer
	limit int
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.limit - b.buf.Len(); room > 0 {
		b.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
