// Package fence is fence_sandbox, the fence agent of the sandbox's nodes: a program after the conventions of fence-agents,
// with options on the command line or key=value lines on standard input, that asks the sandbox's daemon over a Unix socket.
package fence

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"hawser/e2e/sandbox/host"
)

// Exit codes of fence agents. Off is the answer "it is off" of a status.
const (
	exitOK  = 0
	exitErr = 1
	exitOff = 2
)

// answerTimeout bounds one request. Pacemaker kills an agent after its own, shorter time-out; this is for calls by hand.
const answerTimeout = 5 * time.Minute

const metadata = `<?xml version="1.0" ?>
<resource-agent name="fence_sandbox" shortdesc="Fence agent for the nodes of Hawser's sandbox">
  <longdesc>fence_sandbox takes the power from a node of Hawser's sandbox. It succeeds only when nothing of the node is left: its init, its processes, its mounts and its devices.</longdesc>
  <vendor-url>https://github.com/hawser</vendor-url>
  <parameters>
    <parameter name="action" unique="0" required="1">
      <getopt mixed="-o, --action=[action]"/>
      <content type="string" default="reboot"/>
      <shortdesc lang="en">Fencing action</shortdesc>
    </parameter>
    <parameter name="plug" unique="0" required="0" obsoletes="port">
      <getopt mixed="-n, --plug=[id]"/>
      <content type="string"/>
      <shortdesc lang="en">Name of the node</shortdesc>
    </parameter>
    <parameter name="port" unique="0" required="0" deprecated="1">
      <getopt mixed="-n, --plug=[id]"/>
      <content type="string"/>
      <shortdesc lang="en">Name of the node</shortdesc>
    </parameter>
    <parameter name="device" unique="0" required="0">
      <getopt mixed="--device=[number]"/>
      <content type="string" default="1"/>
      <shortdesc lang="en">Which of the fence devices: 1, 2 or 3</shortdesc>
    </parameter>
    <parameter name="socket" unique="0" required="0">
      <getopt mixed="-s, --socket=[path]"/>
      <content type="string" default="` + host.FenceSocket + `"/>
      <shortdesc lang="en">Unix socket of the sandbox</shortdesc>
    </parameter>
    <parameter name="password" unique="0" required="0">
      <getopt mixed="-p, --password=[password]"/>
      <content type="string"/>
      <shortdesc lang="en">Ignored; for trying how secrets are kept</shortdesc>
    </parameter>
    <parameter name="password_script" unique="0" required="0">
      <getopt mixed="-S, --password-script=[script]"/>
      <content type="string"/>
      <shortdesc lang="en">Script to run to retrieve password; the device refuses one that gives none</shortdesc>
    </parameter>
    <parameter name="delay" unique="0" required="0">
      <getopt mixed="--delay=[seconds]"/>
      <content type="second" default="0"/>
      <shortdesc lang="en">Wait X seconds before fencing is started</shortdesc>
    </parameter>
    <parameter name="verbose" unique="0" required="0">
      <getopt mixed="-v, --verbose"/>
      <content type="boolean"/>
      <shortdesc lang="en">Verbose mode</shortdesc>
    </parameter>
  </parameters>
  <actions>
    <action name="on" automatic="0"/>
    <action name="off"/>
    <action name="reboot"/>
    <action name="status"/>
    <action name="list"/>
    <action name="list-status"/>
    <action name="monitor"/>
    <action name="metadata"/>
    <action name="manpage"/>
    <action name="validate-all"/>
  </actions>
</resource-agent>
`

const usage = `Usage: fence_sandbox [options]
  -o, --action=ACTION    on, off, reboot (default), status, list, list-status, monitor, validate-all, metadata
  -n, --plug=NODE        name of the node
      --device=NUMBER    which of the fence devices: 1 (default), 2 or 3
  -s, --socket=PATH      Unix socket of the sandbox
      --delay=SECONDS    wait before fencing is started
  -v, --verbose
  -V, --version
  -h, --help
Without options they are read from standard input, one key=value in a line.
`

type options map[string]string

var long = []string{"action", "plug", "port", "device", "socket", "password", "password_script", "delay", "verbose", "version", "help"}

var short = map[string]string{"-o": "action", "-n": "plug", "-s": "socket", "-p": "password", "-v": "verbose", "-V": "version", "-h": "help"}

// parseArgs reads options of a command line.
func parseArgs(args []string) (options, error) {
	o := options{}
	for i := 0; i < len(args); i++ {
		key, value, has := strings.Cut(args[i], "=")
		name, ok := strings.CutPrefix(key, "--")
		if !ok {
			if name, ok = short[key]; !ok {
				return nil, fmt.Errorf("unknown option %s", key)
			}
		} else if !slices.Contains(long, name) {
			return nil, fmt.Errorf("unknown option %s", key)
		}
		switch name {
		case "verbose", "version", "help":
			value, has = "1", true
		}
		if !has {
			if i++; i == len(args) {
				return nil, fmt.Errorf("option %s wants a value", key)
			}
			value = args[i]
		}
		o[name] = value
	}
	return o, nil
}

