package pacemaker

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// The exit statuses of Pacemaker's tools that mean something to us. Source: crm_exit_e in pacemaker 2.1.
const (
	exitUsage        = 64
	exitNoHost       = 68
	exitUnavailable  = 69
	exitDisconnected = 102 // also given by tools that cannot work on a file
	exitOld          = 103 // the CIB is another one than the patch is for
	exitNoSuch       = 105
	exitTimeout      = 124
)

// Errors of Tools. Others wrap a *run.Error.
var (
	ErrDown  = errors.New("pacemaker does not answer")
	ErrMoved = errors.New("the CIB is no longer the one that the change was made from")
)

// Tools runs Pacemaker's command-line tools.
type Tools struct {
	Runner run.Runner
	// File, where set, is a CIB file on which the tools work instead of on a running cluster.
	File string
	// Temp is a folder for files that may hold secrets; it must be closed to others. Empty means the system's.
	Temp string
	// Times, where set, keeps how long the operations took that Status tells of.
	Times *Times
}

func (t Tools) run(ctx context.Context, c run.Command) (run.Output, error) {
	if t.File != "" {
		c = c.With("CIB_file=" + t.File)
	}
	out, err := t.Runner.Run(ctx, c)
	if slices.Contains([]int{exitDisconnected, exitUnavailable, exitNoHost}, run.Code(err)) {
		return out, fmt.Errorf("%w: %w", ErrDown, err)
	}
	return out, err
}

// CIB reads the whole CIB.
func (t Tools) CIB(ctx context.Context) ([]byte, error) {
	out, err := t.run(ctx, run.Cmd("cibadmin", "--query"))
	if err != nil {
		return nil, fmt.Errorf("read CIB: %w", err)
	}
	return out.Stdout, nil
}

// Patch turns before into after, both whole CIBs, as one atomic change that is made only if the CIB still has before's version.
// After's version must have been raised (Stamp).
func (t Tools) Patch(ctx context.Context, before, after []byte) error {
	dir, err := os.MkdirTemp(t.Temp, "cib-") // mode 0700: the files hold secrets
	if err != nil {
		return fmt.Errorf("patch CIB: %w", err)
	}
	defer os.RemoveAll(dir)
	old, new := filepath.Join(dir, "old.xml"), filepath.Join(dir, "new.xml")
	if err := errors.Join(os.WriteFile(old, before, 0o600), os.WriteFile(new, after, 0o600)); err != nil {
		return fmt.Errorf("patch CIB: %w", err)
	}
	diff, err := t.Runner.Run(ctx, run.Cmd("crm_diff", "--original", old, "--new", new))
	if code := run.Code(err); err != nil && code != 1 { // 1: they differ
		return fmt.Errorf("compare CIBs: %w", err)
	}
	if len(bytes.TrimSpace(diff.Stdout)) == 0 {
		return nil
	}
	_, err = t.run(ctx, run.Cmd("cibadmin", "--patch", "--xml-pipe").Input(diff.Stdout))
	if run.Code(err) == exitOld {
		return ErrMoved
	}
	if err != nil {
		return fmt.Errorf("patch CIB: %w", err)
	}
	return nil
}

// Status observes the cluster.
func (t Tools) Status(ctx context.Context) (ha.State, error) {
	out, err := t.run(ctx, run.Cmd("crm_mon", "--one-shot", "--output-as=xml"))
	if run.Code(err) == exitUsage { // before 2.0.3
		out, err = t.run(ctx, run.Cmd("crm_mon", "--one-shot", "--as-xml"))
	}
	if err != nil {
		return ha.State{}, fmt.Errorf("observe cluster: %w", err)
	}
	root, err := statusRoot(out.Stdout)
	if err != nil {
		return ha.State{}, err
	}
	st, err := stateOf(root, time.Local)
	if err == nil && t.Times != nil {
		// A time that cannot be kept costs a better estimate some day, not an observation today.
		_ = errors.Join(t.Times.Note(parseRan(root, time.Local)), t.Times.NoteFencing(st.FenceHistory, time.Now()))
	}
	return st, err
}

