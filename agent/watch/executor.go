package watch

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// executor looks at what Pacemaker's executor has running. Each operation of an OCF agent is a child of it, whose environment names the
// resource and whose last argument is the operation. The monitor of a systemd unit is no process: it asks systemd, which takes
// milliseconds.
type executor struct {
	proc string

	mu   sync.Mutex // guards what follows
	main process    // as it was found last
}

// executorName is what the kernel calls it since Pacemaker 2.0.
const executorName = "pacemaker-execd"

func newExecutor(proc string) *executor { return &executor{proc: proc} }

// runs says whether an operation of a resource is in flight.
func (x *executor) runs(resource, operation string) bool {
	pid, found := x.find()
	return found && slices.ContainsFunc(x.children(pid), func(child int) bool { return x.resourceOf(child, operation) == resource })
}

// find returns the executor's PID.
func (x *executor) find() (int, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.main.pid != 0 && !ended(x.proc, x.main) {
		return x.main.pid, true
	}
	x.main = process{}
	for _, pid := range x.all() {
		if name, err := os.ReadFile(x.file(pid, "comm")); err != nil || strings.TrimSpace(string(name)) != executorName {
			continue
		}
		if p, err := startOf(x.proc, pid); err == nil {
			x.main = p
			return pid, true
		}
	}
	return 0, false
}

func (x *executor) file(pid int, name ...string) string {
	return filepath.Join(append([]string{x.proc, strconv.Itoa(pid)}, name...)...)
}

// all lists the processes.
func (x *executor) all() []int {
	dir, err := os.Open(x.proc)
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil
	}
	var list []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			list = append(list, pid)
		}
	}
	return list
}

// children lists the children of a process. Kernels that were built without checkpoints do not list them: there all processes are asked
// for their parent.
func (x *executor) children(pid int) []int {
	var list []int
	if data, err := os.ReadFile(x.file(pid, "task", strconv.Itoa(pid), "children")); err == nil {
		for _, f := range strings.Fields(string(data)) {
			if child, err := strconv.Atoi(f); err == nil {
				list = append(list, child)
			}
		}
		return list
	}
	for _, child := range x.all() {
		data, err := os.ReadFile(x.file(child, "stat"))
		if err != nil {
			continue
		}
		fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:]) // state, parent …
		if len(fields) > 1 && string(fields[1]) == strconv.Itoa(pid) {
			list = append(list, child)
		}
	}
	return list
}

// resourceOf returns the resource whose operation a process is, without the number of an instance; empty where it is none.
func (x *executor) resourceOf(pid int, operation string) string {
	args, err := os.ReadFile(x.file(pid, "cmdline"))
	if err != nil || !bytes.HasSuffix(args, []byte("\x00"+operation+"\x00")) {
		return ""
	}
	environment, err := os.ReadFile(x.file(pid, "environ"))
	if err != nil {
		return ""
	}
	for v := range bytes.SplitSeq(environment, []byte{0}) {
		if id, is := strings.CutPrefix(string(v), "OCF_RESOURCE_INSTANCE="); is {
			id, _, _ = strings.Cut(id, ":")
			return id
		}
	}
	return ""
}
