package auth

import (
	"context"
	"slices"
	"strconv"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// DefaultPolicy holds until somebody has changed it. NIST SP 800-63B asks for length, not for kinds of characters, and for no
// change without a reason; other rules ask for both, so both can be had.
func DefaultPolicy() api.Policy {
	return api.Policy{
		SecondFactor: "optional",
		Password:     api.PasswordRules{MinLength: 10, Classes: 1, FirstChange: true},
		Lock:         api.LockRules{Failures: 5, FirstSeconds: 5, LongestMinutes: 15},
		Session:      api.SessionRules{IdleMinutes: 12 * 60, LifeHours: 7 * 24, CLIHours: 30 * 24, TokenMaxDays: 365},
	}
}

// Policy returns what holds.
func (a *Auth) Policy(ctx context.Context) (api.Policy, error) { return a.o.Store.Policy(ctx) }

// EditPolicy changes what holds. Nobody can be locked out by it: what is asked for newly is asked for at the next login.
func (a *Auth) EditPolicy(ctx context.Context, in api.PolicyChange) (api.Policy, error) {
	return a.o.Store.ChangePolicy(ctx, func(p *api.Policy, accounts []Account) error {
		separated := p.Separation
		set(&p.Separation, in.Separation)
		set(&p.SecondFactor, in.SecondFactor)
		set(&p.Password, in.Password)
		set(&p.Lock, in.Lock)
		set(&p.Session, in.Session)
		if err := checkPolicy(*p); err != nil {
			return err
		}
		if p.Separation && !separated {
			return maySeparate(accounts)
		}
		return nil
	})
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// secondFactors are who may have to have one.
var secondFactors = []string{"optional", "administrators", "everybody"}

// checkPolicy checks what the interface cannot say of one field alone, and everything again, for whoever does not come by it.
func checkPolicy(p api.Policy) error {
	var f fault.Fields
	within := func(path string, value, low, high int) {
		if value < low {
			f.Add(path, "field.too_small", "is too small", "min", strconv.Itoa(low))
		} else if value > high {
			f.Add(path, "field.too_big", "is too big", "max", strconv.Itoa(high))
		}
	}
	if !slices.Contains(secondFactors, p.SecondFactor) {
		f.Add("secondFactor", "field.one_of", "unknown", "value", p.SecondFactor, "allowed", "optional, administrators, everybody")
	}
	within("password.minLength", p.Password.MinLength, 8, 64)
	within("password.classes", p.Password.Classes, 1, 4)
	within("password.history", p.Password.History, 0, maxHistory)
	within("password.maxAgeDays", p.Password.MaxAgeDays, 0, 3650)
	within("lock.failures", p.Lock.Failures, 3, 20)
	within("lock.firstSeconds", p.Lock.FirstSeconds, 1, 3600)
	within("lock.longestMinutes", p.Lock.LongestMinutes, 1, 1440)
	within("session.idleMinutes", p.Session.IdleMinutes, 5, 10080)
	within("session.lifeHours", p.Session.LifeHours, 1, 720)
	within("session.cliHours", p.Session.CLIHours, 1, 8760)
	within("session.tokenMaxDays", p.Session.TokenMaxDays, 1, 3650)
	if p.Lock.FirstSeconds > p.Lock.LongestMinutes*60 {
		f.Add("lock.firstSeconds", "policy.first_over_longest", "the first wait is longer than the longest")
	}
	if p.Session.IdleMinutes > p.Session.LifeHours*60 {
		f.Add("session.idleMinutes", "policy.idle_over_life", "longer than the session lasts in any case")
	}
	return f.Err()
}

// must says what somebody has to set before doing anything else.
func must(a Account, p api.Policy, now time.Time) string {
	old := p.Password.MaxAgeDays > 0 && !now.Before(a.PasswordSet.AddDate(0, 0, p.Password.MaxAgeDays))
	switch {
	case a.MustChange, old:
		return api.MustPassword
	case !a.SecondFactor && (p.SecondFactor == "everybody" || p.SecondFactor == "administrators" && administrator(a.Role)):
		return api.MustSecondFactor
	}
	return ""
}

// first are the routes that serve somebody who has to set something.
var first = map[string][]string{
	api.MustPassword:     {"session.create", "session.show", "session.delete", "policy.show", "password.change"},
	api.MustSecondFactor: {"session.create", "session.show", "session.delete", "policy.show", "password.change", "totp.setup", "totp.confirm"},
}