// PendingActions says how many actions the scheduler would order now. A cluster with none is where it wants to be.
func (t Tools) PendingActions(ctx context.Context) (int, error) {
	where := run.Cmd("crm_simulate", "--live-check", "--run", "--output-as=xml")
	out, err := t.run(ctx, where)
	if err != nil {
		return 0, fmt.Errorf("ask scheduler: %w", err)
	}
	return parseActions(out.Stdout)
}

// ControllerIdle asks the controller of the node that decides whether a transition is going on. The controller logs each
// question as a notice, so it is asked only while somebody waits for the answer.
func (t Tools) ControllerIdle(ctx context.Context, dc string) (bool, error) {
	out, err := t.run(ctx, run.Cmd("crmadmin", "--status="+dc))
	if err != nil {
		return false, fmt.Errorf("ask controller: %w", err)
	}
	return bytes.Contains(out.Stdout, []byte("S_IDLE")), nil
}

// Cleanup forgets the failures of a resource on a node, either or both may be empty for all, and has it probed again there.
func (t Tools) Cleanup(ctx context.Context, resource, node string) error {
	return t.forget(ctx, "--cleanup", resource, node)
}

// Refresh forgets what is known of a resource on a node, failed or not, and has it probed again there.
func (t Tools) Refresh(ctx context.Context, resource, node string) error {
	return t.forget(ctx, "--refresh", resource, node)
}

func (t Tools) forget(ctx context.Context, how, resource, node string) error {
	c := run.Cmd("crm_resource", how)
	if resource != "" {
		c.Args = append(c.Args, "--resource="+resource)
	}
	if node != "" {
		c.Args = append(c.Args, "--node="+node)
	}
	if _, err := t.run(ctx, c.Within(2*time.Minute)); err != nil {
		return fmt.Errorf("crm_resource %s: %w", how, err)
	}
	return nil
}

// Fence fences a node and waits for the end of it.
func (t Tools) Fence(ctx context.Context, node, action string) error {
	flag := map[string]string{"reboot": "--reboot", "off": "--fence", "on": "--unfence"}[action]
	if flag == "" {
		return fault.New(fault.Invalid, "fence.action_unknown", "unknown fence action %q", action).With("action", action)
	}
	const bound = 5 * time.Minute // several levels of devices, each with its own timeout and retries
	_, err := t.run(ctx, run.Cmd("stonith_admin", flag+"="+node, "--timeout="+strconv.Itoa(int(bound.Seconds()))).Within(bound+10*time.Second))
	if err != nil {
		return fmt.Errorf("fence %s: %w", node, err)
	}
	return nil
}

// returned is how crm_resource tells what an agent has answered: "Operation force-check for R (ocf:heartbeat:Dummy) returned 7 (not
// running)", and before 2.1 "Operation monitor for R (ocf:heartbeat:Dummy) returned: 'not running' (7)".
var returned = regexp.MustCompile(`(?m)^ ?\*? ?Operation (?:force-check|monitor) .*\breturned(?: (\d+)|: '[^']*' \((\d+)\))`)

// Check runs the monitor of a resource on this host, as the cluster would but beside it: with its parameters, its secrets and its
// timeout. Level is what OCF_CHECK_LEVEL asks for. It returns the agent's exit code; an error says that the agent was not heard.
func (t Tools) Check(ctx context.Context, resource string, level int, timeout time.Duration) (int, error) {
	c := run.Cmd("crm_resource", "--force-check", "--resource="+resource).Within(timeout + checkSpare)
	if level > 0 {
		c = c.With("OCF_CHECK_LEVEL=" + strconv.Itoa(level))
	}
	out, err := t.run(ctx, c)
	m := returned.FindSubmatch(out.Stdout)
	if m == nil {
		return -1, fmt.Errorf("check %s: %w", resource, cmp.Or(err, errors.New("no answer of its agent")))
	}
	return strconv.Atoi(string(m[1]) + string(m[2]))
}

