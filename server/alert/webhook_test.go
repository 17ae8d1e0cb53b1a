package alert_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post"
	"hawser/server/alert"
)

// hookServer is a webhook that answers as a test says.
type hookServer struct {
	*httptest.Server
	mu       sync.Mutex
	answer   func(attempt int, w http.ResponseWriter)
	requests []*http.Request
	bodies   []string
}

func newHook(t *testing.T, answer func(int, http.ResponseWriter)) *hookServer {
	t.Helper()
	h := &hookServer{answer: answer}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.requests, h.bodies = append(h.requests, r), append(h.bodies, string(data))
		h.answer(len(h.requests), w)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hookServer) got() ([]*http.Request, []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*http.Request(nil), h.requests...), append([]string(nil), h.bodies...)
}

func hookForm(kind, address, secret string) api.ChannelForm {
	f := api.ChannelForm{Kind: kind, Enabled: true, Language: "en", Webhook: &api.WebhookSettings{URL: address}}
	if secret != "" {
		f.Webhook.Secret = &secret
	}
	return f
}

func say(status int, text string) func(int, http.ResponseWriter) {
	return func(_ int, w http.ResponseWriter) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// TestWebhook: the plain one gets JSON with a signature and the message's name.
func TestWebhook(t *testing.T) {
	h := newHook(t, func(attempt int, w http.ResponseWriter) {
		if attempt == 1 {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	w := newWorld(t)
	w.channel("hook", hookForm(api.ChannelWebhook, h.URL+"/in?key=abc", "s3cret"))
	w.run()
	w.lose("n1")
	w.sent(1)
	requests, bodies := h.got()
	if len(requests) != 2 || bodies[0] != bodies[1] {
		t.Fatalf("%d requests: %q", len(requests), bodies)
	}
	r := requests[1]
	if got, want := r.Header.Get("X-Hawser-Signature"), "sha256="+post.Sign("s3cret", r.Header.Get("X-Hawser-Timestamp"), bodies[1]); got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
	var body struct {
		ID     string
		Alarms []struct{ Kind, Object, State, What string }
		Link   string
	}
	if err := json.Unmarshal([]byte(bodies[1]), &body); err != nil {
		t.Fatal(err)
	}
	if body.ID != ha.MessageID("hook", "", "hawser", "event1") || r.Header.Get("X-Hawser-Message-Id") != body.ID || len(body.Alarms) != 1 ||
		body.Alarms[0].Kind != "node.away" || body.Alarms[0].What != "Node n1 has left the cluster." || body.Link != "https://ha.example:8443/alarms/1" {
		t.Errorf("got %s", bodies[1])
	}
	shown, err := w.Channel(t.Context(), "hook")
	if err != nil || strings.Contains(shown.Webhook.URL, "abc") || strings.Contains(shown.Webhook.URL, "/in") || !shown.Webhook.SecretSet || shown.Webhook.Secret != nil {
		t.Errorf("shown %+v, %v", shown.Webhook, err)
	}
}

// TestRobots: WeCom and DingTalk answer 200 whatever they think of it.
func TestRobots(t *testing.T) {
	for _, c := range []struct {
		kind, answer, reason string
	}{
		{api.ChannelWeCom, `{"errcode":0,"errmsg":"ok"}`, ""},
		{api.ChannelWeCom, `{"errcode":93000,"errmsg":"invalid webhook url"}`, "alert.refused"},
		{api.ChannelWeCom, `{"errcode":45009,"errmsg":"api freq out of limit"}`, "alert.later"},
		{api.ChannelWeCom, `<html>a proxy's page</html>`, "alert.refused"},
		{api.ChannelDingTalk, `{"errcode":0,"errmsg":"ok"}`, ""},
		{api.ChannelDingTalk, `{"errcode":310000,"errmsg":"sign not match"}`, "alert.refused"},
	} {
		t.Run(c.kind+"/"+c.answer, func(t *testing.T) {
			h := newHook(t, say(200, c.answer))
			w := newWorld(t)
			w.channel("robot", hookForm(c.kind, h.URL+"/send?access_token=abc", "SECx"))
			got, err := w.TestChannel(t.Context(), "robot", nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.OK != (c.reason == "") || got.Fault != nil && got.Fault.Reason != c.reason {
				t.Errorf("got %+v %+v", got, got.Fault)
			}
			requests, bodies := h.got()
			if len(requests) != 1 || !strings.Contains(bodies[0], `"msgtype":"text"`) || !strings.Contains(bodies[0], "[Test]") && !strings.Contains(bodies[0], "example") {
				t.Fatalf("%d requests: %q", len(requests), bodies)
			}
			q := requests[0].URL.Query()
			if signed := q.Get("sign") != "" && q.Get("timestamp") != ""; signed != (c.kind == api.ChannelDingTalk) || q.Get("access_token") != "abc" {
				t.Errorf("query %v", q)
			}
		})
	}
}

// TestWebhookKeepsToItself: no redirect is followed, an endless answer is not read, and the key is in no fault.
func TestWebhookKeepsToItself(t *testing.T) {
	other := newHook(t, say(200, `{"errcode":0}`))
	endless := func(_ int, w http.ResponseWriter) {
		for range 1000 {
			if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		answer func(int, http.ResponseWriter)
		reason string
	}{
		"Redirect": {func(_ int, w http.ResponseWriter) {
			w.Header().Set("Location", other.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "alert.refused"},
		"Endless": {endless, "alert.refused"},
		"Cut": {func(_ int, w http.ResponseWriter) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}, "alert.unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHook(t, c.answer)
			w := newWorld(t)
			w.channel("robot", hookForm(api.ChannelWeCom, h.URL+"/send?key=abcdef", ""))
			got, err := w.TestChannel(t.Context(), "robot", nil)
			if err != nil || got.OK || got.Fault == nil || got.Fault.Reason != c.reason {
				t.Fatalf("got %+v, %v", got, err)
			}
			if text := fmt.Sprint(got.Fault.Error(), got.Fault.Args, got.Answer); strings.Contains(text, "abcdef") || len(text) > 3000 {
				t.Errorf("%d bytes: %.300s", len(text), text)
			}
		})
	}
	if requests, _ := other.got(); len(requests) != 0 {
		t.Error("a redirect was followed")
	}
}

// TestReach: nobody makes the server speak to its own machine, whatever name is given for it; that is asked when it is dialled.
func TestReach(t *testing.T) {
	h := newHook(t, say(200, "ok"))
	u, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *alert.Options) { o.Reach = post.Reach{HTTP: true} })
	for _, host := range []string{"127.0.0.1", "[::1]", "localhost", "169.254.169.254", "[fe80::1]", "0.0.0.0", "[::ffff:127.0.0.1]"} {
		_, err := w.AddChannel(t.Context(), api.NewChannel{Name: "hook", ChannelForm: hookForm(api.ChannelWebhook, "http://"+host+":"+u.Port()+"/", "")})
		if !refusedField(err, "webhook.url", "alert.host_forbidden") {
			t.Errorf("%s: %v", host, err)
		}
	}
	// A name that is not known for what it is, until it is dialled.
	w.channel("hook", hookForm(api.ChannelWebhook, "http://localhost.localdomain.:"+u.Port()+"/", ""))
	got, err := w.TestChannel(t.Context(), "hook", nil)
	if err != nil || got.OK || got.Fault == nil {
		t.Errorf("got %+v, %v", got, err)
	}
	f := api.ChannelForm{Kind: api.ChannelMail, Enabled: true, Language: "en", Mail: &api.MailSettings{
		Server: "127.0.0.1", Port: 25, Security: "none", Sender: "ha@site.example", Recipients: []string{"ops@site.example"},
	}}
	w.channel("ops", f)
	got, err = w.TestChannel(t.Context(), "ops", nil)
	if err != nil || got.OK || got.Fault.Reason != "alert.host_forbidden" {
		t.Errorf("mail to the own machine: %+v, %v", got.Fault, err)
	}
	if requests, _ := h.got(); len(requests) != 0 {
		t.Error("it was reached")
	}
}
