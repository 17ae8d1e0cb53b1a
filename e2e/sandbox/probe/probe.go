// Package probe is the measuring client: outside of the cluster, it writes a row through the virtual IP every 50 ms, notes
// which were acknowledged, and measures how long there was no acknowledgement.
package probe

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hawser/internal/api"
)

// Config is what a Probe needs.
type Config struct {
	DSN      string // where to write; the host is the virtual IP
	Target   string // as status calls it
	Acks     string // file of acknowledged numbers
	Status   string // file of the status, written anew every 250 ms
	Socket   string // GET /status, POST /reset, POST /verify
	Interval time.Duration
	Timeout  time.Duration // of one attempt, connecting included
	Log      *slog.Logger
}

const (
	defaultInterval = 50 * time.Millisecond
	defaultTimeout  = 400 * time.Millisecond
	// connectTimeout is for the kernel's part of connecting, which takes less than a millisecond where somebody has the address: an attempt
	// that went to a node which is gone must not keep the next one from being made.
	connectTimeout = 100 * time.Millisecond
	statusEvery    = 250 * time.Millisecond
	verifyTimeout  = 60 * time.Second
	// served is the longest time between two acknowledgements that is no outage: several intervals, because a commit takes its time.
	served  = 250 * time.Millisecond
	seconds = 300 // how much of the past Recent keeps
)

// Status is what the probe has seen. It has the form in which the console shows it.
type Status struct {
	api.Demo
	LastNumber int64 `json:"lastNumber"`
}

// Probe writes and measures.
type Probe struct {
	cfg  Config
	acks *os.File

	conn  *pgx.Conn // of the writing goroutine alone
	ready bool      // the table is there

	mu        sync.Mutex // guards what follows
	next      int64
	since     time.Time
	attempts  int64
	acked     int64
	lastAck   time.Time
	longest   time.Duration
	longestAt time.Time
	serving   bool
	lastErr   string
	lost      int64
	verified  time.Time
	recent    []int
	worst     time.Duration // the longest gap in the current second
	total     int64         // acknowledged since the file began
	clients   *clients      // of other services; nil for none
}

// New opens the file of acknowledged rows and goes on behind the last.
func New(cfg Config) (*Probe, error) {
	if cfg.Interval == 0 {
		cfg.Interval = defaultInterval
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if err := os.MkdirAll(filepath.Dir(cfg.Acks), 0o755); err != nil {
		return nil, err
	}
	numbers, err := readAcks(cfg.Acks)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(cfg.Acks, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	p := &Probe{cfg: cfg, acks: f, since: time.Now(), total: int64(len(numbers)), recent: []int{}}
	// Numbers are never used twice, not even those that an earlier probe tried without an answer.
	p.next = time.Now().UnixMicro()
	for n := range numbers {
		p.next = max(p.next, n+1)
	}
	return p, nil
}

func readAcks(path string) (map[int64]bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[int64]bool{}
	in := bufio.NewReader(f)
	for {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return out, nil // a line without its end was never relied on
		}
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out[n] = true
	}
}

// Run writes until ctx ends.
func (p *Probe) Run(ctx context.Context) error {
	_ = os.Remove(p.cfg.Socket)
	ln, err := net.Listen("unix", p.cfg.Socket)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	srv := &http.Server{Handler: p.routes(stop), ReadHeaderTimeout: 5 * time.Second}
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(ln) })
	wg.Go(func() { p.publish(ctx) })
	defer wg.Wait()
	defer srv.Close()
	defer p.Clients(nil)

	tick := time.NewTicker(p.cfg.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			p.hangUp()
			return p.acks.Close()
		case <-tick.C:
			p.attempt(ctx)
		}
	}
}

// attempt writes one row. A row whose attempt ended without an answer may be there or not; its number is not tried again.
func (p *Probe) attempt(ctx context.Context) {
	p.mu.Lock()
	n := p.next
	p.next++
	p.attempts++
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	err := p.write(ctx, n)
	now := time.Now()
	if err == nil {
		// On file before it is counted: a row that counts as acknowledged is never forgotten.
		_, err = p.acks.WriteString(strconv.FormatInt(n, 10) + "\n")
	} else {
		if _, ok := errors.AsType[*pgconn.PgError](err); ok {
			p.ready = false // the server answered that it will not; perhaps it is another database
		}
		p.hangUp()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.serving, p.lastErr = false, err.Error()
		return
	}
	p.gap(now)
	p.acked++
	p.total++
	p.lastAck, p.serving, p.lastErr = now, true, ""
}

// gap takes the time since the last acknowledgement into account. The caller holds mu.
func (p *Probe) gap(now time.Time) {
	from := p.lastAck
	if from.Before(p.since) {
		from = p.since
	}
	gap := now.Sub(from)
	if gap > p.longest {
		p.longest, p.longestAt = gap, from
	}
	p.worst = max(p.worst, gap)
}

