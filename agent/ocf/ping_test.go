package ocf_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/internal/testkit"
)

// newPing returns a host whose neighbour has an address of each family, and whose attrd_updater notes what it is told.
func newPing(t *testing.T) *host {
	t.Helper()
	h := newHost(t)
	h.name = "ping"
	h.there("ip", "addr", "add", "fd77::3/64", "dev", "peer0", "nodad")
	h.parameters = map[string]string{"host_list": "10.77.0.3 fd77::3", "timeout": "1"}
	h.stand("#!/bin/sh\necho \"$*\" >>\"$HA_RSCTMP/told\"\n")
	return h
}

// stand has a script take attrd_updater's place.
func (h *host) stand(script string) {
	h.t.Helper()
	dir := filepath.Join(h.dir, "stand-in")
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a folder of a test
		h.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "attrd_updater"), []byte(script), 0o755); err != nil { //nolint:gosec // a program
		h.t.Fatal(err)
	}
	h.path = dir + ":" + os.Getenv("PATH")
}

// told checks what the cluster was told last, and forgets it.
func (h *host) told(want string) {
	h.t.Helper()
	file := filepath.Join(h.dir, "told")
	data, err := os.ReadFile(file)
	if got := strings.TrimSpace(string(data)); err != nil || got != want {
		h.t.Errorf("told %q, want %q (%v)", got, want, err)
	}
	_ = os.Remove(file)
}

func TestPing(t *testing.T) {
	h := newPing(t)
	h.want(notRunning, "monitor")
	if _, err := os.Stat(filepath.Join(h.dir, "told")); err == nil {
		t.Error("a probe has told the cluster something")
	}
	h.want(success, "start")
	h.told("-n pingd -B 2 -d 5s")
	h.want(success, "monitor")
	h.told("-n pingd -U 2 -d 5s")
	h.parameters["multiplier"], h.parameters["name"], h.parameters["dampen"] = "100", "seen", "200ms"
	h.want(notRunning, "monitor") // another attribute is another resource's
	h.want(success, "start")
	h.told("-n seen -B 200 -d 200ms")
	h.there("ip", "addr", "del", "fd77::3/64", "dev", "peer0")
	h.want(success, "monitor")
	h.told("-n seen -U 100 -d 200ms")
	h.inside("ip", "link", "set", "eth0", "down")
	h.want(success, "monitor")
	h.told("-n seen -U 0 -d 200ms")
	h.want(success, "stop")
	h.told("-D -n seen -d 200ms")
	h.want(notRunning, "monitor")
	h.want(success, "stop")
}

// TestPingTogether: many that do not answer take as long as one, and one that answers is not waited for any longer.
func TestPingTogether(t *testing.T) {
	h := newPing(t)
	h.want(success, "start")
	var dead []string
	for i := range 30 {
		dead = append(dead, fmt.Sprintf("10.77.0.%d", 200+i))
	}
	h.parameters["host_list"] = strings.Join(dead, " ") + " 10.77.0.3"
	began := time.Now()
	h.want(success, "monitor")
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("thirty of a second each took %v", took)
	}
	h.told("-n pingd -B 2 -d 5s\n-n pingd -U 1 -d 5s")
	h.parameters["host_list"], h.parameters["timeout"] = "10.77.0.3", "60"
	began = time.Now()
	before := h.asked()
	h.want(success, "monitor")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("one that answers was waited for %v", took)
	}
	if n := h.asked() - before; n != 1 {
		t.Errorf("one that answers was asked %d times", n)
	}
}

// asked is how often the neighbour has been asked.
func (h *host) asked() int {
	h.t.Helper()
	words := strings.Fields(h.there("nstat", "-a", "-z", "-s", "IcmpInEchos")) // name, count, rate
	if len(words) < 3 {
		h.t.Fatalf("nstat: %v", words)
	}
	n, err := strconv.Atoi(words[len(words)-2])
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// TestPingLate: who does not answer at first is asked again, until the timeout.
func TestPingLate(t *testing.T) {
	h := newPing(t)
	h.parameters["host_list"], h.parameters["timeout"] = "10.77.0.3", "30"
	const silent = "net.ipv4.icmp_echo_ignore_all="
	h.there("sysctl", "-q", "-w", silent+"1")
	done := make(chan int, 1)
	go func() {
		code, _ := h.run("start")
		done <- code
	}()
	testkit.Eventually(t, func() error { // it has asked twice, in vain
		if n := h.asked(); n < 2 {
			return fmt.Errorf("asked %d times", n)
		}
		return nil
	})
	select {
	case code := <-done:
		t.Fatalf("it has ended with %d, and nobody has answered", code)
	default:
	}
	h.there("sysctl", "-q", "-w", silent+"0")
	if code := <-done; code != success {
		t.Errorf("it ended with %d", code)
	}
	h.told("-n pingd -B 1 -d 5s")
}

func TestPingFails(t *testing.T) {
	h := newPing(t)
	h.parameters["failure_score"] = "2"
	h.want(success, "start")
	h.there("ip", "addr", "del", "10.77.0.3/24", "dev", "peer0")
	h.want(generic, "monitor", "pingd=1 is less than 2: 1 of 2 answer")
	h.parameters["failure_score"] = ""
	h.want(success, "monitor")
	h.stand("#!/bin/sh\necho nobody is there\nexit 102\n")
	h.want(generic, "monitor", "pingd=1 not told: nobody is there")
	h.want(success, "stop") // what cannot be told is no reason to fence
	h.want(notRunning, "monitor")

	h.path = filepath.Join(h.dir, "stand-in") + ":" + h.withoutPing()
	h.want(notRunning, "monitor")
	h.want(installed, "start", "there is no program ping")
	h.want(installed, "validate-all", "there is no program ping")
	h.want(success, "stop")
}

// withoutPing is a folder with the other programs that the agent needs.
func (h *host) withoutPing() string {
	h.t.Helper()
	dir := filepath.Join(h.dir, "without")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		h.t.Fatal(err)
	}
	for _, name := range []string{"sh", "rm", "cat"} {
		if err := os.Symlink("/bin/"+name, filepath.Join(dir, name)); err != nil {
			h.t.Fatal(err)
		}
	}
	return dir
}

func TestPingValues(t *testing.T) {
	h := newPing(t)
	for name, c := range map[string]struct{ parameter, value string }{
		"none": {"host_list", ""}, "option": {"host_list", "10.77.0.3 -f"}, "shell": {"host_list", "10.77.0.3;reboot"}, "files": {"host_list", "et?"},
		"many": {"host_list", strings.Repeat("a ", 100)}, "name": {"name", "a b"}, "name option": {"name", "-D"}, "timeout": {"timeout", "0"},
		"long": {"timeout", "61"}, "multiplier": {"multiplier", "-1"}, "score": {"failure_score", "many"}, "dampen": {"dampen", "soon"},
		"dampen unit": {"dampen", "5 s"}, "dampen fraction": {"dampen", "0.5s"},
	} {
		t.Run(name, func(t *testing.T) {
			h.parameters = map[string]string{"host_list": "10.77.0.3", c.parameter: c.value}
			for _, action := range []string{"start", "validate-all", "monitor"} {
				h.want(configured, action, c.parameter)
			}
		})
	}
	h.parameters = map[string]string{"host_list": "10.77.0.3", "dampen": "10"}
	h.want(success, "validate-all")
}

func TestPingOCFTester(t *testing.T) { newPing(t).tester(t) }
