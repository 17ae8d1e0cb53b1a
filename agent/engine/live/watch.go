package live

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"hawser/agent/corosync"
	"hawser/agent/engine"
)

// Pacemaker tells nobody but its own libraries when something changes: crm_mon repeats itself every two seconds at
// best, and an alert would have to be configured in the cluster. But its CIB manager logs each change of the CIB, of
// the status too, in its detail log, and corosync logs each link that goes and comes. Following the two files costs nothing while
// nothing happens, and tells within milliseconds. [Pacemaker 2.1.5: "cib_perform_op: Diff: +++ epoch.updates"]
//
// Where there is no such file (PCMK_logfile=none), the cluster is asked every blindPoll instead.
const (
	// settle is how long nothing more must have been told after a sign. One transition changes the CIB many times, and whoever looks in
	// the middle of it takes the processor from the failover: a planned move was seen to stop its address in 400 ms instead
	// of 130 (decision 0026). Most of what an agent does takes less, and who waits for what there is to see hardly notices.
	settle = 400 * time.Millisecond
	// settleElsewhere is it where another node decides, and tells what there is to see; and while a transition is known to go on.
	settleElsewhere = time.Second
	// settleMost bounds both where the signs do not end.
	settleMost = 3 * time.Second
	// apart is the least time between two observations: each starts programs.
	apart = 300 * time.Millisecond
	// apartElsewhere is it where another node decides.
	apartElsewhere = time.Second
	// apartMost bounds what pause makes of it on a slow machine.
	apartMost = 2 * time.Second
	// look is how often it is looked whether the daemons are there, which starts no program.
	look = 500 * time.Millisecond
	// full is how often everything is read again although no sign came. It is for what no log tells.
	full = time.Minute
	// blindPoll is how often everything is read where no log can be followed.
	blindPoll = 3 * time.Second
)

// pause is the least time between two observations, of which the last took so long. On a machine that is slow or busy with a
// failover they would delay just that, so they take about a fifth of the time, and less where another node decides, as long as
// apartMost lets them.
func (d *Driver) pause(took time.Duration) time.Duration {
	if d.decides() {
		return min(max(apart, 4*took), apartMost)
	}
	return min(max(apartElsewhere, 16*took), apartMost)
}

// decides says whether this node is the one that decides, or nobody knows who is.
func (d *Driver) decides() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dc == "" || d.dc == d.node
}

// Watch implements engine.Driver.
func (d *Driver) Watch(ctx context.Context, changed func(engine.Trigger)) error {
	for ctx.Err() == nil {
		w, err := newWatcher(d.root)
		if err != nil {
			// Others have taken all that the kernel gives (fs.inotify.max_user_instances): no reason not to look at all.
			d.poll(ctx, changed)
			continue
		}
		if err := d.follow(ctx, w, changed); err != nil {
			return err
		}
	}
	return nil
}

// poll looks every blindPoll, for as long as full: then following is tried again.
func (d *Driver) poll(ctx context.Context, changed func(engine.Trigger)) {
	ticker := time.NewTicker(blindPoll)
	defer ticker.Stop()
	for began := time.Now(); time.Since(began) < full; {
		changed(engine.Trigger{Config: true})
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// follow tells what w sees.
func (d *Driver) follow(ctx context.Context, w *watcher, changed func(engine.Trigger)) error {
	events := make(chan []byte)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.pump(ctx, events)
	}()
	defer func() {
		w.close()
		<-ended
		w.closeLogs()
	}()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	var due <-chan time.Time // when the signs that came are told
	var first time.Time      // when the first of them came
	var pending sign
	up := d.listens()
	last := time.Now()
	told, rest := last, apart
	tell := func(t engine.Trigger) {
		pending, due = sign{}, nil
		began := time.Now()
		changed(t)
		told = time.Now()
		if !t.Same {
			last, rest = told, d.pause(told.Sub(began))
		}
	}
	note := func(s sign) {
		pending.add(s)
		d.heard(s)
		quiet, wait := settle, rest
		switch {
		case pending.links: // nodes come and go, and who decides may have gone with them
			wait = apart
		case !d.decides(), d.works():
			quiet = settleElsewhere
		}
		if due == nil {
			first = time.Now()
		}
		due = time.After(max(min(quiet, settleMost-time.Since(first)), wait-time.Since(last)))
	}
	tell(engine.Trigger{Config: true})
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			if ctx.Err() != nil {
				return nil
			}
			return errors.New("inotify has ended")
		case chunk := <-events:
			if s, any := w.signs(chunk); any {
				note(s)
			}
		case <-due:
			tell(engine.Trigger{Config: pending.config})
		case <-ticker.C:
			if w.refresh() {
				note(sign{links: true})
			}
			if d.deviceMoved(ctx) {
				note(sign{})
			}
			if now := d.listens(); now != up {
				up = now
				note(sign{config: true})
			}
			switch age := time.Since(last); {
			case due != nil:
			case age >= full, up && !w.follows() && age >= blindPoll:
				tell(engine.Trigger{Config: true})
			case time.Since(told) >= engine.Confirm-look:
				tell(engine.Trigger{Same: true})
			}
		}
	}
}

// sign is what a line of a log or a new file means.
type sign struct {
	config, links bool
	controller    string // the state that this node's controller has come to; empty where nothing is said of it
}

func (s *sign) add(other sign) {
	s.config, s.links = s.config || other.config, s.links || other.links
	s.controller = cmp.Or(other.controller, s.controller)
}

// heard notes what a sign says of what was observed before.
func (d *Driver) heard(s sign) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.links {
		d.linksAt = time.Time{}
	}
	if s.controller != "" {
		d.working, d.heardAt = s.controller == "S_POLICY_ENGINE" || s.controller == "S_TRANSITION_ENGINE", time.Now()
	}
}

// trusted is how long the log is believed that says that a transition is going on: its end may have been missed.
const trusted = 5 * time.Second

// works says whether this node's controller has said just now that it has begun a transition, and not that it has ended.
func (d *Driver) works() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.working && time.Since(d.heardAt) < trusted
}

// listens says whether Pacemaker's CIB manager has its socket on this host: in the abstract name space, or as a file where
// libqb was built so. It starts no program and connects to nothing.
//
// On a remote node pacemaker_remote has sockets of the same names, through which it asks the members: such a host has no cluster of
// its own to tell of.
func (d *Driver) listens() bool {
	if !d.hasSocket() {
		return false
	}
	data, err := readFile(d.path(confPath))
	return err != nil || data != nil && !corosync.Stock(data)
}

func (d *Driver) hasSocket() bool {
	if _, err := os.Stat(d.path("/run/cib_rw")); err == nil {
		return true
	}
	if d.root != "" {
		return false // this machine's sockets are not that host's
	}
	f, err := os.Open("/proc/net/unix")
	if err != nil {
		return false
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		fields := strings.Fields(s.Text())
		// Num RefCount Protocol Flags Type St Inode Path; the flag is __SO_ACCEPTCON. Abstract names are padded with @.
		if len(fields) == 8 && fields[3] == "00010000" && (strings.TrimRight(fields[7], "@") == "@cib_rw" || strings.HasSuffix(fields[7], "/cib_rw")) {
			return true
		}
	}
	return false
}