// parseInput reads key=value lines. Keys that it does not know are Pacemaker's business: it hands over all it has.
func parseInput(r io.Reader) (options, error) {
	o := options{}
	in := bufio.NewScanner(r)
	for in.Scan() {
		line := strings.TrimSpace(in.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("line %q is not key=value", line)
		}
		if key == "option" {
			key = "action"
		}
		o[key] = value
	}
	return o, in.Err()
}

// Main is the agent: it returns its exit code.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var o options
	var err error
	if len(args) > 0 {
		o, err = parseArgs(args)
	} else {
		o, err = parseInput(stdin)
	}
	if err != nil {
		fmt.Fprintf(stderr, "fence_sandbox: %v\n%s", err, usage)
		return exitErr
	}
	if o["help"] != "" || o["action"] == "manpage" {
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	if o["version"] != "" {
		fmt.Fprintln(stdout, "fence_sandbox 1")
		return exitOK
	}
	code, err := act(ctx, o, stdout)
	if err != nil {
		fmt.Fprintf(stderr, "fence_sandbox: %s %s: %v\n", o["action"], o.plug(), err)
		return exitErr
	}
	return code
}

func (o options) plug() string {
	if o["plug"] != "" {
		return o["plug"]
	}
	return o["port"]
}

func act(ctx context.Context, o options, stdout io.Writer) (int, error) {
	action := o["action"]
	switch action {
	case "":
		action = "reboot"
		o["action"] = action
	case "metadata":
		_, err := io.WriteString(stdout, metadata)
		return exitOK, err
	case "on", "off", "reboot", "status", "list", "list-status", "monitor", "validate-all":
	default:
		return exitErr, errors.New("unknown action")
	}
	delay := time.Duration(0)
	if d := o["delay"]; d != "" {
		var err error
		if delay, err = time.ParseDuration(strings.TrimSuffix(d, "s") + "s"); err != nil || delay < 0 {
			return exitErr, fmt.Errorf("delay %q: must be a number of seconds", d)
		}
	}
	if script := o["password_script"]; script != "" { // as fencing.py does it
		password, err := exec.CommandContext(ctx, "/bin/sh", "-c", script).Output()
		if err != nil || len(bytes.TrimSpace(password)) == 0 {
			return exitErr, fmt.Errorf("the password script gives no password: %w", cmp.Or(err, errors.New("it printed nothing")))
		}
	}
	changes := action == "on" || action == "off" || action == "reboot"
	if (changes || action == "status") && o.plug() == "" {
		return exitErr, errors.New("plug is missing")
	}
	if action == "validate-all" {
		return exitOK, nil
	}
	if changes && delay > 0 {
		t := time.NewTimer(delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return exitErr, ctx.Err()
		}
	}
	asked := action
	if action == "list-status" {
		asked = "list"
	}
	ans, err := ask(ctx, o["socket"], host.FenceRequest{Action: asked, Plug: o.plug(), Device: o["device"]})
	if err != nil {
		return exitErr, err
	}
	switch action {
	case "status":
		fmt.Fprintf(stdout, "Status: %s\n", strings.ToUpper(ans.Power))
		if ans.Power == "off" {
			return exitOff, nil
		}
	case "list", "list-status":
		var names []string
		for n := range ans.Plugs {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			if action == "list" {
				fmt.Fprintf(stdout, "%s,%s\n", n, n)
			} else {
				fmt.Fprintf(stdout, "%s,%s,%s\n", n, n, ans.Plugs[n])
			}
		}
	case "on", "off":
		fmt.Fprintf(stdout, "Success: Powered %s\n", strings.ToUpper(action))
	case "reboot":
		fmt.Fprintln(stdout, "Success: Rebooted")
	}
	return exitOK, nil
}

func ask(ctx context.Context, socket string, req host.FenceRequest) (host.FenceAnswer, error) {
	var ans host.FenceAnswer
	if socket == "" {
		socket = host.FenceSocket
	}
	client := &http.Client{Timeout: answerTimeout, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	raw, err := json.Marshal(req)
	if err != nil {
		return ans, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://sandbox/fence", bytes.NewReader(raw))
	if err != nil {
		return ans, err
	}
	resp, err := client.Do(r)
	if errors.Is(err, os.ErrNotExist) {
		return ans, fmt.Errorf("socket %s: the sandbox is not there", socket)
	}
	if err != nil {
		return ans, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return ans, errors.New(strings.TrimSpace(string(text)))
	}
	return ans, json.NewDecoder(resp.Body).Decode(&ans)
}
