// Package licence says what this server may add, by the trial or by licences, and looks after them: the clock, the token, the machine.
//
// It bars growth and nothing else. Nobody asks it before an edit, an undo, a fence or a delete, and what runs never hears of it.
package licence

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/licensing"
	"hawser/licensing/machine"
	"hawser/licensing/ukey"
)

// Store keeps secrets, encrypted. Where there is none of a name, it returns a NotFound fault.
type Store interface {
	Secret(ctx context.Context, name string) ([]byte, error)
	PutSecret(ctx context.Context, name string, value []byte) error
}

// Token is what proves a licence of kind ukey.
type Token interface {
	Look(ctx context.Context) (ukey.Token, error)
	Prove(ctx context.Context, key [32]byte, pin string) (ukey.Token, error)
}

// Options are what licences need. Store and Use are required.
type Options struct {
	Store Store
	// Use counts what is managed.
	Use func(ctx context.Context) (api.LicenseUse, error)
	// Keys are the vendor's; a development build has none.
	Keys []ed25519.PublicKey
	// Machine reads what this machine is known by.
	Machine func() machine.Print
	// Token asks the token; nil where no library is configured. Module and Label are only told.
	Token         Token
	Module, Label string
	// Grace is how long a licence counts after its token was pulled out, and Every how often the token is asked.
	Grace, Every time.Duration
	// Changed is told when something has become different; it must not wait.
	Changed func()
	Now     func() time.Time
	Log     *slog.Logger
}

const (
	// TrialDays is how long a new server does everything without a licence.
	TrialDays = 60
	// backAfter is how far a clock must be behind before it counts as set back: corrections by NTP are seconds.
	backAfter = time.Hour
	// saveEvery is how often the time that was reached is kept: so much can be gained by a restart.
	saveEvery = 10 * time.Minute
	// beatEvery is how often clock and machine are looked at.
	beatEvery = time.Minute
	// mostKept and mostRequests bound what is kept. Beyond them the oldest request goes, and of the licences one that has ended.
	mostKept     = 16
	mostRequests = 8
)

// The secrets' names.
const (
	stateSecret = "licence/state"
	pinSecret   = "licence/pin"
)

// state is everything that is kept. It is encrypted, so that nobody prolongs a trial with an editor.
type state struct {
	Trial    time.Time     `json:"trial"`   // when it began
	Reached  time.Time     `json:"reached"` // the latest time seen
	Newest   licensing.Day `json:"newest"`  // when the newest licence was issued
	Requests []request     `json:"requests,omitempty"`
	Licences []kept        `json:"licences,omitempty"`
	// Proved is when tokens last proved licences, by the hash of the key in hexadecimal digits.
	Proved map[string]time.Time `json:"proved,omitempty"`
	// Refused says that the token has refused the PIN: trying again would lock it.
	Refused bool `json:"refused,omitempty"`
}

type request struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Text string    `json:"text"`
}

type kept struct {
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Document string    `json:"document"`
}

func (s state) clone() state {
	s.Requests, s.Licences = slices.Clone(s.Requests), slices.Clone(s.Licences)
	proved := make(map[string]time.Time, len(s.Proved))
	for k, v := range s.Proved {
		proved[k] = v
	}
	s.Proved = proved
	return s
}

// Licences is the service. Its methods may be called at once.
type Licences struct {
	o Options

	// asking is held by who asks the token, from reading the PIN to keeping what came of it: a PIN that is wrong must be tried once,
	// because tokens lock themselves. Taken before changing.
	asking chan struct{}

	changing sync.Mutex // one change at a time, from reading to keeping; taken before mu

	mu     sync.Mutex // guards what follows; no I/O under it
	state  state
	looked time.Time     // when the clock was looked at, with the monotonic reading
	saved  time.Time     // what of Reached is kept
	print  machine.Print // this machine
	token  tokenSeen
	pinSet bool
	lost   bool // what is kept could not be read
}

