package fence_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"hawser/e2e/sandbox/fence"
	"hawser/e2e/sandbox/host"
)

// device answers as the sandbox's daemon does.
type device struct {
	asked []host.FenceRequest
	off   map[string]bool
}

func (d *device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var req host.FenceRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	d.asked = append(d.asked, req)
	if req.Plug == "broken" {
		http.Error(w, "power off broken: wait for loop devices", http.StatusConflict)
		return
	}
	ans := host.FenceAnswer{Power: "on", Plugs: map[string]string{"n2": "on", "n1": "off"}}
	if d.off[req.Plug] {
		ans.Power = "off"
	}
	_ = json.NewEncoder(w).Encode(ans)
}

func newDevice(t *testing.T) (*device, string) {
	t.Helper()
	d := &device{off: map[string]bool{"n1": true}}
	socket := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: d}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close() })
	return d, socket
}

func TestAgent(t *testing.T) {
	d, socket := newDevice(t)
	tests := []struct {
		name   string
		args   []string
		stdin  string
		code   int
		stdout string // part of it
		stderr string
		asked  string
	}{
		{"RebootIsTheDefault", nil, "plug=n2\n", 0, "Rebooted", "", "reboot n2"},
		{"PacemakerSendsPort", nil, "# comment\naction=off\nport=n2\nnodename=n2\npcmk_host_list=n1 n2\n", 0, "Powered OFF", "", "off n2"},
		{"OldOption", nil, "option=on\nplug=n2\n", 0, "Powered ON", "", "on n2"},
		{"PlugBeforePort", nil, "action=off\nplug=n2\nport=n1\n", 0, "", "", "off n2"},
		{"StatusOn", []string{"-o", "status", "-n", "n2"}, "", 0, "Status: ON", "", "status n2"},
		{"StatusOff", []string{"--action=status", "--plug", "n1"}, "", 2, "Status: OFF", "", "status n1"},
		{"List", []string{"-o", "list"}, "", 0, "n1,n1\nn2,n2\n", "", "list "},
		{"ListStatus", []string{"-o", "list-status"}, "", 0, "n1,n1,off\nn2,n2,on\n", "", "list "},
		{"Monitor", []string{"-o", "monitor"}, "", 0, "", "", "monitor "},
		{"ValidateAll", nil, "action=validate-all\n", 0, "", "", ""},
		{"Failure", []string{"-o", "off", "-n", "broken"}, "", 1, "", "wait for loop devices", "off broken"},
		{"NoPlug", []string{"-o", "off"}, "", 1, "", "plug is missing", ""},
		{"UnknownAction", []string{"-o", "explode", "-n", "n2"}, "", 1, "", "unknown action", ""},
		{"UnknownOption", []string{"--colour=red"}, "", 1, "", "unknown option", ""},
		{"OptionWithoutValue", []string{"-o"}, "", 1, "", "wants a value", ""},
		{"BadDelay", []string{"-o", "off", "-n", "n2", "--delay=soon"}, "", 1, "", "delay", ""},
		{"NotKeyValue", nil, "reboot\n", 1, "", "not key=value", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d.asked = nil
			args, stdin := tt.args, tt.stdin
			if args != nil {
				args = append(args, "--socket="+socket)
				if tt.name == "OptionWithoutValue" {
					args = tt.args
				}
			} else {
				stdin += "socket=" + socket + "\n"
			}
			var stdout, stderr bytes.Buffer
			code := fence.Main(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
			if code != tt.code || !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("exit %d, stdout %q, stderr %q", code, &stdout, &stderr)
			}
			asked := ""
			for _, r := range d.asked {
				asked += r.Action + " " + r.Plug
			}
			if asked != tt.asked {
				t.Errorf("the device was asked %q, want %q", asked, tt.asked)
			}
		})
	}
}

func TestNoSandbox(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := fence.Main(t.Context(), []string{"-o", "off", "-n", "n1", "-s", filepath.Join(t.TempDir(), "none")}, nil, &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "the sandbox is not there") {
		t.Errorf("exit %d, %s", code, &stderr)
	}
}

func TestMetadata(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := fence.Main(t.Context(), []string{"--action=metadata"}, nil, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	var doc struct {
		Parameters []struct {
			Name string `xml:"name,attr"`
		} `xml:"parameters>parameter"`
		Actions []struct {
			Name string `xml:"name,attr"`
		} `xml:"actions>action"`
	}
	if err := xml.Unmarshal(stdout.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Parameters) == 0 || len(doc.Actions) == 0 {
		t.Errorf("metadata: %+v", doc)
	}
}
