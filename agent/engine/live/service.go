package live

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"hawser/agent/engine"
	"hawser/agent/preflight"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

const (
	// earlier is where certificates that were replaced are kept until the operation has ended.
	earlier = ".hawser-earlier"
	// madeWait bounds the database's tool: it makes an RSA key, which takes seconds on a small machine.
	madeWait = time.Minute
)

// InspectService implements engine.Service.
func (d *Driver) InspectService(ctx context.Context, a wire.InspectServiceArgs) (ha.ServiceInspection, error) {
	s := preflight.Service{InspectServiceArgs: a, Root: d.root}
	if a.CertsDir != "" {
		state, err := d.certificatesState(a)
		if err != nil {
			return ha.ServiceInspection{}, err
		}
		s.Certificates = &state
	}
	return preflight.CheckService(ctx, preflight.Host{Runner: d.runner, Name: d.node}, s), nil
}

// certificatesState reads the certificates; keys are only looked for.
func (d *Driver) certificatesState(a wire.InspectServiceArgs) (ha.CertificatesState, error) {
	s := ha.CertificatesState{Missing: a.Names}
	there := func(path string) bool { _, err := os.Stat(d.path(path)); return err == nil }
	s.CAKey = there(a.CAKey)
	user := a.User
	if user == "" {
		user = "root"
	}
	client := filepath.Join(a.CertsDir, "client."+user)
	s.Client = there(client+".crt") && there(client+".key")
	ca, err := d.pem(filepath.Join(a.CertsDir, "ca.crt"))
	if err != nil {
		return s, err
	}
	if ca == nil {
		return s, nil
	}
	sum := sha256.Sum256(ca.Raw)
	s.Authority = hex.EncodeToString(sum[:])
	node, err := d.pem(filepath.Join(a.CertsDir, "node.crt"))
	if err != nil || node == nil || !there(filepath.Join(a.CertsDir, "node.key")) {
		return s, err
	}
	s.Missing = nil
	for _, name := range a.Names {
		if node.VerifyHostname(bracketed(name)) != nil {
			s.Missing = append(s.Missing, name)
		}
	}
	if node.CheckSignatureFrom(ca) != nil {
		s.Missing = a.Names
	}
	s.Until, s.Expired = node.NotAfter.UTC().Format(time.DateOnly), time.Now().After(node.NotAfter)
	return s, nil
}

// bracketed is an address as x509 takes it for one.
func bracketed(name string) string {
	if ip := net.ParseIP(name); ip != nil {
		return "[" + name + "]"
	}
	return name
}

// pem reads the first certificate of a file; nil where there is none.
func (d *Driver) pem(path string) (*x509.Certificate, error) {
	data, err := readFile(d.path(path))
	if err != nil || data == nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, nil
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil //nolint:nilerr // what cannot be read is no certificate
	}
	return c, nil
}

// HasDirectory implements engine.Service.
func (d *Driver) HasDirectory(_ context.Context, dir string) (bool, error) {
	info, err := os.Stat(d.path(dir))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err == nil && !info.IsDir() {
		err = fault.New(fault.Conflict, "database.no_directory", "%s on %s is no directory", dir, d.node).With("path", dir, "node", d.node)
	}
	return err == nil, err
}

// MakeDirectory implements engine.Service.
func (d *Driver) MakeDirectory(_ context.Context, dir string) error {
	return os.MkdirAll(d.path(dir), 0o755) //nolint:gosec // what is mounted over it has its own rights
}

// RemoveDirectory implements engine.Service.
func (d *Driver) RemoveDirectory(_ context.Context, dir string) error {
	err := os.Remove(d.path(dir))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EBUSY) {
		return nil // somebody uses it: it is no longer ours to take away
	}
	return err
}

