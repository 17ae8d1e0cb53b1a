package live

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"hawser/agent/engine"
	"hawser/agent/run"
	"hawser/internal/fault"
)

// Where the certificates of a quorum device are, and under which names: as corosync-qnetd-certutil and corosync-qdevice-net-certutil
// have them. The databases are NSS's and have an empty password: their rights protect them. What is done here for a node is what
// corosync-qdevice-net-certutil does, but beside the database in use, and without handing a key from node to node: qnetd asks
// only that a certificate is of its authority and has the cluster's name.
const (
	arbiterDB   = "/etc/corosync/qnetd/nssdb"
	deviceDB    = "/etc/corosync/qdevice/net/nssdb"
	newDB       = deviceDB + ".new"
	oldDB       = deviceDB + ".old"
	caNick      = "QNet CA"
	clusterNick = "Cluster Cert"
	requestFile = "qdevice-net-node.crq"
	noiseSize   = 64
)

// certificate reads one out of a database; nil where there is none of that name, or no database.
func (d *Driver) certificate(ctx context.Context, db, nick string) (*x509.Certificate, error) {
	if _, err := os.Stat(db); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	out, err := d.runner.Run(ctx, run.Cmd("certutil", "-L", "-d", db, "-n", nick, "-a"))
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, nil // certutil tells "not found" from nothing else
	}
	block, _ := pem.Decode(out.Stdout)
	if block == nil {
		return nil, fmt.Errorf("certificate %s in %s: not PEM", nick, db)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("certificate %s in %s: %w", nick, db, err)
	}
	return c, nil
}

// ArbiterCA implements engine.QDevice.
func (d *Driver) ArbiterCA(ctx context.Context) ([]byte, error) {
	c, err := d.certificate(ctx, d.path(arbiterDB), caNick)
	if err == nil && c == nil {
		err = fault.New(fault.Failed, "qdevice.no_authority", "corosync-qnetd on %s has no certificate authority", d.node).With("host", d.node)
	}
	if err != nil {
		return nil, err
	}
	return c.Raw, nil
}

