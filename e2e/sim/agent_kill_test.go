package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	agent "hawser/agent/app"
	"hawser/agent/engine/simulated"
	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post/posttest"
	"hawser/internal/testkit"
	"hawser/server/config"
)

// What makes of this test's program an agent in a process of its own: a simulation's folder, a node of it, and where it is to die.
const (
	agentOf   = "HAWSER_SIM_AGENT_OF"
	agentNode = "HAWSER_SIM_AGENT_NODE"
	agentEnds = "HAWSER_SIM_AGENT_ENDS"
)

func TestMain(m *testing.M) {
	dir := os.Getenv(agentOf)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := runAgent(dir, os.Getenv(agentNode), os.Getenv(agentEnds)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runAgent is the true agent of a simulated node. It ends by kill -9 only.
func runAgent(dir, node, ends string) error {
	driver, err := simulated.New(simulated.Options{Dir: filepath.Join(dir, "world"), Node: node})
	if err != nil {
		return err
	}
	ctx := context.Background()
	a, err := agent.New(ctx, agent.Options{
		Driver: driver, StateDir: filepath.Join(dir, "nodes", node), Backoff: 50 * time.Millisecond, MaxBackoff: 500 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Telling: func(when, step string) {
			if when+":"+step == ends {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // the signal is on its way
			}
		},
	})
	if err != nil {
		return err
	}
	return errors.Join(a.Run(ctx), a.Close())
}

// mortalAgent is an agent in a process of its own.
type mortalAgent struct {
	t     *testing.T
	dir   string
	node  string
	kill  func()
	ended chan struct{}
}

// start starts the agent; it dies at a point, where one is given.
func (m *mortalAgent) start(ends string) {
	m.t.Helper()
	program, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	var log bytes.Buffer
	c := exec.Command(program)
	c.Stderr, c.Env = &log, append(os.Environ(), agentOf+"="+m.dir, agentNode+"="+m.node, agentEnds+"="+ends)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		m.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait()
	}()
	m.ended = ended
	m.kill = sync.OnceFunc(func() {
		_ = c.Process.Kill()
		<-ended
		if m.t.Failed() {
			m.t.Logf("the agent that was to end at %q:\n%s", ends, log.String())
		}
	})
	m.t.Cleanup(m.kill)
}

// dies waits for the agent's death, and starts another one.
func (m *mortalAgent) dies(point string) {
	m.t.Helper()
	select {
	case <-m.ended:
	case <-time.After(60 * time.Second):
		m.t.Fatalf("%s was never passed", point)
	}
	m.kill()
	m.start("")
}

// TestAgentDiesTelling kills an agent at each step from what it observes to a mail, and to the server that comes back. Nothing is lost, and
// each event arrives once: it is mailed twice, under one name and marked, only where the agent died when the mail had been sent and
// that was not noted yet. Where one step follows another at once, the end of one is the beginning of the other.
func TestAgentDiesTelling(t *testing.T) {
	need(t)
	mailbox := posttest.New(t, posttest.Options{})
	dir := t.TempDir()
	s, err := sim.New(t.Context(), sim.Options{Dir: dir, Log: testLog(t), Alarms: config.Alarms{AllowLocal: true, NodesAfter: time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.CreateCluster(t.Context(), "demo", "n1", "n2", "n3"); err != nil {
		t.Fatal(err)
	}
	for _, r := range []client.Request{
		{Route: "alertrule.edit", Path: map[string]string{"rule": "default"}, Body: api.EditAlertRule{Enabled: true, Severity: "warning", Kinds: []string{"link.*"}}},
		{Route: "channel.create", Body: api.NewChannel{Name: "ops", ChannelForm: api.ChannelForm{Kind: api.ChannelMail, Enabled: true, Language: "en", Mail: &api.MailSettings{
			Server: "127.0.0.1", Port: mailbox.Port(), Security: "none", Sender: "ha@site.example", Recipients: []string{"ops@site.example"}, FromNodes: true,
		}}}},
	} {
		if err := s.API.Do(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "settings on n1", func() bool {
		_, err := os.Stat(filepath.Join(dir, "nodes", "n1", "alarms.json"))
		return err == nil
	})
	for _, n := range []string{"n1", "n2", "n3"} { // n1 alone tells of its link to n3
		if err := s.Node(n).StopAgent(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		point  string
		mails  int
		marked bool // the last one
		server bool // the point is passed when the server is back
	}{
		{point: "before:event.keep", mails: 1},
		{point: "before:observed.keep", mails: 1},
		{point: "before:mail.write", mails: 1},
		{point: "before:mail.take", mails: 1},
		{point: "before:mail.send", mails: 1, marked: true}, // nobody knows whether it had been sent
		{point: "before:mail.settle", mails: 2, marked: true},
		{point: "after:mail.settle", mails: 1},
		{point: "before:event.send", mails: 1, server: true},
		{point: "after:event.send", mails: 1, server: true},
		{point: "before:event.ack", mails: 1, server: true},
		{point: "after:event.ack", mails: 1, server: true},
	} {
		t.Run(strings.ReplaceAll(c.point, ":", "_"), func(t *testing.T) {
			begin, sent := time.Now(), len(mailbox.Mails())
			m := &mortalAgent{t: t, dir: dir, node: "n1"}
			s.Node("n1").Partition(true)
			m.start(c.point)
			if err := s.Node("n3").CutLink(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			if !c.server {
				m.dies(c.point)
			}
			began := func() int { // mails that it began
				n := 0
				for _, mail := range mailbox.Mails()[sent:] {
					if !strings.Contains(mail.Header.Get("Subject"), "Resolved") {
						n++
					}
				}
				return n
			}
			testkit.EventuallyWithin(t, 60*time.Second, func() error {
				if n := began(); n < c.mails {
					return fmt.Errorf("%d mails", n)
				}
				return nil
			})
			allNoted(t, dir, "n1")
			s.Node("n1").Partition(false)
			if c.server {
				m.dies(c.point)
			}
			told(t, s, ha.LinkLost, begin)
			if err := s.Node("n3").RestoreLink(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			told(t, s, ha.LinkRestored, begin)
			allSent(t, s)
			if lost, back := told(t, s, ha.LinkLost, begin), told(t, s, ha.LinkRestored, begin); len(lost) != 1 || len(back) != 1 {
				t.Errorf("told %d times that the link was lost and %d times that it is back", len(lost), len(back))
			}
			mails := mailbox.Mails()[sent:]
			if len(mails) != c.mails+1 || began() != c.mails || !strings.Contains(mails[c.mails].Header.Get("Subject"), "Resolved") {
				t.Fatalf("%d mails that it began, %d altogether", began(), len(mails))
			}
			for i, mail := range mails {
				if i < c.mails && mail.Header.Get("Message-ID") != mails[0].Header.Get("Message-ID") {
					t.Errorf("mail %d is %s, the first %s", i, mail.Header.Get("Message-ID"), mails[0].Header.Get("Message-ID"))
				}
				if marked := mail.Header.Get("X-Hawser-Possible-Repeat") == "yes"; marked != (c.marked && i == c.mails-1) {
					t.Errorf("mail %d is marked as a repeat: %v", i, marked)
				}
			}
		})
		if t.Failed() {
			return
		}
	}
}

// allNoted waits until a node has noted of each of its mails that it was sent: a server that comes back before that cannot know.
func allNoted(t *testing.T, dir, node string) {
	t.Helper()
	testkit.EventuallyWithin(t, 60*time.Second, func() error {
		var letters []struct{ State string }
		data, err := os.ReadFile(filepath.Join(dir, "nodes", node, "letters.json"))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = json.Unmarshal(data, &letters)
		}
		for _, l := range letters {
			if l.State != api.MessageSent {
				return fmt.Errorf("a mail of %s is %s", node, l.State)
			}
		}
		return err
	})
}

// told waits until the server has an event of a kind, and returns all of them.
func told(t *testing.T, s *sim.Sim, kind ha.ChangeKind, since time.Time) []api.Event {
	t.Helper()
	var list api.Page[api.Event]
	err := s.WaitFor(t.Context(), string(kind)+" to be told", func(ctx context.Context) error {
		list = api.Page[api.Event]{}
		if err := s.API.Do(ctx, client.Request{Route: "event.list", Query: map[string][]string{"kind": {string(kind)}, "since": {since.UTC().Format(time.RFC3339Nano)}}}, &list); err != nil {
			return err
		}
		if len(list.Items) == 0 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// allSent waits until nothing is open and every message was taken.
func allSent(t *testing.T, s *sim.Sim) {
	t.Helper()
	err := s.WaitFor(t.Context(), "all to be sent", func(ctx context.Context) error {
		var alarms api.Page[api.Alarm]
		if err := s.API.Do(ctx, client.Request{Route: "alarm.list", Query: map[string][]string{"state": {api.AlarmOpen}, "kind": {string(ha.AlarmLink)}}}, &alarms); err != nil {
			return err
		}
		var waiting api.Page[api.Message]
		if err := s.API.Do(ctx, client.Request{Route: "message.list", Query: map[string][]string{"waiting": {"true"}}}, &waiting); err != nil {
			return err
		}
		if len(alarms.Items) > 0 || len(waiting.Items) > 0 {
			return fmt.Errorf("alarms %+v, messages %+v", alarms.Items, waiting.Items)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
