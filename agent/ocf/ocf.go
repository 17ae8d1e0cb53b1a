// Package ocf holds Hawser's own resource agents and lays them out on a node, where Pacemaker looks for them.
package ocf

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

//go:embed hawser
var agents embed.FS

// Dir is where Pacemaker looks for agents of a provider. Source: OCF Resource Agent API 1.1, and the default of Pacemaker's build.
const Dir = "/usr/lib/ocf/resource.d"

// Script returns one of the agents by its name for Pacemaker, for example ocf:hawser:kwdb, and says whether there is such a one.
func Script(agent string) ([]byte, bool) {
	name, is := strings.CutPrefix(agent, "ocf:hawser:")
	if !is || strings.Contains(name, "/") {
		return nil, false
	}
	data, err := agents.ReadFile("hawser/" + name)
	return data, err == nil
}

// Install lays the agents out below root. A file that is the same already is left alone; one that differs is replaced in one step, so
// that an agent that Pacemaker starts meanwhile is the old or the new one, never a part. It names what it has written.
func Install(root string, write func(path string, data []byte, mode os.FileMode) error) ([]string, error) {
	var written []string
	err := fs.WalkDir(agents, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		want, err := agents.ReadFile(name)
		if err != nil {
			return err
		}
		to := filepath.Join(root, path.Join(Dir, name))
		// Also where nothing else is to be done: an earlier version made it so that Pacemaker's controller could not read it.
		if err := openFolder(filepath.Dir(to)); err != nil {
			return err
		}
		info, err := os.Stat(to)
		if err == nil && info.Mode().Perm() == 0o755 {
			if have, err := os.ReadFile(to); err == nil && bytes.Equal(have, want) {
				return nil
			}
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := write(to, want, 0o755); err != nil {
			return err
		}
		written = append(written, to)
		return nil
	})
	if err != nil {
		return written, fmt.Errorf("lay out resource agents: %w", err)
	}
	return written, nil
}

// openFolder makes a folder that everybody can read, whatever this process's umask: Pacemaker's controller, which is not root, asks agents in
// it how they describe themselves, and without an answer knows neither which of their parameters can be reloaded nor which are secret.
func openFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil { //nolint:gosec // see above
		return err
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o055 == 0o055 {
		return err
	}
	return os.Chmod(path, info.Mode().Perm()|0o055)
}