// checkSpare is how much longer than its agent crm_resource may take: it reads the CIB first.
const checkSpare = 10 * time.Second

// Fail tells the controller of a node that a resource has failed there. The controller notes it as the result of an operation of its
// own, asyncmon, and the cluster recovers as from a failed monitor, except that the monitor's on-fail is not asked.
func (t Tools) Fail(ctx context.Context, resource, node string) error {
	if _, err := t.run(ctx, run.Cmd("crm_resource", "--fail", "--resource="+resource, "--node="+node)); err != nil {
		return fmt.Errorf("report failure of %s on %s: %w", resource, node, err)
	}
	return nil
}

// ForgetNode removes what the cluster's daemons remember of a node that has left for good.
func (t Tools) ForgetNode(ctx context.Context, node string) error {
	_, err := t.run(ctx, run.Cmd("crm_node", "--force", "--remove="+node))
	if code := run.Code(err); err != nil && code != exitNoSuch {
		return fmt.Errorf("forget node %s: %w", node, err)
	}
	return nil
}

// Agents lists all resource and fence agents of this host.
func (t Tools) Agents(ctx context.Context) ([]string, error) {
	lines := func(args ...string) ([]string, error) {
		out, err := t.Runner.Run(ctx, run.Cmd("crm_resource", args...))
		if err != nil && len(out.Stdout) == 0 {
			return nil, fmt.Errorf("list agents: %w", err)
		}
		var list []string
		s := bufio.NewScanner(bytes.NewReader(out.Stdout))
		for s.Scan() {
			if line := strings.TrimSpace(s.Text()); line != "" {
				list = append(list, line)
			}
		}
		return list, s.Err()
	}
	standards, err := lines("--list-standards")
	if err != nil {
		return nil, err
	}
	var classes []string
	for _, class := range standards {
		switch class {
		case "ocf":
			providers, err := lines("--list-ocf-providers")
			if err != nil {
				return nil, err
			}
			for _, p := range providers {
				classes = append(classes, "ocf:"+p)
			}
		case "service": // another name for systemd or lsb
		default:
			classes = append(classes, class)
		}
	}
	var agents []string
	for _, class := range classes {
		types, err := lines("--list-agents", class)
		if err != nil {
			continue // a class without agents is an error to crm_resource [2.1.5]
		}
		for _, typ := range types {
			agents = append(agents, class+":"+typ)
		}
	}
	slices.Sort(agents)
	return slices.Compact(agents), nil
}

// checkAgent keeps what is no agent's name away from a command line.
func checkAgent(agent string) error {
	if err := ha.ValidateResource(ha.Resource{ID: "x", Kind: ha.Primitive, Agent: agent}); err != nil {
		return fault.New(fault.Invalid, "agent.name_invalid", "not an agent's name: %q", agent).With("agent", agent)
	}
	return nil
}

// Metadata asks an agent what it is.
func (t Tools) Metadata(ctx context.Context, agent, language string) (ha.AgentMetadata, error) {
	if err := checkAgent(agent); err != nil {
		return ha.AgentMetadata{}, err
	}
	out, err := t.Runner.Run(ctx, run.Cmd("crm_resource", "--show-metadata="+agent))
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) || run.Missing(err) {
			return ha.AgentMetadata{}, fmt.Errorf("metadata of %s: %w", agent, err)
		}
		return ha.AgentMetadata{}, fault.New(fault.NotFound, "agent.unknown", "no agent %q on this host", agent).With("agent", agent)
	}
	return ParseMetadata(agent, out.Stdout, language)
}

// Version returns Pacemaker's version.
func (t Tools) Version(ctx context.Context) (string, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("pacemakerd", "--version"))
	if err != nil {
		return "", err
	}
	fields := strings.Fields(string(out.Stdout)) // Pacemaker 2.1.5-1+deb12u1
	if len(fields) < 2 {
		return "", fmt.Errorf("pacemakerd: no version in %q", out.Stdout)
	}
	version, _, _ := strings.Cut(fields[1], "-")
	return version, nil
}
