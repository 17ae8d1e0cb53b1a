// Package stage brings the product up on the sandbox, as an administrator would: with its own programs and nothing else.
// The demo, the tests on real nodes and the benchmarks stand on it. Whatever is there already is left as it is,
// so that coming up again after a crash, or after a reboot, goes on where it ended.
package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/e2e/sandbox"
)

// Times within which a step must be done on two cores; a step that takes longer has failed.
const (
	nodesTimeout  = 3 * time.Minute
	serverTimeout = 30 * time.Second
	enrolTimeout  = time.Minute
)

// Options say where things are. The zero value of what is not marked required has a default.
type Options struct {
	Root  string   // the project's folder; required
	Dir   string   // where server and CLI keep their files; required
	Nodes []string // n1, n2, n3
	// Instance is the sandbox's: the second number of its addresses. 213, the demo's; tests take another and leave the demo alone.
	Instance int
	Links    int  // number of heartbeat networks, 1 to 7; 2
	LUNs     int  // number of shared disks, 1 to 8; 1
	Private  int  // MiB of a disk that each node has for itself; none
	IPv6     bool // addresses of both kinds in all networks
	Arbiter  bool // a machine beside the nodes, enrolled like them
	// SelfTest is from a reset by the fence device until the node boots; 0, where a real machine needs a minute.
	SelfTest time.Duration
	Bin      string    // folder of the programs; build/bin below Root
	Listen   string    // address of the console, 127.0.0.1:8443
	Config   string    // file of the CLI's context; below Dir
	Server   string    // what else the server is configured with, as YAML; nothing
	Log      io.Writer // a line for each step; nowhere
	// Patience is by how much longer than on the sandbox whatever happens in the machines may take; 1.
	Patience int
	// Machines are what stands in the sandbox's place; the verbs that need the sandbox itself are then not to be had.
	Machines Machines
}

// Machines run the product. They have the sandbox's addresses: in network 0 this side is at 1, and the nodes begin at 11 in each.
// They find the programs below /opt/hawser, and the shared disks as /dev/hawser/lunN.
type Machines interface {
	Up(ctx context.Context) error
	Down(ctx context.Context) error
	// Exec returns what the program printed; it is an error where it ends with another status than 0.
	Exec(ctx context.Context, node string, stdin []byte, args ...string) ([]byte, error)
}

// Stage is the product on a sandbox.
type Stage struct {
	opt Options
}

// New returns a Stage; nothing is started yet.
func New(opt Options) *Stage {
	if len(opt.Nodes) == 0 {
		opt.Nodes = []string{"n1", "n2", "n3"}
	}
	if opt.Instance == 0 {
		opt.Instance = 213
	}
	if opt.Links == 0 {
		opt.Links = 2
	}
	if opt.LUNs == 0 {
		opt.LUNs = 1
	}
	opt.Patience = max(opt.Patience, 1)
	if opt.Bin == "" {
		opt.Bin = filepath.Join(opt.Root, "build", "bin")
	}
	if opt.Listen == "" {
		opt.Listen = "127.0.0.1:8443"
	}
	if opt.Config == "" {
		opt.Config = filepath.Join(opt.Dir, "cli.yaml")
	}
	if opt.Log == nil {
		opt.Log = io.Discard
	}
	return &Stage{opt: opt}
}

// patient is how long something in the machines may take.
func (s *Stage) patient(d time.Duration) time.Duration { return d * time.Duration(s.opt.Patience) }

// Options are what the stage was made with, defaults filled in.
func (s *Stage) Options() Options { return s.opt }

// URL is the address of the console.
func (s *Stage) URL() string { return "https://" + s.opt.Listen }

// Nodes are the names of the sandbox's nodes.
func (s *Stage) Nodes() []string { return s.opt.Nodes }

// Arbiter is the name of the machine beside the nodes that a quorum device can run on.
const Arbiter = "arb"

// Machines are all that run an agent: the nodes, and the arbiter where there is one.
func (s *Stage) Machines() []string {
	if s.opt.Arbiter {
		return append(slices.Clone(s.opt.Nodes), Arbiter)
	}
	return s.opt.Nodes
}

// PasswordFile holds the password that the server chose for admin.
func (s *Stage) PasswordFile() string { return filepath.Join(s.opt.Dir, "admin-password") }

// Program is the path of one of the product's programs.
func (s *Stage) Program(name string) string { return s.bin(name) }

func (s *Stage) bin(name string) string { return filepath.Join(s.opt.Bin, name) }

func (s *Stage) say(format string, args ...any) { fmt.Fprintf(s.opt.Log, format+"\n", args...) }

// As is the same stage for another user: its command line keeps its context in a file of its own.
func (s *Stage) As(config string) *Stage {
	opt := s.opt
	opt.Config = config
	return New(opt)
}

// Config is the file in which the command line keeps its context.
func (s *Stage) Config() string { return s.opt.Config }

// Up starts the nodes, the server and the agents, and enrols them.
func (s *Stage) Up(ctx context.Context) error {
	if err := s.UpWithoutAgents(ctx); err != nil {
		return err
	}
	s.say("agents")
	return s.enrol(ctx)
}

