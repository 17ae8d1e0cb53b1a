package ha

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// News is what an update changes, as a resource that can be checked: what was there before is no mistake of this update, and clusters
// of other makers hold much that Hawser would not let pass.
func News(want, now Resource) Resource {
	changed := func(want, now map[string]string) map[string]string {
		out := map[string]string{}
		for name, value := range want {
			if old, had := now[name]; !had || old != value {
				out[name] = value
			}
		}
		return out
	}
	r := Resource{ID: want.ID, Kind: Primitive, Agent: "ocf:pacemaker:Dummy"}
	if now.Agent == RemoteAgent { // Pacemaker itself reads its parameters
		r.Agent = RemoteAgent
	}
	r.Parameters, r.Meta = changed(want.Parameters, now.Parameters), changed(want.Meta, now.Meta)
	r.Utilization = changed(want.Utilization, now.Utilization)
	if !SameOperations(want.Operations, now.Operations) {
		r.Operations = want.Operations
	}
	if want.Container != nil && !reflect.DeepEqual(want.Container, now.Container) {
		r.Kind, r.Agent, r.Container, r.Members = Bundle, "", want.Container, nil
		if len(now.Members) > 0 { // what is inside is reached from outside
			r.Members = []Resource{{ID: now.Members[0].ID, Kind: Primitive, Agent: "ocf:pacemaker:Dummy"}}
		}
	}
	return r
}

// SameOperations says whether two lists of operations are the same, however their intervals are written.
func SameOperations(a, b []Operation) bool {
	return slices.EqualFunc(a, b, func(a, b Operation) bool {
		return a.Name == b.Name && Milliseconds(a.Interval) == Milliseconds(b.Interval) && a.Timeout == b.Timeout && a.OnFail == b.OnFail &&
			a.Role == b.Role && maps.Equal(a.Options, b.Options) && maps.Equal(a.Parameters, b.Parameters)
	})
}

// Milliseconds reads a time as Pacemaker does: a number is seconds. What is none counts as itself, so that it is changed with care.
func Milliseconds(text string) string {
	text = strings.TrimSpace(text)
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz ")
	n, err := strconv.ParseInt(digits, 10, 64)
	if text == "" {
		return "0"
	}
	if err != nil {
		return text
	}
	units := map[string]time.Duration{
		"": time.Second, "s": time.Second, "sec": time.Second, "ms": time.Millisecond, "msec": time.Millisecond,
		"us": time.Microsecond, "usec": time.Microsecond, "m": time.Minute, "min": time.Minute, "h": time.Hour, "hr": time.Hour,
	}
	unit, known := units[strings.TrimSpace(text[len(digits):])]
	if !known {
		return text
	}
	return strconv.FormatInt(n*int64(unit)/int64(time.Millisecond), 10)
}