func (p *Probe) write(ctx context.Context, n int64) error {
	if p.conn == nil {
		cfg, err := pgx.ParseConfig(p.cfg.DSN)
		if err != nil {
			return err
		}
		cfg.DialFunc = (&net.Dialer{Timeout: connectTimeout}).DialContext
		c, err := pgx.ConnectConfig(ctx, cfg)
		if err != nil {
			return err
		}
		p.conn = c
	}
	if !p.ready {
		if _, err := p.conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS hawser_probe (n bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())`); err != nil {
			return err
		}
		p.ready = true
	}
	_, err := p.conn.Exec(ctx, `INSERT INTO hawser_probe (n) VALUES ($1)`, n)
	return err
}

func (p *Probe) hangUp() {
	if p.conn == nil {
		return
	}
	// Nobody waits for a server that does not answer.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_ = p.conn.Close(ctx)
	p.conn = nil
}

// Reset begins a new measurement: counters and the longest outage start anew, the acknowledged rows stay on file.
func (p *Probe) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since, p.attempts, p.acked, p.longest, p.longestAt, p.recent, p.worst = time.Now(), 0, 0, 0, time.Time{}, []int{}, 0
}

// Status says what was seen since the last Reset.
func (p *Probe) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Status{LastNumber: p.next - 1, Demo: api.Demo{
		Running: true, Target: p.cfg.Target, Since: p.since.UTC(), Serving: p.serving, Attempts: p.attempts, Acknowledged: p.acked,
		Lost: p.lost, LastError: p.lastErr, Recent: append([]int{}, p.recent...),
	}}
	if !p.lastAck.IsZero() {
		s.LastAck = p.lastAck.UTC()
	}
	if !p.verified.IsZero() {
		s.Verified = p.verified.UTC()
	}
	longest, at := p.longest, p.longestAt
	from := p.lastAck
	if from.Before(p.since) {
		from = p.since
	}
	if current := time.Since(from); current > served {
		s.CurrentOutageMS = int(current.Milliseconds())
		if current > longest {
			longest, at = current, from
		}
	}
	s.LongestOutageMS = int(longest.Milliseconds())
	if !at.IsZero() {
		s.LongestAt = at.UTC()
	}
	return s
}

// Verification is the result of comparing what was acknowledged with what is there.
type Verification struct {
	Acknowledged int64   `json:"acknowledged"`
	Found        int64   `json:"found"`
	Lost         int64   `json:"lost"`
	Missing      []int64 `json:"missing,omitempty"` // the first hundred
}

// Verify reads all rows and returns those that were acknowledged and are missing. dsn may be "" for the probe's own.
func (p *Probe) Verify(ctx context.Context, dsn string) (Verification, error) {
	if dsn == "" {
		dsn = p.cfg.DSN
	}
	v, err := Verify(ctx, dsn, p.cfg.Acks)
	if err == nil {
		p.mu.Lock()
		p.lost, p.verified = v.Lost, time.Now()
		p.mu.Unlock()
	}
	return v, err
}

// Verify compares a file of acknowledged rows with a database.
func Verify(ctx context.Context, dsn, acks string) (Verification, error) {
	var v Verification
	// First the file, then the table: a row that is acknowledged meanwhile is not missed.
	want, err := readAcks(acks)
	if err != nil {
		return v, err
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return v, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	v.Acknowledged = int64(len(want))
	rows, err := conn.Query(ctx, `SELECT n FROM hawser_probe`)
	if err != nil {
		return v, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return v, err
		}
		if want[n] {
			v.Found++
			delete(want, n)
		}
	}
	if err := rows.Err(); err != nil {
		return v, err
	}
	v.Lost = int64(len(want))
	for n := range want {
		if len(v.Missing) == 100 {
			break
		}
		v.Missing = append(v.Missing, n)
	}
	return v, nil
}

// publish writes the status file and keeps the record of the last minutes.
func (p *Probe) publish(ctx context.Context) {
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	defer os.Remove(p.cfg.Status)
	for i := 1; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if i%int(time.Second/statusEvery) == 0 {
			p.second()
		}
		raw, err := json.Marshal(p.Status())
		if err == nil {
			err = os.WriteFile(p.cfg.Status+".new", raw, 0o644)
		}
		if err == nil {
			err = os.Rename(p.cfg.Status+".new", p.cfg.Status)
		}
		if err != nil {
			p.cfg.Log.Warn("status file", "err", err)
		}
	}
}

// second closes one value of Recent: how long clients had been waiting, at worst, in the last second.
func (p *Probe) second() {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := p.lastAck
	if from.Before(p.since) {
		from = p.since
	}
	worst := max(p.worst, time.Since(from))
	p.worst = 0
	ms := 0
	if worst > served {
		ms = int(worst.Milliseconds())
	}
	p.recent = append(p.recent, ms)
	if len(p.recent) > seconds {
		p.recent = p.recent[1:]
	}
}

func (p *Probe) routes(stop func()) http.Handler {
	mux := http.NewServeMux()
	reply := func(w http.ResponseWriter, v any, err error) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { reply(w, p.Status(), nil) })
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) { p.Reset(); reply(w, p.Status(), nil) })
	mux.HandleFunc("POST /stop", func(w http.ResponseWriter, _ *http.Request) { reply(w, p.Status(), nil); stop() })
	mux.HandleFunc("POST /verify", func(w http.ResponseWriter, r *http.Request) {
		v, err := p.Verify(r.Context(), r.URL.Query().Get("dsn"))
		reply(w, v, err)
	})
	mux.HandleFunc("GET /clients", func(w http.ResponseWriter, _ *http.Request) { reply(w, p.Reached(), nil) })
	mux.HandleFunc("POST /clients", func(w http.ResponseWriter, r *http.Request) {
		var addresses []string
		if err := json.NewDecoder(r.Body).Decode(&addresses); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p.Clients(addresses)
		reply(w, p.Reached(), nil)
	})
	return mux
}
