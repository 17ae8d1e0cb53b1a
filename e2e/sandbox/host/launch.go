package host

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Launch is how a program is started inside of the sandbox: by a process that first puts itself where it belongs and
// then becomes the program, so that there is no moment at which it runs anywhere else.
type Launch struct {
	Netns  string // name of one of the sandbox's network namespaces
	Cgroup string // name of a node
	Leaf   string // child of that group
	Mounts Mounts
	Argv   []string
	Env    []string // the whole environment; nil keeps the caller's
}

// Mounts is the mount namespace that a program is started in.
type Mounts struct {
	// New makes one. The sandbox's mounts live in its daemon's alone: whatever else on the machine takes a copy of the
	// host's mounts while they are there (a container, a service with a folder of its own for temporary files) would keep
	// the disk of a dead node in use, and its fencing would fail.
	New bool
	// Only makes one that has, of the nodes' mounts, those of this node: a container keeps a hidden copy of all it was started with.
	Only string
}

// Exec becomes the program. It returns only with an error.
func (l Layout) Exec(p Launch) error {
	runtime.LockOSThread()
	if p.Mounts.New || p.Mounts.Only != "" {
		if err := l.unshareMounts(p.Mounts.Only); err != nil {
			return err
		}
	}
	if p.Cgroup != "" {
		if err := l.joinCgroup(p.Cgroup, p.Leaf); err != nil {
			return err
		}
	}
	if p.Netns != "" {
		fd, err := unix.Open(l.netns(p.Netns), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter %s: %w", p.Netns, err)
		}
	}
	path, err := exec.LookPath(p.Argv[0])
	if err != nil {
		return err
	}
	env := p.Env
	if env == nil {
		env = os.Environ()
	}
	return unix.Exec(path, p.Argv, env)
}

func (l Layout) unshareMounts(only string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("new mount namespace: %w", err)
	}
	// What the host unmounts later goes away here, too; nothing goes the other way.
	if err := unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("new mount namespace: %w", err)
	}
	if only == "" {
		return nil
	}
	mounts, err := readMounts("/proc/thread-self/mountinfo")
	if err != nil {
		return err
	}
	for _, m := range slices.Backward(mounts) {
		if below(m.point, l.Run) && !below(m.point, l.nodeDir(only)) && m.point != l.netns(only) {
			if err := unix.Unmount(m.point, unix.MNT_DETACH); err != nil {
				return fmt.Errorf("hide %s: %w", m.point, err)
			}
		}
	}
	return nil
}

// launchArgs is a command line that ends in Exec. It goes through the sandbox's own program.
func (l Layout) launchArgs(p Launch) []string {
	argv := []string{l.binary(), "launch", fmt.Sprintf("--instance=%d", l.Instance)}
	for _, f := range [][2]string{{"netns", p.Netns}, {"cgroup", p.Cgroup}, {"leaf", p.Leaf}} {
		if f[1] != "" {
			argv = append(argv, "--"+f[0]+"="+f[1])
		}
	}
	if p.Mounts.New {
		argv = append(argv, "--mounts")
	}
	if p.Mounts.Only != "" {
		argv = append(argv, "--mounts-of="+p.Mounts.Only)
	}
	return append(append(argv, "--"), p.Argv...)
}

// environment is that of a process of the sandbox: the caller's, with the marker.
func (l Layout) environment(more ...string) []string {
	env := append([]string{}, more...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "HAWSER_SANDBOX_PART=") && !strings.HasPrefix(v, "NOTIFY_SOCKET=") {
			env = append(env, v)
		}
	}
	return append(env, l.marker())
}

// nodeEnvironment is what a command in a node sees: nothing of the host's.
func nodeEnvironment() []string {
	env := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root", "LOGNAME=root",
		"SHELL=/bin/bash", "LANG=C.UTF-8", "container=systemd-nspawn",
	}
	if t := os.Getenv("TERM"); t != "" {
		env = append(env, "TERM="+t)
	}
	return env
}

// Enter is the launch of a command inside a node whose init is leader. Its working folder is that of init: with "--wd=/" it
// would be the host's root, which nsenter opens before it enters.
func Enter(node string, leader int, argv []string) Launch {
	return Launch{
		Cgroup: node, Leaf: "exec", Env: nodeEnvironment(),
		Argv: append([]string{"nsenter", fmt.Sprintf("--target=%d", leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd", "--"}, argv...),
	}
}
