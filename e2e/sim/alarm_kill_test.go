package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/herald"
	"hawser/agent/uplink"
	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post"
	"hawser/internal/post/posttest"
	"hawser/internal/testkit"
	"hawser/internal/wire"
)

// mortal is the true hawser-server as a process that can be told at which step to die.
type mortal struct {
	t      *testing.T
	binary string
	dir    string
	config string
	url    string
	api    *client.Client
	kill   func()
	ended  chan struct{}
}

// buildMortal builds the server once for all cases.
func buildMortal(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "hawser-server")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "killpoints", "-o", binary, "hawser/server/cmd/hawser-server").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

func newMortal(t *testing.T, binary string) *mortal {
	t.Helper()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(testkit.ClosedPort(t)))
	dir := t.TempDir()
	m := &mortal{t: t, binary: binary, dir: dir, config: filepath.Join(dir, "server.yaml"), url: "https://" + address}
	text := fmt.Sprintf("dataDir: %s\nlisten: ['%s']\nnames: ['127.0.0.1']\nagentAddress: %s\nalarms: {allowLocal: true}\n", filepath.Join(dir, "data"), address, m.url)
	if err := os.WriteFile(m.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.start("")
	return m
}

// start starts the server; it dies at point, where one is given.
func (m *mortal) start(point string) {
	m.t.Helper()
	var log bytes.Buffer
	c := exec.Command(m.binary, "run", "--config", m.config)
	c.Stderr, c.Env = &log, append(os.Environ(), "HAWSER_TEST_KILL="+point, "HAWSER_ADMIN_PASSWORD=correct horse battery")
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
			m.t.Log(log.String())
		}
	})
	m.t.Cleanup(m.kill)
	ca := filepath.Join(m.dir, "data", "ca.crt")
	testkit.EventuallyWithin(m.t, 30*time.Second, func() error {
		select {
		case <-ended:
			return nil // it has died where it should, or the next call says that it is gone
		default:
		}
		pem, err := os.ReadFile(ca)
		if err != nil {
			return err
		}
		anyone, err := client.New(client.Options{Server: m.url, CA: pem})
		if err != nil {
			return err
		}
		var session api.Session
		if err := anyone.Do(m.t.Context(), client.Request{Route: "session.create", Body: api.Login{Name: "admin", Password: "correct horse battery", Bearer: true}}, &session); err != nil {
			return err
		}
		m.api, err = client.New(client.Options{Server: m.url, CA: pem, Token: session.Token})
		return err
	})
}

// node is a host's link to the server, with its spool.
func (m *mortal) node(name string) *uplink.Link {
	m.t.Helper()
	ctx := m.t.Context()
	var token api.EnrolmentToken
	if err := m.api.Do(ctx, client.Request{Route: "host.token", Body: api.TokenRequest{}}, &token); err != nil {
		m.t.Fatal(err)
	}
	dir := filepath.Join(m.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		m.t.Fatal(err)
	}
	if _, err := uplink.Enrol(ctx, uplink.Enrolment{Dir: dir, Server: m.url, Token: token.Token, CASHA256: token.CASHA256, Facts: ha.Facts{Hostname: name}}); err != nil {
		m.t.Fatal(err)
	}
	link, err := uplink.Open(uplink.Options{
		Dir: dir, Version: "test", Facts: func() ha.Facts { return ha.Facts{Hostname: name} }, Backoff: 50 * time.Millisecond, MaxBackoff: 200 * time.Millisecond, Log: testLog(m.t),
		Execute: func(context.Context, wire.Command, func(wire.Progress)) (json.RawMessage, error) {
			return nil, errors.New("it does nothing")
		},
	})
	if err != nil {
		m.t.Fatal(err)
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- link.Run(run) }()
	m.t.Cleanup(func() {
		stop()
		<-ended
		_ = link.Close()
	})
	return link
}

func (m *mortal) do(route string, path map[string]string, body, out any) {
	m.t.Helper()
	if err := m.api.Do(m.t.Context(), client.Request{Route: route, Path: path, Body: body}, out); err != nil {
		m.t.Fatal(err)
	}
}

