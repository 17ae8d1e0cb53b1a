package live

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"hawser/agent/corosync"
)

// watcher follows the logs and the folder of the CIB by inotify. Only its pump runs beside its user.
type watcher struct {
	root  string
	file  *os.File // the inotify descriptor
	fd    int
	dirs  map[int32]string // by watch descriptor
	added map[string]bool
	logs  map[string]*tail // by path
	conf  []byte           // corosync.conf as it was seen last
}

// tail is a log that is followed.
type tail struct {
	file  *os.File
	rest  []byte // an unfinished line
	means func(line []byte) (sign, bool)
}

// maxRest bounds an unfinished line; longer ones are no lines of these daemons.
const maxRest = 1 << 20

func newWatcher(root string) (*watcher, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("inotify: %w", err)
	}
	w := &watcher{root: root, file: os.NewFile(uintptr(fd), "inotify"), fd: fd, dirs: map[int32]string{}, added: map[string]bool{}, logs: map[string]*tail{}}
	w.refresh()
	return w, nil
}

func (w *watcher) path(name string) string { return filepath.Join(w.root, name) }

func (w *watcher) close() { _ = w.file.Close() }

func (w *watcher) closeLogs() {
	for _, t := range w.logs {
		if t.file != nil {
			_ = t.file.Close()
		}
	}
}

// refresh begins to follow what has come into being since: folders appear when packages are installed, logs when daemons start. It says
// whether corosync.conf is another one than it was.
func (w *watcher) refresh() bool {
	w.dir(w.path(cibDir))
	w.log(w.pacemakerLog(), pacemakerMeans)
	data, err := os.ReadFile(w.path(confPath))
	if err == nil {
		if conf, err := corosync.Parse(data); err == nil && conf.LogPath() != "" {
			w.log(w.path(conf.LogPath()), corosyncMeans)
		}
	}
	changed := !bytes.Equal(data, w.conf)
	w.conf = data
	return changed
}

// dir begins to watch a folder, if it is there.
func (w *watcher) dir(path string) {
	if w.added[path] {
		return
	}
	wd, err := unix.InotifyAddWatch(w.fd, path, unix.IN_MODIFY|unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_DELETE_SELF|unix.IN_MOVE_SELF|unix.IN_ONLYDIR)
	if err != nil {
		return
	}
	w.added[path] = true
	w.dirs[int32(wd)] = path
}

// log begins to follow a file at its end.
func (w *watcher) log(path string, means func([]byte) (sign, bool)) {
	if path == "" {
		return
	}
	w.dir(filepath.Dir(path))
	if w.logs[path] != nil {
		return
	}
	f, err := os.Open(path)
	if err != nil {
		return
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		_ = f.Close()
		return
	}
	w.logs[path] = &tail{file: f, means: means}
}

// follows says whether Pacemaker's log is followed.
func (w *watcher) follows() bool { return w.logs[w.pacemakerLog()] != nil }

// pump passes on what inotify tells, until the watcher is closed or ctx ends.
func (w *watcher) pump(ctx context.Context, events chan<- []byte) {
	buf := make([]byte, 64<<10)
	for {
		n, err := w.file.Read(buf)
		if err != nil {
			return
		}
		select {
		case events <- bytes.Clone(buf[:n]):
		case <-ctx.Done():
			return
		}
	}
}

// signs reads what the events tell of.
func (w *watcher) signs(events []byte) (all sign, any bool) {
	touched := map[string]bool{}
	for len(events) >= unix.SizeofInotifyEvent {
		wd := int32(binary.NativeEndian.Uint32(events))
		mask := binary.NativeEndian.Uint32(events[4:])
		size := int(binary.NativeEndian.Uint32(events[12:]))
		name := ""
		if end := unix.SizeofInotifyEvent + size; end <= len(events) {
			name = string(bytes.TrimRight(events[unix.SizeofInotifyEvent:end], "\x00"))
			events = events[end:]
		} else {
			events = nil
		}
		dir := w.dirs[wd]
		switch {
		case mask&unix.IN_Q_OVERFLOW != 0:
			all, any = sign{config: true, links: true}, true
		case mask&(unix.IN_IGNORED|unix.IN_DELETE_SELF|unix.IN_MOVE_SELF) != 0:
			delete(w.dirs, wd)
			delete(w.added, dir)
		case dir == w.path(cibDir):
			if name == "cib.xml" {
				all.config, any = true, true
			}
		default:
			path := filepath.Join(dir, name)
			if mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0 {
				w.reopen(path)
			}
			touched[path] = true
		}
	}
	for path := range touched {
		if t := w.logs[path]; t != nil {
			if s, found := t.read(); found {
				all.add(s)
				any = true
			}
		}
	}
	return all, any
}

