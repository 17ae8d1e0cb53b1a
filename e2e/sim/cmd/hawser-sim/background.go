package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hawser/e2e/sim"
	"hawser/server/config"
)

const (
	// upWait is for the first start: enrolment, a cluster, its resources. It takes 10 s on a machine that does nothing else, and
	// two minutes were seen on one whose two cores were also building.
	upWait = 5 * time.Minute
	// downWait is what server and agents get to end in good order.
	downWait = 30 * time.Second
)

// process is what up has started. A PID alone may have been given to another since.
type process struct {
	PID     int    `json:"pid"`
	Started string `json:"started"` // in ticks since boot, from /proc
	Ready   bool   `json:"ready"`
	URL     string `json:"url,omitempty"`
}

func (o options) processFile() string { return filepath.Join(o.dir, "process.json") }

// run works in the foreground and notes when it is ready.
func (o options) run(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if o.verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	nodes, err := sim.NodesFor(o.scenario)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "Starting the server and simulated nodes ...")
	alarms := config.Default().Alarms
	alarms.AllowLocal = o.local
	s, err := sim.New(ctx, sim.Options{Dir: o.dir, Nodes: nodes, Listen: o.listen, Origins: o.origins, Alarms: alarms, Log: log})
	if err != nil {
		return err
	}
	err = s.Play(ctx, o.scenario)
	if err == nil {
		err = o.note(process{PID: os.Getpid(), Started: started(os.Getpid()), Ready: true, URL: s.URL()})
	}
	if err == nil {
		o.tell(s.URL())
		err = s.Wait(ctx)
	}
	return errors.Join(err, s.Close())
}

// tell says where things are.
func (o options) tell(url string) {
	password, err := os.ReadFile(sim.PasswordFile(o.dir))
	if err != nil {
		password = []byte("see " + sim.PasswordFile(o.dir))
	}
	fmt.Printf("\nConsole    %s   (simulated nodes)\nUser       admin\nPassword   %s\n\n", url, strings.TrimSpace(string(password)))
}

func (o options) note(p process) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(o.processFile(), data, 0o600)
}

// running returns what up has started, if it still runs.
func (o options) running() (process, bool) {
	var p process
	data, err := os.ReadFile(o.processFile())
	if err != nil || json.Unmarshal(data, &p) != nil {
		return process{}, false
	}
	return p, p.Started != "" && started(p.PID) == p.Started
}

// up starts run in a session of its own.
func (o options) up(ctx context.Context) error {
	if p, runs := o.running(); runs && p.Ready {
		fmt.Println("It runs already.")
		o.tell(p.URL)
		return o.leaveContext(ctx, p.URL)
	} else if runs {
		return o.await(ctx, nil)
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(o.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"run", "-v", "--dir", o.dir, "--listen", o.listen, "--scenario", o.scenario}
	for _, origin := range o.origins {
		args = append(args, "--origin", origin)
	}
	c := exec.Command(self, args...)
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return err
	}
	if err := o.note(process{PID: c.Process.Pid, Started: started(c.Process.Pid)}); err != nil {
		return errors.Join(err, c.Process.Kill(), c.Wait())
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	return o.await(ctx, ended)
}

// await waits until the process is ready.
func (o options) await(ctx context.Context, ended <-chan error) error {
	tick, late := time.NewTicker(100*time.Millisecond), time.NewTimer(upWait)
	defer tick.Stop()
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return fmt.Errorf("not ready after %v; see %s", upWait, filepath.Join(o.dir, "log"))
		case err := <-ended:
			tail, _ := os.ReadFile(filepath.Join(o.dir, "log"))
			lines := strings.Split(strings.TrimSpace(string(tail)), "\n")
			return fmt.Errorf("it has ended (%w): %s", err, strings.Join(lines[max(0, len(lines)-5):], "\n"))
		case <-tick.C:
			if p, runs := o.running(); runs && p.Ready {
				o.tell(p.URL)
				return o.leaveContext(ctx, p.URL)
			}
		}
	}
}

// leaveContext signs the command line in, where it was built beside this program, so that it works at once.
func (o options) leaveContext(ctx context.Context, url string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cli := filepath.Join(filepath.Dir(self), "hawser")
	if _, err := os.Stat(cli); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	password, err := os.Open(sim.PasswordFile(o.dir))
	if err != nil {
		return err
	}
	defer password.Close()
	c := exec.CommandContext(ctx, cli, "login", "--server", url, "--ca-file", filepath.Join(o.dir, "server", "ca.crt"), "--user", "admin", "--password-stdin")
	c.Stdin = password
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("hawser login: %w: %s", err, out)
	}
	return nil
}

func (o options) down(ctx context.Context) error {
	if p, runs := o.running(); runs {
		if err := unix.Kill(p.PID, unix.SIGTERM); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
		end := time.Now().Add(downWait)
		for runs && ctx.Err() == nil {
			if time.Now().After(end) {
				if err := unix.Kill(p.PID, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
					return err
				}
				break
			}
			time.Sleep(50 * time.Millisecond)
			_, runs = o.running()
		}
	}
	// Only a folder that is ours is removed: a slip in --dir must not cost anybody a home.
	if _, err := os.Stat(o.processFile()); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return os.RemoveAll(o.dir)
}

// started returns when a process was started, "" where there is none, or a dead one that nobody has waited for.
func started(pid int) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The name in parentheses may hold anything.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}
