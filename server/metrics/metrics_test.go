package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/metrics"
)

type source struct {
	clusters []api.Cluster
	hosts    []api.Host
	err      error
}

func (s source) Clusters(context.Context) ([]api.Cluster, error) { return s.clusters, s.err }
func (s source) Hosts(context.Context) ([]api.Host, error)       { return s.hosts, s.err }

// scrape reads /metrics as Prometheus does: each sample by its name and labels.
func scrape(t *testing.T, m *metrics.Metrics) (map[string]float64, int) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	samples := map[string]float64{}
	if w.Code != http.StatusOK {
		return samples, w.Code
	}
	described := map[string]bool{}
	for line := range strings.Lines(w.Body.String()) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ := strings.Cut(rest, " ")
			described[name] = true
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		v, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		name, _, _ := strings.Cut(line[:at], "{")
		family := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if !described[name] && !described[family] {
			t.Errorf("%s has no type", name)
		}
		samples[line[:at]] = v
	}
	return samples, w.Code
}

type alarms struct{}

func (alarms) Open(context.Context) (map[ha.Severity]int, error) {
	return map[ha.Severity]int{ha.Critical: 2}, nil
}

func (alarms) Messages(context.Context) ([]metrics.Messages, error) {
	return []metrics.Messages{{Channel: "ops", State: "trying", Count: 3, Failed: 5}}, nil
}

func TestScrape(t *testing.T) {
	expires := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	m := metrics.New(source{
		clusters: []api.Cluster{
			{Name: "demo", Verdict: ha.Verdict{Level: ha.AtRisk, Survives: 1}, Quorate: true, Nodes: []string{"n1", "n2", "n3"}, Online: 2, Desired: 4, Started: 3, Failed: 1, LastMove: &api.Outage{TookMS: 2500}},
			{Name: "spare", Verdict: ha.Verdict{Level: ha.Protected}, Nodes: []string{"m1"}},
		},
		hosts: []api.Host{{Name: "n1", Connected: true, Expires: expires}, {Name: "n2"}, {Name: "old", Revoked: true, Connected: true}},
	}, alarms{}, func() int { return 7 })
	m.Observe("cluster.list", 200, 30*time.Millisecond)
	m.Observe("", 404, time.Millisecond)
	got, _ := scrape(t, m)
	for sample, want := range map[string]float64{
		`hawser_alarms_open{severity="critical"}`:                                       2,
		`hawser_alarms_open{severity="warning"}`:                                        0,
		`hawser_messages{channel="ops",state="trying"}`:                                 3,
		`hawser_message_attempts_failed{channel="ops",state="trying"}`:                  5,
		`hawser_clusters{verdict="at_risk"}`:                                            1,
		`hawser_clusters{verdict="stopped"}`:                                            0,
		`hawser_cluster_verdict{cluster="demo",verdict="at_risk"}`:                      1,
		`hawser_cluster_verdict{cluster="demo",verdict="protected"}`:                    0,
		`hawser_cluster_survives{cluster="demo"}`:                                       1,
		`hawser_cluster_quorate{cluster="demo"}`:                                        1,
		`hawser_cluster_quorate{cluster="spare"}`:                                       0,
		`hawser_cluster_nodes{cluster="demo"}`:                                          3,
		`hawser_cluster_nodes_online{cluster="demo"}`:                                   2,
		`hawser_cluster_resources_desired{cluster="demo"}`:                              4,
		`hawser_cluster_resources_started{cluster="demo"}`:                              3,
		`hawser_cluster_resources_failed{cluster="demo"}`:                               1,
		`hawser_cluster_last_failover_seconds{cluster="demo"}`:                          2.5,
		`hawser_agents{connected="true"}`:                                               1,
		`hawser_agents{connected="false"}`:                                              1,
		`hawser_agent_certificate_expiry_timestamp_seconds{host="n1"}`:                  float64(expires.Unix()),
		`hawser_live_clients`:                                                           7,
		`hawser_http_request_duration_seconds_count{route="cluster.list",status="200"}`: 1,
		`hawser_http_request_duration_seconds_count{route="other",status="404"}`:        1,
	} {
		if v, has := got[sample]; !has || v != want {
			t.Errorf("%s is %v (there: %t), want %v", sample, v, has, want)
		}
	}
	for sample := range got {
		if strings.Contains(sample, `"old"`) || strings.Contains(sample, `last_failover_seconds{cluster="spare"`) {
			t.Errorf("%s should not be there", sample)
		}
	}
}

// TestSourceFails: a figure that cannot be counted is an error, not a zero.
func TestSourceFails(t *testing.T) {
	if got, code := scrape(t, metrics.New(source{err: errors.New("away")}, nil, func() int { return 0 })); code != http.StatusInternalServerError {
		t.Errorf("status %d, %d samples", code, len(got))
	}
}
