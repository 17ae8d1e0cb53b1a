package rest_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

const logText = "0123456789abcdef"

// logService has one bundle; "gone" is not there.
type logService struct{ t *testing.T }

func (logService) bundle() api.LogBundle {
	return api.LogBundle{ID: "b", Cluster: "demo", File: "hawser demo.tar.zst", SHA256: "5a", Created: time.Unix(1, 0), Bytes: int64(len(logText)), Nodes: []api.LogBundleNode{}}
}

func (l logService) List(string) ([]api.LogBundle, error) { return nil, nil }

func (l logService) Show(string, string) (api.LogBundle, error) { return l.bundle(), nil }

func (l logService) Collect(context.Context, string, string, api.NewLogBundle) (api.LogBundle, error) {
	return l.bundle(), nil
}

func (l logService) Delete(string, string) error { return nil }

func (l logService) Open(_, id string) (*os.File, api.LogBundle, error) {
	if id == "gone" {
		return nil, api.LogBundle{}, fault.New(fault.NotFound, "logs.not_found", "gone")
	}
	name := filepath.Join(l.t.TempDir(), "bundle")
	if err := os.WriteFile(name, []byte(logText), 0o600); err != nil {
		return nil, api.LogBundle{}, err
	}
	f, err := os.Open(name)
	return f, l.bundle(), err
}

type lineService struct {
	asked api.TimelineQuery
	audit bool
}

func (l *lineService) Show(_ context.Context, _, _ string, q api.TimelineQuery, audit bool) (api.Timeline, error) {
	l.asked, l.audit = q, audit
	return api.Timeline{Items: []api.TimelineEntry{}}, nil
}

// TestLogDownload: whole, by ranges, not a range of another file, and a fault as of every other route.
func TestLogDownload(t *testing.T) {
	_, server := newServer(t)
	r, _ := api.RouteNamed("logs.download")
	ask := func(headers ...string) (int, string, http.Header) {
		q := request(t, r, "admin")
		for i := 0; i < len(headers); i += 2 {
			q.Header.Set(headers[i], headers[i+1])
		}
		w := serve(server, q)
		return w.Code, w.Body.String(), w.Header()
	}
	code, body, h := ask()
	if code != http.StatusOK || body != logText || h.Get("ETag") != `"5a"` || h.Get("Accept-Ranges") != "bytes" || h.Get("Content-Type") != "application/zstd" ||
		h.Get("Content-Disposition") != `attachment; filename="hawser demo.tar.zst"` {
		t.Errorf("whole: %d %q %v", code, body, h)
	}
	if code, body, h := ask("Range", "bytes=10-", "If-Match", `"5a"`); code != http.StatusPartialContent || body != "abcdef" || h.Get("Content-Range") != "bytes 10-15/16" {
		t.Errorf("a range: %d %q %v", code, body, h)
	}
	if code, body, _ := ask("Range", "bytes=10-", "If-Match", `"other"`); code != http.StatusPreconditionFailed || body != "" {
		t.Errorf("of another file: %d %q", code, body)
	}
	if code, _, _ := ask("Range", "bytes=99-"); code != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("beyond the end: %d", code)
	}
	q := request(t, r, "admin")
	q.URL.Path = api.Prefix + "/clusters/demo/logs/gone/file"
	if w := serve(server, q); faultOf(t, w).Reason != "logs.not_found" {
		t.Errorf("one that is gone: %s", w.Body)
	}
}

// TestTimelineQuery: every filter arrives as it was sent, and the audit log only for whoever may see it.
func TestTimelineQuery(t *testing.T) {
	services, server := newServer(t)
	line := &services.line
	r, _ := api.RouteNamed("timeline.list")
	q := request(t, r, "viewer")
	q.URL.RawQuery = "source=event,decision&kind=node.*&severity=warning&node=n1&resource=vip&actor=li&text=%E8%8A%82%E7%82%B9&since=2026-03-01T08:00:00Z&limit=7&cursor=x"
	if w := serve(server, q); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want := api.TimelineQuery{
		Source: []string{"event", "decision"}, Kind: "node.*", Severity: "warning", Node: "n1", Resource: "vip", Actor: "li", Text: "节点", Since: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
		Cut: api.Cut{Cursor: "x", Limit: 7},
	}
	if !reflect.DeepEqual(line.asked, want) || line.audit {
		t.Errorf("asked %+v, audit %v", line.asked, line.audit)
	}
	q = request(t, r, "admin")
	if serve(server, q); !line.audit {
		t.Error("an administrator does not see the audit log")
	}
	q = request(t, r, "viewer")
	q.URL.RawQuery = "source=gossip"
	if f := faultOf(t, serve(server, q)); f.Reason != "request.invalid" {
		t.Errorf("%+v", f)
	}
}