// TestServerDiesSending kills the server at each step from a node's event to a mail. Each event arrives: once, or, where the server
// died when the mail had been sent and that was not noted yet, twice under one message ID and marked.
func TestServerDiesSending(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	binary := buildMortal(t)
	for _, c := range []struct {
		point string
		mails int
	}{
		{"before:event.keep", 1},
		{"after:event.keep", 1},
		{"before:alert.take", 1},
		{"after:alert.take", 1},
		{"before:alert.send", 1},
		{"after:alert.send", 2},
		{"before:alert.settle", 2},
		{"after:alert.settle", 1},
	} {
		t.Run(strings.ReplaceAll(c.point, ":", "_"), func(t *testing.T) {
			post := posttest.New(t, posttest.Options{})
			m := newMortal(t, binary)
			m.do("alertrule.edit", map[string]string{"rule": "default"}, api.EditAlertRule{Enabled: true, Severity: "warning"}, nil)
			m.do("channel.create", nil, api.NewChannel{Name: "ops", ChannelForm: api.ChannelForm{Kind: api.ChannelMail, Enabled: true, Language: "en", Mail: &api.MailSettings{
				Server: "127.0.0.1", Port: post.Port(), Security: "none", Sender: "ha@site.example", Recipients: []string{"ops@site.example"},
			}}}, nil)
			link := m.node("n1")
			m.kill()
			if err := link.Tell(wire.Event{At: time.Now(), Cluster: "demo", Key: "node.lost/1", Change: ha.Change{Kind: ha.NodeLost, Severity: ha.Critical, Object: "n2", Args: map[string]string{"node": "n2"}}}); err != nil {
				t.Fatal(err)
			}
			m.start(c.point)
			select {
			case <-m.ended:
			case <-time.After(60 * time.Second):
				t.Fatalf("%s was never passed", c.point)
			}
			m.kill()
			m.start("")
			testkit.EventuallyWithin(t, 60*time.Second, func() error {
				var list api.Page[api.Message]
				if err := m.api.Do(t.Context(), client.Request{Route: "message.list"}, &list); err != nil {
					return err
				}
				if len(list.Items) != 1 || list.Items[0].State != api.MessageSent || len(link.Waiting()) != 0 {
					return fmt.Errorf("messages %+v, %d events are spooled", list.Items, len(link.Waiting()))
				}
				return nil
			})
			mails := post.Mails()
			if len(mails) != c.mails {
				t.Fatalf("%d mails, want %d", len(mails), c.mails)
			}
			want := ha.MessageID("ops", "ops@site.example", "site.example", "demo/node.lost/1")
			for i, got := range mails {
				if got.Header.Get("Message-ID") != want {
					t.Errorf("mail %d is %s, want %s", i, got.Header.Get("Message-ID"), want)
				}
				if i > 0 && got.Header.Get("X-Hawser-Possible-Repeat") != "yes" {
					t.Error("the repeat is not marked")
				}
			}
		})
	}
}

// TestServerDiesUnconfirmed: a server has kept an event and dies before it confirms that. The node cannot know what else it did: it
// mails later than usual, and says that its mail may be a repeat. The server sends its own when it is back, under the same name.
func TestServerDiesUnconfirmed(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	mailbox := posttest.New(t, posttest.Options{})
	m := newMortal(t, buildMortal(t))
	m.do("alertrule.edit", map[string]string{"rule": "default"}, api.EditAlertRule{Enabled: true, Severity: "warning"}, nil)
	form := api.ChannelForm{Kind: api.ChannelMail, Enabled: true, Language: "en", Mail: &api.MailSettings{
		Server: "127.0.0.1", Port: mailbox.Port(), Security: "none", Sender: "ha@site.example", Recipients: []string{"ops@site.example"}, FromNodes: true,
	}}
	m.do("channel.create", nil, api.NewChannel{Name: "ops", ChannelForm: form}, nil)
	link := m.node("n1")
	m.kill()
	if err := link.Tell(wire.Event{At: time.Now(), Cluster: "demo", Key: "node.lost/1", Change: ha.Change{Kind: ha.NodeLost, Severity: ha.Critical, Object: "n2", Args: map[string]string{"node": "n2"}}}); err != nil {
		t.Fatal(err)
	}
	var later time.Duration // that the node believes has passed
	h, err := herald.New(herald.Options{
		Dir: t.TempDir(), Node: "n1", Waiting: link.Waiting, Handed: link.Handed, Speaks: func() bool { return true }, Write: engine.WriteFile,
		Now: func() time.Time { return time.Now().Add(later) },
	})
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(post.Settings{
		AfterSeconds: 300, Console: "https://ha.example", Reach: post.Reach{Loopback: true},
		Rules: []api.AlertRule{{Name: "default", Enabled: true, Severity: "warning"}}, Channels: []post.Channel{{Name: "ops", Form: form}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Keep(settings); err != nil {
		t.Fatal(err)
	}
	look := func(mails int) {
		t.Helper()
		if err := h.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(mailbox.Mails()); got != mails {
			t.Fatalf("%d mails, want %d", got, mails)
		}
	}
	look(0)
	later = 5 * time.Minute
	if link.Handed("node.lost/1") {
		t.Error("nobody was there to take it")
	}
	m.start("after:event.keep")
	select {
	case <-m.ended:
	case <-time.After(60 * time.Second):
		t.Fatal("the event was never kept")
	}
	m.kill()
	if !link.Handed("node.lost/1") {
		t.Fatal("the server has it")
	}
	look(0) // the server may be about to confirm it
	later += 11 * time.Second
	look(1)
	m.start("")
	testkit.EventuallyWithin(t, 60*time.Second, func() error {
		if n := len(mailbox.Mails()); n < 2 || len(link.Waiting()) > 0 {
			return fmt.Errorf("%d mails, %d events wait", n, len(link.Waiting()))
		}
		return nil
	})
	mails := mailbox.Mails()
	if len(mails) != 2 || mails[0].Header.Get("Message-ID") != mails[1].Header.Get("Message-ID") || mails[0].Header.Get("X-Hawser-Possible-Repeat") != "yes" {
		t.Errorf("%d mails: %v, %v", len(mails), mails[0].Header, mails[len(mails)-1].Header)
	}
}