// UpWithoutAgents starts the nodes and the server: hosts that somebody has used for something before Hawser came.
func (s *Stage) UpWithoutAgents(ctx context.Context) error {
	if err := os.MkdirAll(s.opt.Dir, 0o700); err != nil {
		return err
	}
	s.say("nodes %s", strings.Join(s.opt.Nodes, " "))
	if err := s.nodesUp(ctx); err != nil {
		return err
	}
	s.say("server %s", s.URL())
	return s.serverUp(ctx)
}

func (s *Stage) nodesUp(ctx context.Context) error {
	if s.opt.Machines != nil {
		return s.opt.Machines.Up(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, nodesTimeout)
	defer cancel()
	args := []string{
		"up", "--nodes", strings.Join(s.opt.Nodes, ","), "--share", s.opt.Bin + ":/opt/hawser",
		"--links", strconv.Itoa(s.opt.Links), "--luns", strconv.Itoa(s.opt.LUNs),
	}
	if s.opt.IPv6 {
		args = append(args, "--ipv6")
	}
	if s.opt.Private != 0 {
		args = append(args, "--private-disk", strconv.Itoa(s.opt.Private))
	}
	if s.opt.SelfTest != 0 {
		args = append(args, "--self-test", s.opt.SelfTest.String())
	}
	if s.opt.Arbiter {
		args = append(args, "--arbiter")
	}
	_, err := s.Sandbox(ctx, args...)
	return err
}

// Down ends everything and removes what it kept.
func (s *Stage) Down(ctx context.Context) error {
	err := errors.Join(s.forget(ctx), s.StopServer(ctx), s.nodesDown(ctx))
	if err != nil {
		return err
	}
	return os.RemoveAll(s.opt.Dir)
}

func (s *Stage) nodesDown(ctx context.Context) error {
	if s.opt.Machines != nil {
		return s.opt.Machines.Down(ctx)
	}
	_, err := s.Sandbox(ctx, "down")
	return err
}

// Sandbox runs a verb of the sandbox and returns what it printed.
func (s *Stage) Sandbox(ctx context.Context, args ...string) ([]byte, error) {
	return s.sandboxInput(ctx, nil, args...)
}

func (s *Stage) sandboxInput(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return s.run(ctx, stdin, nil, s.bin("sandbox"), append([]string{"--instance", strconv.Itoa(s.opt.Instance)}, args...)...)
}

// Exec runs a program in a node.
func (s *Stage) Exec(ctx context.Context, node string, args ...string) ([]byte, error) {
	return s.ExecInput(ctx, nil, node, args...)
}

// ExecInput runs a program in a node with something on its standard input.
func (s *Stage) ExecInput(ctx context.Context, stdin []byte, node string, args ...string) ([]byte, error) {
	if s.opt.Machines != nil {
		return s.opt.Machines.Exec(ctx, node, stdin, args...)
	}
	return s.sandboxInput(ctx, stdin, append([]string{"exec", node, "--"}, args...)...)
}

// CLI runs hawser as an administrator would who does not want to be asked, and returns what it printed.
func (s *Stage) CLI(ctx context.Context, args ...string) ([]byte, error) {
	return s.CLIInput(ctx, nil, args...)
}

// CLIInput is CLI with something on standard input.
func (s *Stage) CLIInput(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return s.run(ctx, stdin, []string{"HAWSER_CONFIG=" + s.opt.Config, "HAWSER_LANG=en"}, s.bin("hawser"), append(args, "--yes")...)
}

// JSON runs hawser with -o json and reads its answer into out.
func (s *Stage) JSON(ctx context.Context, out any, args ...string) error {
	raw, err := s.CLI(ctx, append(args, "-o", "json")...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("hawser %s: %w: %.200s", strings.Join(args, " "), err, raw)
	}
	return nil
}

// ExitError is a program that ended with a status other than 0.
type ExitError struct {
	Program string
	Code    int
	Stderr  string
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("%s: exit status %d: %s", e.Program, e.Code, strings.TrimSpace(e.Stderr))
}

func (s *Stage) run(ctx context.Context, stdin []byte, env []string, name string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 2 * time.Second
	err := cmd.Run()
	title := filepath.Base(name) + " " + strings.Join(args, " ")
	if ctx.Err() != nil {
		return stdout.Bytes(), fmt.Errorf("%s: %w: %s", title, ctx.Err(), stderr.Bytes())
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return stdout.Bytes(), &ExitError{Program: title, Code: exit.ExitCode(), Stderr: stderr.String()}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", title, err)
	}
	return stdout.Bytes(), nil
}

// Until asks again until done says yes, and returns done's last error where the time runs out. To ask is to start programs: in between it rests
// for longer than it has asked, so that what is waited for has the processors.
func Until(ctx context.Context, timeout time.Duration, what string, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var last error
	for {
		begun := time.Now()
		ok, err := done(ctx)
		if ok {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s: not within %s", what, timeout), last)
		case <-time.After(sandbox.Rest(time.Since(begun))):
		}
	}
}
