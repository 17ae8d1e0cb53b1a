package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// RemoteKey is where members and remote nodes have the key by which they know each other.
const RemoteKey = "/etc/pacemaker/authkey"

// remoteFiles are what the package pacemaker-remote has beside pacemaker's: where they lie in it, their modes, and where they go.
var remoteFiles = []struct{ from, mode, to string }{
	{"usr/sbin/pacemaker-remoted", "755", "/usr/sbin/pacemaker-remoted"},
	{"lib/systemd/system/pacemaker_remote.service", "644", "/lib/systemd/system/pacemaker_remote.service"},
}

// InstallRemote puts pacemaker-remoted with its unit on one node, as its package does, which cannot be installed beside pacemaker.
func (s *Stage) InstallRemote(ctx context.Context, node string) error {
	dir := filepath.Join(s.opt.Root, "build", "tools", "pacemaker-remote")
	for _, f := range remoteFiles {
		data, err := os.ReadFile(filepath.Join(dir, f.from))
		if errors.Is(err, os.ErrNotExist) { // where / is merged, packages of later releases say so
			data, err = os.ReadFile(filepath.Join(dir, "usr", f.from))
		}
		if err != nil {
			return err
		}
		if _, err := s.ExecInput(ctx, data, node, "tee", f.to); err != nil {
			return fmt.Errorf("install pacemaker-remote: %w", err)
		}
		if _, err := s.Exec(ctx, node, "chmod", f.mode, f.to); err != nil {
			return fmt.Errorf("install pacemaker-remote: %w", err)
		}
	}
	_, err := s.Exec(ctx, node, "systemctl", "daemon-reload")
	return err
}
