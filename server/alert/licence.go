package alert

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post"
)

// Licence is what is to be told of what this server may add.
type Licence struct {
	Name      string    // the licence's number, or trial
	Trial     bool      //
	End       time.Time // zero where there is none
	Now       time.Time // by which the days are counted
	Barred    bool      // nothing may be added any more
	UkeyAway  time.Time // until when the licence counts without its token; zero where the token is there
	ClockBack bool      // the clock was set back
}

// warnings are the days before the end on which it is told, the last first; of the trial only those up to trialWarning.
var warnings = []int{1, 7, 30, 60}

const (
	trialWarning = 30
	// urgent is from how many days before the end it is critical.
	urgent = 7
)

// stage is the warning that is due: days before the end, 0 when it is over, -1 when there is nothing to tell yet.
func (l Licence) stage() int {
	if l.Barred {
		return 0
	}
	if l.End.IsZero() {
		return -1
	}
	left := l.End.Sub(l.Now)
	for _, days := range warnings {
		if left <= time.Duration(days)*24*time.Hour && (!l.Trial || days <= trialWarning) {
			return days
		}
	}
	return -1
}

// licence tells of the end of the licence, of its token, and of the clock.
func (a *Alerts) licence(ctx context.Context, open map[key]api.Alarm) error {
	if a.o.Licence == nil {
		return nil
	}
	l := a.o.Licence()
	for k, one := range open {
		over := k.kind == ha.AlarmLicence && (k.object != l.Name || l.stage() < 0)
		back := k.kind == ha.AlarmUkey && (k.object != l.Name || l.UkeyAway.IsZero())
		kind := ha.LicenceMade
		if back {
			kind = ha.UkeyBack
		}
		if over || back {
			if err := a.note(ctx, "", kind, ha.Info, k.object, fmt.Sprintf("%d/%d", one.ID, one.Count), "name", k.object); err != nil {
				return err
			}
		}
	}
	if err := a.licenceEnds(ctx, l); err != nil {
		return err
	}
	if _, is := open[key{ha.AlarmUkey, l.Name}]; !is && !l.UkeyAway.IsZero() {
		if err := a.note(ctx, "", ha.UkeyAway, ha.Warning, l.Name, l.UkeyAway.UTC().Format(time.RFC3339Nano), "name", l.Name, "until", l.UkeyAway.Local().Format(post.Clock)); err != nil {
			return err
		}
	}
	if l.ClockBack && !a.clockTold {
		if err := a.note(ctx, "", ha.ClockBack, ha.Warning, "", l.Now.UTC().Format(time.DateOnly), "reached", l.Now.Local().Format(post.Clock)); err != nil {
			return err
		}
	}
	a.clockTold = l.ClockBack
	return nil
}

// licenceEnds tells of the end: once for each warning, however often the server is started.
func (a *Alerts) licenceEnds(ctx context.Context, l Licence) error {
	stage := l.stage()
	told := l.Name + "/" + l.End.UTC().Format(time.RFC3339) + "/" + strconv.Itoa(stage)
	if stage < 0 || a.licenceTold == told {
		return nil
	}
	kind, severity := ha.LicenceEnding, ha.Warning
	if stage <= urgent {
		severity = ha.Critical
	}
	if stage == 0 {
		kind = ha.LicenceOver
	}
	left := max(0, int(math.Ceil(l.End.Sub(l.Now).Hours()/24)))
	if err := a.note(ctx, "", kind, severity, l.Name, told, "name", l.Name, "days", strconv.Itoa(left)); err != nil {
		return err
	}
	a.licenceTold = told
	return nil
}
