package host

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Launch is how a program is started inside of the sandbox: by a process that first puts itself where it belongs and
// then becomes the program, so that there is no moment at which it runs anywhere else.
type Launch struct {
	Netns  string // name of one of the sandbox's network namespaces
	Cgroup string // name of a node
	Leaf   string // child of that group
	Argv   []string
	Env    []string // the whole environment; nil keeps the caller's
}

// Exec becomes the program. It returns only with an error.
func (l Layout) Exec(p Launch) error {
	runtime.LockOSThread()
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

// launchArgs is a command line that ends in Exec. It goes through the sandbox's own program.
func (l Layout) launchArgs(p Launch) []string {
	argv := []string{l.binary(), "launch", fmt.Sprintf("--instance=%d", l.Instance)}
	for _, f := range [][2]string{{"netns", p.Netns}, {"cgroup", p.Cgroup}, {"leaf", p.Leaf}} {
		if f[1] != "" {
			argv = append(argv, "--"+f[0]+"="+f[1])
		}
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

// Enter is the launch of a command inside a node whose init is leader.
func Enter(node string, leader int, argv []string) Launch {
	return Launch{
		Cgroup: node, Leaf: "exec", Env: nodeEnvironment(),
		Argv: append([]string{"nsenter", fmt.Sprintf("--target=%d", leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd=/", "--"}, argv...),
	}
}
