package drbd

import (
	"strconv"
	"strings"

	lang "hawser/internal/drbd"
)

// picture is what drbdsetup events2 tells of all resources at one moment. 8.4 and 9 print it alike but for how they name a peer.
// [drbd-utils 9.22: user/v84/drbdsetup.c, user/v9/drbdsetup_events2.c]
type picture map[string]*known

// known is a resource that the kernel knows.
type known struct {
	role      string
	suspended bool
	devices   map[int]*device
	peers     map[string]*peer // by node ID, or by address where there is none
}

type device struct {
	minor  int
	disk   string
	quorum string
	size   int64 // KiB; 0 where it was not told
}

type peer struct {
	name       string // of the connection: the peer's host, in 9
	address    string
	connection string
	role       string
	devices    map[int]*peerDevice
}

type peerDevice struct {
	replication string
	disk        string
	paused      string
	outOfSync   int64 // KiB
	done        float64
}

// parseEvents reads the output of drbdsetup events2 --now --statistics.
func parseEvents(text string) picture {
	p := picture{}
	for line := range strings.Lines(text) {
		p.take(line)
	}
	return p
}

func (p picture) take(line string) {
	words := strings.Fields(line)
	if len(words) < 3 || words[0] != "exists" {
		return
	}
	v := pairs(words[2:])
	name := v["name"]
	if name == "" {
		return
	}
	r := p[name]
	if r == nil {
		r = &known{devices: map[int]*device{}, peers: map[string]*peer{}}
		p[name] = r
	}
	number, _ := strconv.Atoi(v["volume"])
	switch words[1] {
	case "resource":
		r.role, r.suspended = v["role"], v["suspended"] != "" && v["suspended"] != "no"
	case "device":
		minor, err := strconv.Atoi(v["minor"])
		if err != nil {
			minor = -1
		}
		size, _ := strconv.ParseInt(v["size"], 10, 64)
		r.devices[number] = &device{minor: minor, disk: v["disk"], quorum: v["quorum"], size: size}
	case "connection":
		x := r.peer(v)
		x.connection, x.role = v["connection"], v["role"]
	case "peer-device":
		oos, _ := strconv.ParseInt(v["out-of-sync"], 10, 64)
		done, _ := strconv.ParseFloat(v["done"], 64)
		r.peer(v).devices[number] = &peerDevice{replication: v["replication"], disk: v["peer-disk"], paused: v["resync-suspended"], outOfSync: oos, done: done}
	}
}

func (r *known) peer(v map[string]string) *peer {
	key := v["peer-node-id"]
	if key == "" {
		key = v["peer"]
	}
	x := r.peers[key]
	if x == nil {
		x = &peer{devices: map[int]*peerDevice{}}
		r.peers[key] = x
	}
	if v["conn-name"] != "" {
		x.name = v["conn-name"]
	}
	if v["peer"] != "" {
		x.address = v["peer"]
	}
	return x
}

// pairs splits name:value, of which the value may hold colons.
func pairs(words []string) map[string]string {
	m := make(map[string]string, len(words))
	for _, w := range words {
		if name, value, ok := strings.Cut(w, ":"); ok {
			m[name] = value
		}
	}
	return m
}

// hostOf is the address in ipv4:10.0.0.1:7788 or ipv6:[fd00::1]:7788.
func hostOf(text string) string {
	_, text, _ = strings.Cut(text, ":")
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		text = text[:i]
	}
	return strings.Trim(text, "[]")
}

// progress is how far a resync or a verification is, in KiB.
type progress struct{ left, total int64 }

// counters is what /proc/drbd of 8.4 says of one device.
type counters struct {
	outOfSync int64 // KiB
	progress  *progress
}

// parseProc reads /proc/drbd of 8.4, the only place where it tells how far a verification is, and what is out of sync while there is no peer.
func parseProc(text string) map[int]counters {
	out := map[int]counters{}
	minor := -1
	for line := range strings.Lines(text) {
		head, rest, ok := strings.Cut(strings.TrimSpace(line), ":")
		if n, err := strconv.Atoi(head); ok && err == nil && strings.Contains(rest, "cs:") {
			minor = n
			out[minor] = counters{}
			continue
		}
		if minor < 0 {
			continue
		}
		c := out[minor]
		for _, w := range strings.Fields(line) {
			if v, is := strings.CutPrefix(w, "oos:"); is {
				c.outOfSync, _ = strconv.ParseInt(v, 10, 64)
			}
		}
		// [>....................] sync'ed:  4.7% (249856/262144)K     or verified:, and M where it is large
		if i := strings.Index(line, "% ("); i >= 0 && (strings.Contains(line, "sync'ed:") || strings.Contains(line, "verified:")) {
			c.progress = parseProgress(line[i+3:])
		}
		out[minor] = c
	}
	return out
}

func parseProgress(text string) *progress {
	numbers, unit, ok := strings.Cut(strings.TrimSpace(text), ")")
	left, total, both := strings.Cut(numbers, "/")
	l, err1 := strconv.ParseInt(left, 10, 64)
	n, err2 := strconv.ParseInt(total, 10, 64)
	if !ok || !both || err1 != nil || err2 != nil || n <= 0 || l < 0 {
		return nil
	}
	if strings.HasPrefix(unit, "M") {
		l, n = l<<10, n<<10
	}
	return &progress{left: min(l, n), total: n}
}

// number is which device of its resource a volume is.
func number(volume string) int {
	_, text, _ := strings.Cut(volume, "/")
	n, _ := strconv.Atoi(text)
	return n
}

// of finds a volume in the picture.
func (p picture) of(volume string) (*known, *device) {
	r := p[lang.ResourceOf(volume)]
	if r == nil {
		return nil, nil
	}
	return r, r.devices[number(volume)]
}