// reopen follows the new file of a log that was rotated, from its beginning.
func (w *watcher) reopen(path string) {
	t := w.logs[path]
	if t == nil {
		return
	}
	if f, err := os.Open(path); err == nil {
		_ = t.file.Close()
		t.file, t.rest = f, nil
	}
}

// read reads what was appended and says what it means.
func (t *tail) read() (all sign, any bool) {
	if info, err := t.file.Stat(); err == nil {
		if at, err := t.file.Seek(0, io.SeekCurrent); err == nil && info.Size() < at { // truncated in place
			_, _ = t.file.Seek(0, io.SeekStart)
			t.rest = nil
		}
	}
	data, err := io.ReadAll(t.file)
	if err != nil {
		return sign{config: true, links: true}, true // better to look than to miss
	}
	data = append(t.rest, data...)
	end := bytes.LastIndexByte(data, '\n') + 1
	if t.rest = bytes.Clone(data[end:]); len(t.rest) > maxRest {
		t.rest = nil
	}
	for line := range bytes.Lines(data[:end]) {
		if s, means := t.means(line); means {
			all.add(s)
			any = true
		}
	}
	return all, any
}

// pacemakerMeans reads a line of Pacemaker's detail log. Its format differs between versions, but not these words:
//
//	… pacemaker-based [40] (cib_perform_op) info: +  /cib:  @epoch=6, @num_updates=0
//	… pacemaker-controld [45] (do_state_transition) notice: State transition S_TRANSITION_ENGINE -> S_IDLE
//	… pacemaker-fenced [41] (finalize_op) notice: Operation 'reboot' targeting m3 by m2 …
func pacemakerMeans(line []byte) (sign, bool) {
	switch {
	case bytes.Contains(line, []byte("(cib_perform_op)")), bytes.Contains(line, []byte("cib_perform_op:")),
		bytes.Contains(line, []byte("/cib:  @")), bytes.Contains(line, []byte("log_v2_patchset")), bytes.Contains(line, []byte("xml_patchset")):
		return sign{config: bytes.Contains(line, []byte("@epoch=")) || bytes.Contains(line, []byte("/cib/configuration"))}, true
	case bytes.Contains(line, []byte("State transition")):
		_, after, _ := bytes.Cut(line, []byte(" -> "))
		to, _, _ := bytes.Cut(bytes.TrimSpace(after), []byte(" "))
		return sign{controller: string(to)}, true
	case bytes.Contains(line, []byte("pacemaker-fenced")) && (bytes.Contains(line, []byte("notice:")) || bytes.Contains(line, []byte("error:"))):
		return sign{}, true
	}
	return sign{}, false
}

// corosyncMeans reads a line of corosync's log: [KNET  ] link: host: 2 link: 1 is down.
func corosyncMeans(line []byte) (sign, bool) {
	if bytes.Contains(line, []byte("[KNET")) && bytes.Contains(line, []byte("link:")) || bytes.Contains(line, []byte("[QUORUM]")) || bytes.Contains(line, []byte("[TOTEM")) {
		return sign{links: true}, true
	}
	return sign{}, false
}

// pacemakerLog returns where Pacemaker logs to, or "" where it does not. Source: /etc/default/pacemaker, /etc/sysconfig/pacemaker.
func (w *watcher) pacemakerLog() string {
	for _, path := range []string{"/etc/sysconfig/pacemaker", "/etc/default/pacemaker"} {
		data, err := os.ReadFile(w.path(path))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			if value, found := strings.CutPrefix(strings.TrimSpace(line), "PCMK_logfile="); found {
				value = strings.Trim(value, `"'`)
				if value == "none" || value == "/dev/null" {
					return ""
				}
				return w.path(value)
			}
		}
	}
	return w.path("/var/log/pacemaker/pacemaker.log")
}