// MakeCertificates implements engine.Service. The tool writes into a directory of its own, which holds no more than the authority's
// certificate: it refuses to replace one, and what is in use is not touched by it.
func (d *Driver) MakeCertificates(ctx context.Context, a wire.MakeCertificatesArgs) (map[string][]byte, error) {
	refused := func(err error) error {
		return fault.New(fault.Failed, "database.certificates_failed", "%s on %s has made no certificate: %s", a.Binary, d.node, run.Words(err)).
			With("program", a.Binary, "node", d.node, "why", run.Words(err))
	}
	files, err := d.clientCertificates(a.Dir)
	if err != nil {
		return nil, err
	}
	if files["ca.crt"] == nil {
		return nil, fault.New(fault.Conflict, "database.no_authority", "there is no %s on %s", filepath.Join(a.Dir, "ca.crt"), d.node).
			With("path", filepath.Join(a.Dir, "ca.crt"), "node", d.node)
	}
	dir, err := os.MkdirTemp("", "hawser-certificates-") // 0700
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "ca.crt"), files["ca.crt"], 0o600); err != nil {
		return nil, err
	}
	args := append([]string{"cert", "create-node"}, a.Names...)
	args = append(args, "--certs-dir="+dir, "--ca-key="+d.path(a.CAKey))
	if _, err := d.runner.Run(ctx, run.Cmd(d.path(a.Binary), args...).Within(madeWait)); err != nil {
		return nil, refused(err)
	}
	for _, name := range []string{"node.crt", "node.key"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, refused(err)
		}
	}
	return files, nil
}

// clientCertificates are the authority's certificate and those by which clients are let in, with their keys. The authority's key is not
// among them.
func (d *Driver) clientCertificates(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	names, err := filepath.Glob(filepath.Join(d.path(dir), "client.*"))
	if err != nil {
		return nil, err
	}
	for _, path := range append(names, filepath.Join(d.path(dir), "ca.crt")) {
		if ext := filepath.Ext(path); ext != ".crt" && ext != ".key" {
			continue
		}
		data, err := readFile(path)
		if err != nil {
			return nil, err
		}
		if data != nil {
			files[filepath.Base(path)] = data
		}
	}
	return files, nil
}

// InstallCertificates implements engine.Service. Files have the owner of their directory, and keys are readable by nobody else.
func (d *Driver) InstallCertificates(_ context.Context, dir string, files map[string][]byte) error {
	to := d.path(dir)
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(to)
	if err != nil {
		return err
	}
	uid, gid := -1, -1
	if st, is := info.Sys().(*syscall.Stat_t); is && os.Geteuid() == 0 {
		uid, gid = int(st.Uid), int(st.Gid)
	}
	keep := filepath.Join(to, earlier)
	if err := os.Mkdir(keep, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	for name, data := range files {
		// What was there is kept once: done again, what is there now is ours.
		mark := filepath.Join(keep, name)
		if !exists(mark) && !exists(mark+".none") {
			was, err := readFile(filepath.Join(to, name))
			if err != nil {
				return err
			}
			if was == nil {
				mark += ".none"
			}
			if err := engine.WriteFile(mark, was, 0o600); err != nil {
				return err
			}
		}
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, ".key") {
			mode = 0o600 // the database itself refuses a key that others may read
		}
		if err := engine.WriteOwned(filepath.Join(to, name), data, mode, uid, gid); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

func exists(path string) bool { _, err := os.Lstat(path); return err == nil }

// SettleCertificates implements engine.Service.
func (d *Driver) SettleCertificates(ctx context.Context, dir string, restore bool) error {
	to := d.path(dir)
	keep := filepath.Join(to, earlier)
	list, err := os.ReadDir(keep)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if restore {
		back := map[string][]byte{}
		for _, e := range list {
			if name, none := strings.CutSuffix(e.Name(), ".none"); none {
				if err := removeFile(filepath.Join(to, name)); err != nil {
					return err
				}
				continue
			}
			if back[e.Name()], err = os.ReadFile(filepath.Join(keep, e.Name())); err != nil {
				return err
			}
		}
		if err := d.InstallCertificates(ctx, dir, back); err != nil {
			return err
		}
	}
	return os.RemoveAll(keep)
}
