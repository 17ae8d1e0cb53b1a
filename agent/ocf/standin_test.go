package ocf_test

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test's own program stands in for KWDB and for systemctl, by the name under which it is started.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "kwbase":
		os.Exit(kwbase(os.Args[1:]))
	case "systemctl":
		if dir := os.Getenv("HA_RSCTMP"); exists(filepath.Join(dir, managerFile)) {
			os.Exit(manage(dir, os.Args[1:]))
		}
		os.Exit(systemctl(os.Getenv("HA_RSCTMP"), os.Args[1:]))
	case "(web)": // a process on the way to its program
		select {}
	}
	code := m.Run()
	if made != nil {
		made.Stop()
	}
	os.Exit(code)
}

// kwbase is the database and its client, with the options of KWDB that the agent uses. The file "mood" in the store says how the
// database behaves: answer, hang, or recover, in which it does not listen yet.
func kwbase(args []string) int {
	set := flag.NewFlagSet("kwbase", flag.ContinueOnError)
	store, listen := set.String("store", "", ""), set.String("listen-addr", "", "")
	host, statement := set.String("host", "", ""), set.String("e", "", "")
	insecure, certs := set.Bool("insecure", false, ""), set.String("certs-dir", "", "")
	set.String("user", "", "")
	set.String("database", "", "")
	set.String("format", "", "")
	stubborn := set.Bool("stubborn", false, "")
	if len(args) == 0 || set.Parse(args[1:]) != nil || !*insecure && *certs == "" {
		return 2
	}
	switch args[0] {
	case "start-single-node":
		return serve(*store, *listen, *stubborn)
	case "sql":
		conn, err := net.Dial("tcp", *host)
		if err != nil {
			fmt.Fprintln(os.Stderr, "ERROR: cannot dial server:", err)
			return 1
		}
		fmt.Fprintln(conn, *statement)
		answer, err := io.ReadAll(conn)
		fmt.Print(string(answer))
		if err != nil || len(answer) == 0 {
			return 1
		}
		return 0
	}
	return 2
}

func mood(store string) string {
	data, _ := os.ReadFile(filepath.Join(store, "mood"))
	return strings.TrimSpace(string(data))
}

func serve(store, listen string, stubborn bool) int {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	for mood(store) == "recover" {
		select {
		case <-end:
			return 0
		case <-time.After(20 * time.Millisecond):
		}
	}
	if mood(store) == "broken" {
		return 1
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				line, err := bufio.NewReader(conn).ReadString('\n')
				for mood(store) == "hang" {
					time.Sleep(20 * time.Millisecond)
				}
				if err == nil && strings.TrimSpace(line) == "select 1" {
					fmt.Fprint(conn, "?column?\n1\n")
				}
			}()
		}
	}()
	for range end {
		if !stubborn {
			return 0
		}
	}
	return 0
}

// systemctl stands in for systemd: one unit, whose process is started by the command in the file "exec".
func systemctl(dir string, args []string) int {
	pidFile := filepath.Join(dir, "pid")
	var pid int
	if data, err := os.ReadFile(pidFile); err == nil {
		_, _ = fmt.Sscan(string(data), &pid)
	}
	state := "inactive"
	if pid > 0 {
		state = "active"
		if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err != nil || strings.Contains(string(status), "State:\tZ") {
			state, pid = "failed", 0
		}
	}
	switch args[0] {
	case "show":
		name := strings.TrimPrefix(args[1], "--property=")
		values := map[string]string{"ActiveState": state, "MainPID": fmt.Sprint(pid), "LoadState": "loaded", "ControlGroup": ""}
		if args[2] != "kaiwudb.service" {
			values = map[string]string{"ActiveState": "inactive", "LoadState": "not-found"}
		}
		fmt.Printf("%s=%s\n", name, values[name])
	case "start":
		exec, err := os.ReadFile(filepath.Join(dir, "exec"))
		if err != nil || pid > 0 {
			return 0
		}
		argv := strings.Fields(string(exec))
		p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Sys: &syscall.SysProcAttr{Setsid: true}})
		if err != nil || os.WriteFile(pidFile, fmt.Appendln(nil, p.Pid), 0o600) != nil {
			return 1
		}
	case "stop":
		if pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		} else {
			_ = os.Remove(pidFile)
		}
	case "reset-failed":
		if pid == 0 {
			_ = os.Remove(pidFile)
		}
	default:
		return 2
	}
	return 0
}
