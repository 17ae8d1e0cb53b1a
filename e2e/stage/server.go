package stage

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that this package started, so that it can be found again after this process has ended.
type process struct {
	PID   int    `json:"pid"`
	Start string `json:"start"` // start time in clock ticks since boot, from /proc: a PID alone may have been given to another
}

// started returns field 22 of /proc/PID/stat, "" where there is no such process or it is a zombie.
func started(pid int) string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The name in parentheses may hold spaces: count from behind it.
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}

func (p process) alive() bool { return p.PID > 0 && p.Start != "" && started(p.PID) == p.Start }

func (s *Stage) serverFile() string { return filepath.Join(s.opt.Dir, "server.json") }

// ServerLog is the file in which the server logs.
func (s *Stage) ServerLog() string { return filepath.Join(s.opt.Dir, "server.log") }

func (s *Stage) dataDir() string { return filepath.Join(s.opt.Dir, "server") }

func (s *Stage) serverProcess() process {
	var p process
	raw, err := os.ReadFile(s.serverFile())
	if err != nil || json.Unmarshal(raw, &p) != nil {
		return process{}
	}
	return p
}

// ServerPID is the process ID of the server, 0 where it does not run.
func (s *Stage) ServerPID() int {
	if p := s.serverProcess(); p.alive() {
		return p.PID
	}
	return 0
}

func (s *Stage) writeServerConfig() (string, error) {
	path := filepath.Join(s.opt.Dir, "server.yaml")
	_, port, _ := strings.Cut(s.opt.Listen, ":")
	config := fmt.Sprintf(`dataDir: %s
listen: [%q, %q]
names: [localhost, 127.0.0.1, %s]
agentAddress: https://%s:%s
adminPasswordFile: %s
demo:
  socket: %s
%s`, s.dataDir(), s.opt.Listen, s.address(0, 1)+":"+port, s.address(0, 1), s.address(0, 1), port, s.PasswordFile(), s.probeSocket(), s.opt.Server)
	return path, os.WriteFile(path, []byte(config), 0o600)
}

// StartServer starts the server where it does not run, in a session of its own, and waits until it answers.
func (s *Stage) StartServer(ctx context.Context) error {
	if s.serverProcess().alive() {
		return s.waitServer(ctx)
	}
	config, err := s.writeServerConfig()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.ServerLog(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(s.bin("hawser-server"), "run", "--config", config)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := process{PID: cmd.Process.Pid, Start: started(cmd.Process.Pid)}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.serverFile(), raw, 0o600); err != nil {
		_ = cmd.Process.Kill()
		return err
	}
	// Reaped here for as long as this process lives; afterwards it is init's child.
	go func() { _ = cmd.Wait() }()
	return s.waitServer(ctx)
}

func (s *Stage) waitServer(ctx context.Context) error {
	return Until(ctx, serverTimeout, "the server's /healthz", func(ctx context.Context) (bool, error) {
		if !s.serverProcess().alive() {
			tail, _ := os.ReadFile(s.ServerLog())
			return false, fmt.Errorf("the server has ended: %s", lastLines(string(tail), 5))
		}
		client, err := s.HTTP()
		if err != nil {
			return false, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/healthz", nil)
		if err != nil {
			return false, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return false, err
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK, nil
	})
}

// CAFile is the server's CA certificate, which the CLI and the tests trust.
func (s *Stage) CAFile() string { return filepath.Join(s.dataDir(), "pki", "ca.crt") }

// HTTP returns a client that trusts the server.
func (s *Stage) HTTP() (*http.Client, error) {
	pem, err := os.ReadFile(s.CAFile())
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	}, nil
}

// KillServer ends the server as a crash would.
func (s *Stage) KillServer(ctx context.Context) error { return s.endServer(ctx, syscall.SIGKILL) }

// StopServer ends the server in good order, and by force after ten seconds.
func (s *Stage) StopServer(ctx context.Context) error {
	if err := s.endServer(ctx, syscall.SIGTERM); err == nil {
		return nil
	}
	return s.endServer(ctx, syscall.SIGKILL)
}

func (s *Stage) endServer(ctx context.Context, signal syscall.Signal) error {
	p := s.serverProcess()
	if p.alive() {
		if err := syscall.Kill(p.PID, signal); err != nil {
			return fmt.Errorf("end server %s: %w", strconv.Itoa(p.PID), err)
		}
	}
	return Until(ctx, 10*time.Second, "end of the server", func(context.Context) (bool, error) { return !p.alive(), nil })
}

func (s *Stage) serverUp(ctx context.Context) error {
	if err := s.StartServer(ctx); err != nil {
		return err
	}
	known, err := s.contexts(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(known, func(c cliContext) bool { return c.Current && c.Server == s.URL() }) {
		if _, err := s.CLI(ctx, "cluster", "list"); err == nil {
			return nil // the context of an earlier run is still good
		}
	}
	password, err := os.ReadFile(s.PasswordFile())
	if err != nil {
		return err
	}
	_, err = s.CLIInput(ctx, password, "login", "--server", s.URL(), "--ca-file", s.CAFile(), "--user", "admin", "--password-stdin")
	return err
}

// cliContext is a server that the command line knows.
type cliContext struct {
	Name    string `json:"name"`
	Server  string `json:"server"`
	Current bool   `json:"current"`
}

func (s *Stage) contexts(ctx context.Context) ([]cliContext, error) {
	var list []cliContext
	err := s.JSON(ctx, &list, "context", "list")
	return list, err
}

// forget takes the context out that serverUp has made; those of other servers stay.
func (s *Stage) forget(ctx context.Context) error {
	if _, err := os.Stat(s.bin("hawser")); errors.Is(err, fs.ErrNotExist) {
		return nil // then it has made none
	}
	list, err := s.contexts(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Server == s.URL() {
			if _, err := s.CLI(ctx, "context", "remove", c.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
