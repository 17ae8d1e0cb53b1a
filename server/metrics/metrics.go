// Package metrics shows the server and what it watches to Prometheus.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// Source is what is counted when somebody asks.
type Source interface {
	Clusters(ctx context.Context) ([]api.Cluster, error)
	Hosts(ctx context.Context) ([]api.Host, error)
}

// Alarms is what is counted of alarms, and of the messages about them.
type Alarms interface {
	Open(ctx context.Context) (map[ha.Severity]int, error)
	Messages(ctx context.Context) ([]Messages, error)
}

// Messages is how many messages of a channel are in a state, and how many attempts to send them have failed.
type Messages struct {
	Channel, State string
	Count, Failed  int
}

// Metrics are the server's metrics.
type Metrics struct {
	source   Source
	alarms   Alarms
	live     func() int
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

// levels are all levels of a verdict, so that one that no cluster has now is 0 and not absent.
var levels = []ha.Level{ha.Protected, ha.AtRisk, ha.Unprotected, ha.InMaintenance, ha.StoppedCluster, ha.UnknownLevel}

// The metrics that are counted when somebody asks.
var (
	clusters = prometheus.NewDesc("hawser_clusters", "Clusters by verdict.", []string{"verdict"}, nil)
	verdict  = prometheus.NewDesc("hawser_cluster_verdict", "1 for the verdict that the cluster has, 0 for the others.", []string{"cluster", "verdict"}, nil)
	survives = prometheus.NewDesc("hawser_cluster_survives", "Nodes that may be lost now without losing quorum or a service.", []string{"cluster"}, nil)
	quorate  = prometheus.NewDesc("hawser_cluster_quorate", "1 where the cluster has quorum.", []string{"cluster"}, nil)
	nodes    = prometheus.NewDesc("hawser_cluster_nodes", "Nodes of the cluster.", []string{"cluster"}, nil)
	online   = prometheus.NewDesc("hawser_cluster_nodes_online", "Nodes online.", []string{"cluster"}, nil)
	desired  = prometheus.NewDesc("hawser_cluster_resources_desired", "Primitives that should run.", []string{"cluster"}, nil)
	started  = prometheus.NewDesc("hawser_cluster_resources_started", "Primitives that run and have not failed.", []string{"cluster"}, nil)
	failed   = prometheus.NewDesc("hawser_cluster_resources_failed", "Primitives that have failed.", []string{"cluster"}, nil)
	failover = prometheus.NewDesc("hawser_cluster_last_failover_seconds", "How long the last failover took, as the cluster reports it.", []string{"cluster"}, nil)
	agents   = prometheus.NewDesc("hawser_agents", "Enrolled agents, by whether they are connected.", []string{"connected"}, nil)
	expiry   = prometheus.NewDesc("hawser_agent_certificate_expiry_timestamp_seconds", "End of an agent's certificate.", []string{"host"}, nil)
	open     = prometheus.NewDesc("hawser_alarms_open", "Open alarms by severity.", []string{"severity"}, nil)
	waiting  = prometheus.NewDesc("hawser_messages", "Messages about alarms that are kept, by channel and state: queued, sending and trying wait for the channel.", []string{"channel", "state"}, nil)
	attempts = prometheus.NewDesc("hawser_message_attempts_failed", "Attempts to send the messages that are kept which have failed.", []string{"channel", "state"}, nil)
	listen   = prometheus.NewDesc("hawser_live_clients", "Browsers that listen to live messages.", nil, nil)
)

// New returns Metrics. Live counts the browsers that listen; alarms may be nil.
func New(source Source, alarms Alarms, live func() int) *Metrics {
	m := &Metrics{source: source, alarms: alarms, live: live, registry: prometheus.NewRegistry()}
	m.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "hawser_http_request_duration_seconds", Help: "Time to answer a request.",
		Buckets: []float64{.005, .02, .1, .5, 2, 10},
	}, []string{"route", "status"})
	m.registry.MustRegister(m.requests, m, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Observe notes that a request has been answered.
func (m *Metrics) Observe(route string, status int, took time.Duration) {
	if route == "" {
		route = "other"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Handler serves /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Describe tells of nothing: what there is depends on the clusters.
func (m *Metrics) Describe(chan<- *prometheus.Desc) {}

// Collect counts.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	ctx := context.Background()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	list, err := m.source.Clusters(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(clusters, err)
		return
	}
	count := map[ha.Level]int{}
	for _, c := range list {
		count[c.Verdict.Level]++
		for _, l := range levels {
			gauge(verdict, number(c.Verdict.Level == l), c.Name, string(l))
		}
		gauge(survives, float64(c.Verdict.Survives), c.Name)
		gauge(quorate, number(c.Quorate), c.Name)
		gauge(nodes, float64(len(c.Nodes)), c.Name)
		gauge(online, float64(c.Online), c.Name)
		gauge(desired, float64(c.Desired), c.Name)
		gauge(started, float64(c.Started), c.Name)
		gauge(failed, float64(c.Failed), c.Name)
		if c.LastMove != nil {
			gauge(failover, float64(c.LastMove.TookMS)/1000, c.Name)
		}
	}
	for _, l := range levels {
		gauge(clusters, float64(count[l]), string(l))
	}
	hosts, err := m.source.Hosts(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(agents, err)
		return
	}
	connected, away := 0, 0
	for _, h := range hosts {
		switch {
		case h.Revoked:
			continue
		case h.Connected:
			connected++
		default:
			away++
		}
		gauge(expiry, float64(h.Expires.Unix()), h.Name)
	}
	gauge(agents, float64(connected), "true")
	gauge(agents, float64(away), "false")
	gauge(listen, float64(m.live()))
	if m.alarms != nil {
		m.collectAlarms(ctx, out, gauge)
	}
}

func (m *Metrics) collectAlarms(ctx context.Context, out chan<- prometheus.Metric, gauge func(*prometheus.Desc, float64, ...string)) {
	count, err := m.alarms.Open(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(open, err)
		return
	}
	for _, s := range ha.Severities {
		gauge(open, float64(count[s]), string(s))
	}
	messages, err := m.alarms.Messages(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(waiting, err)
		return
	}
	for _, each := range messages {
		gauge(waiting, float64(each.Count), each.Channel, each.State)
		gauge(attempts, float64(each.Failed), each.Channel, each.State)
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