// tokenSeen is what the last look at the token gave.
type tokenSeen struct {
	at    time.Time
	token *ukey.Token
	fault *fault.Error
	proof bool // it has proved its licence
}

// New returns Licences. Load must be called first, then Run.
func New(o Options) *Licences {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Machine == nil {
		o.Machine = func() machine.Print { return machine.Read("/") }
	}
	return &Licences{o: o, asking: make(chan struct{}, 1)}
}

// Load reads what is kept; the first time, the trial begins. What cannot be read bars growth and no more: it is tried again, and a licence
// that is given meanwhile takes its place.
func (l *Licences) Load(ctx context.Context) error {
	l.changing.Lock()
	defer l.changing.Unlock()
	return l.load(ctx)
}

// load does it. The caller holds changing.
func (l *Licences) load(ctx context.Context) error {
	var s state
	data, err := l.o.Store.Secret(ctx, stateSecret)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		s.Trial = l.o.Now().UTC()
		s.Reached = s.Trial
		if data, err = json.Marshal(s); err == nil {
			err = l.o.Store.PutSecret(ctx, stateSecret, data)
		}
	case err == nil:
		err = json.Unmarshal(data, &s)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		l.o.Log.Error("licences cannot be read; nothing can be added before one is given", "err", err)
		s = state{Reached: l.o.Now().UTC()}
	}
	_, pinErr := l.o.Store.Secret(ctx, pinSecret)
	print := l.o.Machine()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state, l.saved, l.print, l.lost, l.pinSet = s, s.Reached, print, err != nil, pinErr == nil
	l.looked = l.o.Now()
	return nil
}

// Run looks at clock, machine and token until ctx ends.
func (l *Licences) Run(ctx context.Context) error {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		if err := l.Beat(ctx); err != nil && ctx.Err() == nil {
			l.o.Log.Warn("licences were not looked after", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Beat looks at clock and machine, and asks the token when that is due.
func (l *Licences) Beat(ctx context.Context) error {
	print := l.o.Machine()
	l.mu.Lock()
	l.print = print
	save, lost := l.reach().Sub(l.saved) >= saveEvery, l.lost
	due := l.token.at.IsZero() || l.o.Now().Sub(l.token.at).Abs() >= l.o.Every
	l.mu.Unlock()
	if lost {
		return l.Load(ctx)
	}
	if l.o.Token != nil && due {
		if err := l.alone(ctx, func() error { return l.ask(ctx) }); err != nil {
			return err
		}
	}
	if !save {
		return nil
	}
	return l.change(ctx, func(*state) error { return nil })
}

// reach returns the time that days are counted from: never earlier than one that was seen, and going on while the clock is behind.
// The caller holds mu.
func (l *Licences) reach() time.Time {
	now := l.o.Now()
	if passed := now.Sub(l.looked); passed > 0 && !l.looked.IsZero() {
		l.state.Reached = l.state.Reached.Add(passed)
	}
	l.looked = now
	if now.After(l.state.Reached) {
		l.state.Reached = now.UTC()
	}
	return l.state.Reached
}

// behind says whether the clock was set back. The caller holds mu.
func (l *Licences) behind() bool { return l.state.Reached.Sub(l.o.Now()) > backAfter }

// change changes what is kept. Nothing is different before it is kept.
func (l *Licences) change(ctx context.Context, do func(*state) error) error {
	l.changing.Lock()
	defer l.changing.Unlock()
	l.mu.Lock()
	lost := l.lost
	l.mu.Unlock()
	if lost { // it may be readable again: then nothing takes its place
		if err := l.load(ctx); err != nil {
			return err
		}
	}
	l.mu.Lock()
	l.reach()
	next := l.state.clone()
	l.mu.Unlock()
	if err := do(&next); err != nil {
		return err
	}
	data, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := l.o.Store.PutSecret(ctx, stateSecret, data); err != nil {
		return fmt.Errorf("keep licences: %w", err)
	}
	l.mu.Lock()
	l.state, l.saved, l.lost = next, next.Reached, false
	l.mu.Unlock()
	return nil
}
