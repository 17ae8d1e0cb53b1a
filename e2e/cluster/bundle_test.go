package cluster_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
)

// containerImage is an image made of local files alone: folders, the users that Pacemaker knows, and its remote daemon. What else
// runs in it is the node's own /usr, which the bundle shows inside.
func containerImage(t *testing.T, remoted string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h tar.Header, body []byte) {
		h.Size = int64(len(body))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"dev", "etc", "opt", "proc", "root", "run", "run/resource-agents", "sys", "tmp", "usr", "var", "var/log", "var/lib", "var/lib/pacemaker", "etc/pacemaker"} {
		add(tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755}, nil)
	}
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
		add(tar.Header{Typeflag: tar.TypeSymlink, Name: dir, Linkname: "usr/" + dir, Mode: 0o777}, nil)
	}
	add(tar.Header{Typeflag: tar.TypeSymlink, Name: "var/run", Linkname: "/run", Mode: 0o777}, nil)
	// In the host's network the sockets without a file are the host's too, and its Pacemaker has their names.
	add(tar.Header{Typeflag: tar.TypeDir, Name: "etc/libqb/", Mode: 0o755}, nil)
	add(tar.Header{Typeflag: tar.TypeReg, Name: "etc/libqb/force-filesystem-sockets", Mode: 0o644}, nil)
	for name, from := range map[string]string{"etc/passwd": "/etc/passwd", "etc/group": "/etc/group", "etc/ld.so.cache": "/etc/ld.so.cache", "opt/pacemaker-remoted": remoted} {
		body, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		add(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755}, body)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBundle runs bundles with podman on real nodes: one of bare containers, one with a resource in it, which Pacemaker reaches by its