// giveToDaemon lets the user that corosync-qnetd runs as read its database: certutil makes it root's.
func (d *Driver) giveToDaemon(ctx context.Context) error {
	out, err := d.runner.Run(ctx, run.Cmd("systemctl", "show", "--property=User", "--value", qnetdUnit))
	name := strings.TrimSpace(string(out.Stdout))
	if err != nil || name == "" || name == "root" || d.root != "" {
		return err
	}
	u, err := user.Lookup(name)
	if err != nil {
		return fmt.Errorf("user of corosync-qnetd: %w", err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return fmt.Errorf("user of corosync-qnetd: %w", err)
	}
	for _, file := range []string{"", "cert9.db", "key4.db", "cert8.db", "key3.db", "secmod.db"} {
		if err := os.Chown(filepath.Join(arbiterDB, file), -1, gid); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// SignDevice implements engine.QDevice.
func (d *Driver) SignDevice(ctx context.Context, cluster string, request []byte) ([]byte, error) {
	r, err := x509.ParseCertificateRequest(request)
	if err == nil {
		err = r.CheckSignature()
	}
	if err == nil && r.Subject.CommonName != cluster {
		err = fmt.Errorf("it asks for the name %q", r.Subject.CommonName)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "qdevice.request_invalid", "a request for a certificate of cluster %s: %w", cluster, err).With("cluster", cluster, "why", err.Error())
	}
	dir, err := os.MkdirTemp("", "qnetd-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, requestFile)
	if err := os.WriteFile(file, request, 0o600); err != nil {
		return nil, err
	}
	if _, err := d.runner.Run(ctx, run.Cmd("corosync-qnetd-certutil", "-s", "-c", file, "-n", cluster)); err != nil {
		return nil, fault.New(fault.Failed, "qdevice.sign_failed", "the arbiter %s does not sign: %s", d.node, run.Words(err)).With("host", d.node, "why", run.Words(err))
	}
	signed, err := os.ReadFile(d.path(signedFile(cluster)))
	if err != nil {
		return nil, err
	}
	return checked(signed, r.RawSubjectPublicKeyInfo, cluster)
}

// signedFile is where the arbiter keeps what it has signed last for a cluster: its only record of it.
func signedFile(cluster string) string { return arbiterDB + "/cluster-" + cluster + ".crt" }

// checked refuses a certificate that is not for that key and name.
func checked(certificate, key []byte, cluster string) ([]byte, error) {
	c, err := x509.ParseCertificate(certificate)
	switch {
	case err != nil:
	case c.Subject.CommonName != cluster:
		err = fmt.Errorf("it is for %q", c.Subject.CommonName)
	case !bytes.Equal(c.RawSubjectPublicKeyInfo, key):
		err = errors.New("it is for another key")
	}
	if err != nil {
		return nil, fault.New(fault.Failed, "qdevice.certificate_invalid", "the certificate for cluster %s is of no use: %w", cluster, err).With("cluster", cluster, "why", err.Error())
	}
	return certificate, nil
}

// ForgetCluster implements engine.QDevice.
func (d *Driver) ForgetCluster(_ context.Context, cluster string) error {
	return removeFile(d.path(signedFile(cluster)))
}

// Certified implements engine.QDevice.
func (d *Driver) Certified(ctx context.Context, cluster string, ca []byte) (bool, error) {
	authority, err := d.certificate(ctx, d.path(deviceDB), caNick)
	if err != nil || authority == nil || !bytes.Equal(authority.Raw, ca) {
		return false, err
	}
	own, err := d.certificate(ctx, d.path(deviceDB), clusterNick)
	return own != nil && own.Subject.CommonName == cluster && own.CheckSignatureFrom(authority) == nil, err
}

// RequestDevice implements engine.QDevice.
func (d *Driver) RequestDevice(ctx context.Context, cluster string, ca []byte) ([]byte, error) {
	if _, err := x509.ParseCertificate(ca); err != nil {
		return nil, fault.New(fault.Invalid, "qdevice.certificate_invalid", "the authority's certificate: %w", err).With("cluster", cluster, "why", err.Error())
	}
	// What an earlier attempt has left.
	if err := errors.Join(os.RemoveAll(d.path(newDB)), os.RemoveAll(d.path(oldDB))); err != nil {
		return nil, err
	}
	db := d.path(newDB)
	if err := os.MkdirAll(db, 0o700); err != nil {
		return nil, err
	}
	noise := make([]byte, noiseSize)
	if _, err := rand.Read(noise); err != nil {
		return nil, err
	}
	password, noiseFile, authority, request := filepath.Join(db, "pwdfile.txt"), filepath.Join(db, "noise.txt"), filepath.Join(db, "qnetd-cacert.crt"), filepath.Join(db, requestFile)
	for file, data := range map[string][]byte{password: nil, noiseFile: noise, authority: ca} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return nil, err
		}
	}
	for _, args := range [][]string{
		{"-N", "-d", db, "-f", password},
		{"-A", "-d", db, "-f", password, "-t", "CT,c,c", "-n", caNick, "-i", authority},
		{"-R", "-d", db, "-f", password, "-s", "CN=" + cluster, "-z", noiseFile, "-o", request},
	} {
		if err := d.certutil(ctx, args...); err != nil {
			return nil, err
		}
	}
	if err := os.Remove(noiseFile); err != nil {
		return nil, err
	}
	return os.ReadFile(request)
}

func (d *Driver) certutil(ctx context.Context, args ...string) error {
	if _, err := d.runner.Run(ctx, run.Cmd("certutil", args...)); err != nil {
		return fault.New(fault.Failed, "qdevice.certutil_failed", "certutil on %s: %s", d.node, run.Words(err)).With("node", d.node, "why", run.Words(err))
	}
	return nil
}

// InstallDevice implements engine.QDevice. Two renames: done again after an interruption it goes on where that was.
func (d *Driver) InstallDevice(ctx context.Context, cluster string, certificate []byte) error {
	inUse, fresh, kept := d.path(deviceDB), d.path(newDB), d.path(oldDB)
	if _, err := os.Stat(fresh); errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(kept); err == nil {
			return nil // done before
		}
	}
	request, err := os.ReadFile(filepath.Join(fresh, requestFile))
	if err != nil {
		return err
	}
	r, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return err
	}
	if _, err := checked(certificate, r.RawSubjectPublicKeyInfo, cluster); err != nil {
		return err
	}
	file := filepath.Join(fresh, "cluster-"+cluster+".crt")
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		return err
	}
	if err := d.certutil(ctx, "-A", "-d", fresh, "-f", filepath.Join(fresh, "pwdfile.txt"), "-t", "u,u,u", "-n", clusterNick, "-i", file); err != nil {
		return err
	}
	if _, err := os.Stat(kept); errors.Is(err, os.ErrNotExist) {
		switch err := os.Rename(inUse, kept); {
		case errors.Is(err, os.ErrNotExist): // an empty folder says that there were none
			if err := os.Mkdir(kept, 0o700); err != nil {
				return err
			}
		case err != nil:
			return err
		}
	}
	if err := os.Rename(fresh, inUse); err != nil {
		return err
	}
	return engine.SyncDir(filepath.Dir(inUse))
}

// SettleDevice implements engine.QDevice.
func (d *Driver) SettleDevice(_ context.Context, restore bool) error {
	inUse, fresh, kept := d.path(deviceDB), d.path(newDB), d.path(oldDB)
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	old, err := os.ReadDir(kept)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil // the old ones are in use
	case err != nil:
		return err
	case restore:
		if err := os.RemoveAll(inUse); err != nil {
			return err
		}
		if len(old) > 0 {
			if err := os.Rename(kept, inUse); err != nil {
				return err
			}
		}
	}
	if err := os.RemoveAll(kept); err != nil {
		return err
	}
	return engine.SyncDir(filepath.Dir(inUse))
}

// ForgetDevice implements engine.QDevice.
func (d *Driver) ForgetDevice(context.Context) error {
	return errors.Join(os.RemoveAll(d.path(deviceDB)), os.RemoveAll(d.path(newDB)), os.RemoveAll(d.path(oldDB)))
}

// emptyDir removes what is in a folder, not the folder: its rights are the package's.
func emptyDir(path string) error {
	files, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, f := range files {
		err = errors.Join(err, os.RemoveAll(filepath.Join(path, f.Name())))
	}
	return err
}
