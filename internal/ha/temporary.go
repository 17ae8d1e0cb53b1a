package ha

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"hawser/internal/fault"
)

// The constraints of moves and bans. Hawser's have IDs of their own, so that those of pcs and crm_resource, which begin with
// cli-, are never taken for ours; a clear removes both.

// MoveID is the ID of the constraint that draws a resource to a node.
func MoveID(resource string) string { return "hawser-move-" + resource }

// BanID is the ID of the constraint that keeps a resource off a node.
func BanID(resource, node string) string { return "hawser-ban-" + resource + "-on-" + node }

// ByMove says whether a constraint is of a move or ban of that resource, by whatever tool.
func (c Constraint) ByMove(resource string) bool {
	if c.Kind != Location || c.Resource != resource {
		return false
	}
	for _, id := range []string{MoveID(resource), "cli-prefer-" + resource, "cli-standby-" + resource} {
		if c.ID == id {
			return true
		}
	}
	return strings.HasPrefix(c.ID, BanID(resource, "")) || strings.HasPrefix(c.ID, "cli-ban-"+resource+"-on-")
}

// OnNode is the node that a location constraint names, by itself or in its rule.
func (c Constraint) OnNode() string {
	if c.Node != "" || c.Rule == nil {
		return c.Node
	}
	for _, e := range c.Rule.Expressions {
		if e.Attribute == "#uname" && e.Operation == "eq" {
			return e.Value
		}
	}
	return ""
}

// Expired says whether a constraint has become void by itself: its rule demands a time before now.
func (c Constraint) Expired(now time.Time) bool {
	if c.Rule == nil || c.Rule.join() != "and" && len(c.Rule.Expressions) > 1 {
		return false
	}
	for _, e := range c.Rule.Expressions {
		if e.Date == nil || e.Date.Operation != "lt" {
			continue
		}
		for _, layout := range []string{"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", time.RFC3339} {
			if end, err := time.Parse(layout, e.Date.End); err == nil && end.Before(now) {
				return true
			}
		}
	}
	return false
}

var aLifetime = regexp.MustCompile(`^([0-9]{1,6})\s*(s|min|m|h|d)$`)

// maxLifetime is longer than anybody means by "for the time being".
const maxLifetime = 366 * 24 * time.Hour

// Lifetime reads how long something is to hold: a number with s, min (or m), h or d.
func Lifetime(field, text string) (time.Duration, error) {
	var f fault.Fields
	m := aLifetime.FindStringSubmatch(text)
	if m == nil {
		f.Add(field, "lifetime.invalid", "not a time such as 30min, 8h or 2d", "value", text)
		return 0, f.Err()
	}
	n, _ := strconv.Atoi(m[1])
	d := time.Duration(n) * map[string]time.Duration{"s": time.Second, "min": time.Minute, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	if d < time.Second || d > maxLifetime {
		f.Add(field, "field.range", "out of range", "min", "1s", "max", "366d")
		return 0, f.Err()
	}
	return d, nil
}