// remote daemon inside.
func TestBundle(t *testing.T) {
	onlyLong(t, "podman, and Pacemaker's remote daemon for the image")
	s := protected(t)
	ctx := t.Context()
	const image = "localhost/hawser-test:1"
	tarball := containerImage(t, filepath.Join(s.Options().Root, "build", "tools", "pacemaker-remote", "usr", "sbin", "pacemaker-remoted"))
	key := make([]byte, 256)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	put := func(node, path string, data []byte) {
		t.Helper()
		if _, err := s.Exec(ctx, node, "mkdir", "-p", filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ExecInput(ctx, data, node, "tee", path); err != nil {
			t.Fatal(err)
		}
	}
	for _, node := range s.Nodes() {
		// A node's disk is an overlay already, its control groups are this machine's and not writable, and it may neither raise limits nor
		// make keyrings.
		if _, err := s.Exec(ctx, node, "sh", "-c", "for c in /sys/fs/cgroup/*/; do mount -o remount,bind,rw $c; done"); err != nil {
			t.Fatal(err)
		}
		put(node, "/etc/containers/storage.conf", []byte("[storage]\ndriver = \"vfs\"\nrunroot = \"/run/containers/storage\"\ngraphroot = \"/var/lib/containers/storage\"\n"))
		put(node, "/etc/containers/containers.conf", []byte("[containers]\nkeyring = false\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n[engine]\nruntime = \"runc\"\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n"))
		put(node, "/etc/pacemaker/authkey", key)
		if _, err := s.ExecInput(ctx, tarball, node, "podman", "import", "--change", `CMD ["/bin/sleep","infinity"]`, "-", image); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
		defer cancel()
		for _, id := range []string{"app-bundle", "bare"} {
			_, _ = s.CLI(ctx, "resource", "delete", clusterName, id, "--yes")
		}
		for _, node := range s.Nodes() {
			_, _ = s.CLI(ctx, "node", "unstandby", clusterName, node)
			_, _ = s.Exec(ctx, node, "sh", "-c", "rm -f /etc/pacemaker/authkey; podman rm -fa -t 0; find /sys/fs/cgroup -depth -path '*/libpod_parent*' -type d -exec rmdir {} +; for c in /sys/fs/cgroup/*/; do mount -o remount,bind,ro $c; done")
		}
	})
	create := func(file string) {
		t.Helper()
		if _, err := s.CLIInput(ctx, []byte(file), "resource", "create", clusterName, "--file", "-"); err != nil {
			explain(t, s)
			t.Fatal(err)
		}
	}
	// containers are where podman itself says that one of a bundle runs.
	containers := func(bundle string) []string {
		t.Helper()
		var on []string
		for _, node := range s.Nodes() {
			out, err := s.Exec(ctx, node, "podman", "ps", "--format", "{{.Names}}")
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(out), bundle+"-podman-") {
				on = append(on, node)
			}
		}
		return on
	}
	become := func(what string, is func(context.Context) (bool, error)) {
		t.Helper()
		if err := stage.Until(ctx, time.Minute, what, is); err != nil {
			explain(t, s)
			t.Fatal(err)
		}
	}
	mounts := "    storage:\n    - {source: /usr, target: /usr, options: ro}\n"

	create("resource:\n  id: bare\n  kind: bundle\n  container:\n    technology: podman\n    image: " + image + "\n    options: {replicas: \"2\", network: host}\n" + mounts)
	runs := func(want int) func(context.Context) (bool, error) {
		return func(context.Context) (bool, error) {
			r, err := s.Resource(ctx, clusterName, "bare")
			if err != nil {
				return false, err
			}
			told, seen := slices.Sorted(slices.Values(r.Nodes)), containers("bare")
			return len(seen) == want && slices.Equal(told, seen), fmt.Errorf("hawser says %v, podman says %v", told, seen)
		}
	}
	become("two containers", runs(2))
	victim := containers("bare")[0]
	if _, err := s.CLI(ctx, "node", "standby", clusterName, victim); err != nil {
		t.Fatal(err)
	}
	become("two containers without "+victim, runs(2))
	if slices.Contains(containers("bare"), victim) {
		t.Errorf("one still runs on %s", victim)
	}
	if _, err := s.CLI(ctx, "node", "unstandby", clusterName, victim); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CLI(ctx, "resource", "delete", clusterName, "bare", "--yes"); err != nil {
		t.Fatal(err)
	}
	if left := containers("bare"); len(left) > 0 {
		t.Errorf("containers are left on %v", left)
	}

	bundle := func(command string) string {
		return "resource:\n  id: app-bundle\n  kind: bundle\n  container:\n    technology: podman\n    image: " + image +
			"\n    options: {replicas: \"1\", network: host, run-command: " + command + "}\n    network: {control-port: \"3121\"}\n" + mounts +
			"  members:\n  - {id: app, kind: primitive, agent: 'ocf:pacemaker:Dummy'}\n"
	}
	began := time.Now()
	_, err := s.CLIInput(ctx, []byte(bundle("/bin/false")), "resource", "create", clusterName, "--file", "-")
	if err == nil || !strings.Contains(err.Error(), "app-bundle-podman-0") || time.Since(began) > time.Minute {
		t.Errorf("a container that ends at once: %v after %s", err, time.Since(began))
	}
	if _, err := s.CLI(ctx, "resource", "delete", clusterName, "app-bundle", "--yes"); err != nil {
		t.Fatal(err)
	}
	create(bundle("/opt/pacemaker-remoted"))
	inside := func() []string {
		r, err := s.Resource(ctx, clusterName, "app")
		if err != nil {
			t.Fatal(err)
		}
		return r.Nodes
	}
	become("the resource in its container", func(context.Context) (bool, error) {
		return len(inside()) == 1 && len(containers("app-bundle")) == 1, fmt.Errorf("the resource is on %v, the container on %v", inside(), containers("app-bundle"))
	})
	host := containers("app-bundle")[0]
	if out, err := s.Exec(ctx, host, "podman", "exec", "app-bundle-podman-0", "/bin/sh", "-c", "ls /run/Dummy-app*"); err != nil || !strings.Contains(string(out), "Dummy-app") {
		t.Errorf("no sign of the resource in the container: %s %v", out, err)
	}
	if _, err := s.CLI(ctx, "node", "standby", clusterName, host); err != nil {
		t.Fatal(err)
	}
	become("container and resource elsewhere", func(context.Context) (bool, error) {
		on := containers("app-bundle")
		return len(inside()) == 1 && len(on) == 1 && on[0] != host, fmt.Errorf("the resource is on %v, the container on %v", inside(), on)
	})
	if err := s.WaitIdle(ctx, clusterName); err != nil {
		t.Error(err)
	}
}
