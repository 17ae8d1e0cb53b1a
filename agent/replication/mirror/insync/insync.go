// Package insync keeps a volume's in-sync set in the CIB, and changes it as core.InSync says: by compare and set, in a quorate cluster, after
// the peer was fenced where the cluster does not see it. It needs Pacemaker's own tools and nothing else: no agent, no daemon of ours.
//
// The set is one value, so that one operation of the CIB compares and sets it: an XPath that names the old value, and quorum, finds nothing
// where either is not so any more. All nodes carry out the operations of the CIB in the same order.
package insync

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/agent/corosync"
	"hawser/agent/replication/mirror/core"
	"hawser/agent/run"
)

// SetID is the property set of the CIB in which all volumes have their in-sync sets. It is no property of the cluster's.
const SetID = "hawser-mirror"

// Why a set was not changed although it may be later. Such a change is unknown to whoever asked, and asked for again.
var (
	ErrNoSet     = errors.New("the cluster has no in-sync set of this volume")
	ErrGarbled   = errors.New("the in-sync set in the CIB is not understood")
	ErrNoQuorum  = errors.New("this part of the cluster has no quorum")
	ErrNotFenced = errors.New("the peer is not seen, and is not known to be fenced")
	ErrMoving    = errors.New("the in-sync set was changed by others again and again")
	ErrNotSeen   = errors.New("the peer's node does not confirm the change")
	ErrAbandoned = errors.New("the daemon that asked has died: its claim is given up")
	ErrPeerHere  = errors.New("the peer's node is in the cluster: only one that is off or fenced can be overridden")
	ErrExists    = errors.New("there is an in-sync set of this volume already")
)

var errNames = errors.New("not a volume's UUID and two nodes")

// Keeper changes the set of one volume.
type Keeper struct {
	Runner run.Runner
	Volume string    // its UUID: 32 hexadecimal digits
	Nodes  [2]string // the cluster's names of the nodes with side 1 and side 2
	// Alive, where set, says whether the daemon that asks still lives. It is asked right before a claim is made.
	Alive func() bool
	Log   *slog.Logger
}

var (
	volumeID = regexp.MustCompile(`^[0-9a-f]{32}$`)
	nodeName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,64}$`)
)

// Validate says whether names may stand in an XPath and on a command line.
func (k Keeper) Validate() error {
	if !volumeID.MatchString(k.Volume) {
		return fmt.Errorf("%w: %q has not 32 hexadecimal digits", errNames, k.Volume)
	}
	if k.Nodes[0] == k.Nodes[1] {
		return fmt.Errorf("%w: both sides are on %q", errNames, k.Nodes[0])
	}
	for _, n := range k.Nodes {
		if !nodeName.MatchString(n) || n[0] == '-' {
			return fmt.Errorf("%w: %q is no name of a node", errNames, n)
		}
	}
	return nil
}

const (
	// toolTime is for a tool of Pacemaker's that asks the CIB or changes it: they answer in a tenth of a second, or wait for a controller to
	// be elected, and are asked again then.
	toolTime = 15 * time.Second
	// fenceTime leaves the CIB its time within changeTime.
	fenceTime = 80 * time.Second
	// changeTime is all of it, less than the two minutes after which the daemon no longer waits.
	changeTime = 110 * time.Second
	// rounds bounds how often the set may be another than the one that was read.
	rounds = 8
)

// Change carries a change out and returns the set as it is then. An error of core's says that the set refuses, for good; after any other nobody
// knows whether it was changed.
func (k Keeper) Change(ctx context.Context, c core.Change) (core.InSync, error) {
	if err := k.Validate(); err != nil {
		return core.InSync{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, changeTime)
	defer cancel()
	fenced := false
	for range rounds {
		now, err := k.read(ctx)
		if err != nil {
			return core.InSync{}, err
		}
		was, err := now.set(k.Volume)
		begins := errors.Is(err, ErrNoSet) && c.Kind == core.Begin
		if err != nil && !begins {
			return core.InSync{}, err
		}
		want, err := was.Change(c)
		if err != nil {
			return was, err
		}
		peer := now.standing(k.Nodes[2-c.Node])
		if c.Kind == core.Override && peer == member { // it may be Primary; who has it promoted nobody can tell from here
			return was, ErrPeerHere
		}
		if c.Parts() && peer == lost && !fenced {
			if err := k.fence(ctx, now, k.Nodes[2-c.Node]); err != nil {
				return was, err
			}
			fenced = true
			continue // it may have taken a while
		}
		if c.Dies() && k.Alive != nil && !k.Alive() {
			return was, ErrAbandoned
		}
		set := false
		if begins {
			set, err = k.declare(ctx, want)
		} else {
			set, err = k.replace(ctx, was, want)
		}
		if err != nil {
			return was, err
		}
		if !set {
			continue
		}
		if peer == member {
			if err := k.confirm(ctx, k.Nodes[2-c.Node], want); err != nil {
				return was, err
			}
		}
		return want, nil
	}
	return core.InSync{}, ErrMoving
}

// fence makes certain that a peer which this part of the cluster does not see cannot be promoted by another one.
func (k Keeper) fence(ctx context.Context, c cib, peer string) error {
	if !c.fences() {
		// Another part can change the set only if it has quorum, and it has none where quorum is a majority and is here. With two votes it
		// is none.
		votes, err := corosync.Tools{Runner: k.Runner}.Votes(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("%w, and the cluster does not fence: %w", ErrNotFenced, err)
		case !votes.Quorate:
			return ErrNoQuorum
		case slices.Contains(votes.Flags, "two_node"):
			return fmt.Errorf("%w: the cluster does not fence, and of two votes each is a majority", ErrNotFenced)
		}
		return nil
	}
	how := "--reboot="
	if c.property("stonith-action") == "off" {
		how = "--fence="
	}
	k.log().Warn("the peer is not seen; it is fenced", "node", peer)
	wait := strconv.Itoa(int(fenceTime.Seconds()))
	if _, err := k.Runner.Run(ctx, run.Cmd("stonith_admin", how+peer, "--timeout="+wait).Within(fenceTime+5*time.Second)); err != nil {
		if now, again := k.read(ctx); again == nil && now.standing(peer) != lost { // the cluster has fenced it itself, or it is back
			return nil
		}
		return fmt.Errorf("%w: %w", ErrNotFenced, err)
	}
	return nil
}

func (k Keeper) log() *slog.Logger {
	if k.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return k.Log
}

// read reads the CIB, and demands quorum: what a part without it has may be old, and must neither grant nor deny anything.
func (k Keeper) read(ctx context.Context) (cib, error) {
	out, err := k.Runner.Run(ctx, run.Cmd("cibadmin", "--query").Within(toolTime))
	if err != nil {
		return cib{}, fmt.Errorf("read CIB: %w", err)
	}
	var c cib
	if err := xml.Unmarshal(out.Stdout, &c); err != nil {
		return cib{}, fmt.Errorf("read CIB: %w", err)
	}
	if !c.quorate() {
		return cib{}, ErrNoQuorum
	}
	return c, nil
}

// exitNoSuch is how cibadmin says that an XPath has found nothing. Source: CRM_EX_NOSUCH of Pacemaker 2.0 and later.
const exitNoSuch = 105

// replace sets the value where it is still the old one and there is still quorum, and says whether it was.
func (k Keeper) replace(ctx context.Context, was, want core.InSync) (bool, error) {
	path := fmt.Sprintf("/cib[@have-quorum='1']/configuration/crm_config/cluster_property_set[@id='%s']/nvpair[@id='%s'][@value='%s']", SetID, pairID(k.Volume), format(was))
	_, err := k.Runner.Run(ctx, run.Cmd("cibadmin", "--replace", "--xpath="+path, "--xml-text="+pair(k.Volume, want)).Within(toolTime))
	switch {
	case err == nil:
		return true, nil
	case run.Code(err) == exitNoSuch:
		return false, nil
	}
	return false, fmt.Errorf("change the in-sync set: %w", err)
}

// confirm asks the peer's own copy of the CIB. A change that a part of the cluster has made while it was falling apart is in none but its
// own, and would be gone with it.
func (k Keeper) confirm(ctx context.Context, peer string, want core.InSync) error {
	path := fmt.Sprintf("//cluster_property_set[@id='%s']/nvpair[@id='%s']", SetID, pairID(k.Volume))
	out, err := k.Runner.Run(ctx, run.Cmd("cibadmin", "--query", "--node="+peer, "--xpath="+path).Within(toolTime))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotSeen, err)
	}
	var p nvpair
	if err := xml.Unmarshal(out.Stdout, &p); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSeen, err)
	}
	if p.Value != format(want) { // changed again since: whoever asks again learns that
		return fmt.Errorf("%w: %s there is %q", ErrNotSeen, p.ID, p.Value)
	}
	return nil
}

// Set returns the set as it is.
func (k Keeper) Set(ctx context.Context) (core.InSync, error) {
	if err := k.Validate(); err != nil {
		return core.InSync{}, err
	}
	c, err := k.read(ctx)
	if err != nil {
		return core.InSync{}, err
	}
	return c.set(k.Volume)
}

// Declare makes the set of a new volume, with the sides whose data count. The same set again is done already.
func (k Keeper) Declare(ctx context.Context, sides ...uint8) error {
	var want core.InSync
	for _, s := range sides {
		if s != 1 && s != 2 {
			return fmt.Errorf("%w: there is no side %d", errNames, s)
		}
		want.Members[s] = true
	}
	if was, err := k.Set(ctx); !errors.Is(err, ErrNoSet) {
		if err == nil && was != want {
			return fmt.Errorf("%w: %s", ErrExists, format(was))
		}
		return err
	}
	if _, err := k.declare(ctx, want); err != nil {
		return err
	}
	now, err := k.Set(ctx)
	if err == nil && now != want { // somebody else was first
		err = fmt.Errorf("%w: %s", ErrExists, format(now))
	}
	return err
}

// declare makes the set where there is none, and says whether it has. The folder of all sets is made with it: cibadmin's modification puts
// together what is there and what is new, and its creation takes no path [2.1.5].
func (k Keeper) declare(ctx context.Context, want core.InSync) (bool, error) {
	path := fmt.Sprintf("/cib[@have-quorum='1']/configuration/crm_config[not(cluster_property_set/nvpair[@id='%s'])]", pairID(k.Volume))
	text := `<crm_config><cluster_property_set id="` + SetID + `">` + pair(k.Volume, want) + `</cluster_property_set></crm_config>`
	_, err := k.Runner.Run(ctx, run.Cmd("cibadmin", "--modify", "--allow-create", "--xpath="+path, "--xml-text="+text).Within(toolTime))
	switch {
	case err == nil:
		return true, nil
	case run.Code(err) == exitNoSuch:
		return false, nil
	}
	return false, fmt.Errorf("declare the in-sync set: %w", err)
}

// Forget takes the set of a volume away, which can then not be promoted by anybody.
func (k Keeper) Forget(ctx context.Context) error {
	if _, err := k.Set(ctx); err != nil {
		if errors.Is(err, ErrNoSet) {
			return nil
		}
		return err
	}
	path := fmt.Sprintf("/cib[@have-quorum='1']/configuration/crm_config/cluster_property_set[@id='%s']/nvpair[@id='%s']", SetID, pairID(k.Volume))
	if _, err := k.Runner.Run(ctx, run.Cmd("cibadmin", "--delete", "--xpath="+path).Within(toolTime)); err != nil && run.Code(err) != exitNoSuch {
		return fmt.Errorf("forget the in-sync set: %w", err)
	}
	return nil
}

func pairID(volume string) string { return SetID + "-" + volume }

func pair(volume string, s core.InSync) string {
	return fmt.Sprintf(`<nvpair id="%[1]s" name="%[1]s" value="%[2]s"/>`, pairID(volume), format(s))
}

// format is a set as the CIB has it. It holds nothing that would have to be quoted, in XML or in an XPath.
func format(s core.InSync) string {
	var members []string
	for n := 1; n <= 2; n++ {
		if s.Members[n] {
			members = append(members, strconv.Itoa(n))
		}
	}
	return fmt.Sprintf("term=%d seen=%d members=%s", s.Term, s.Seen, strings.Join(members, ","))
}

var written = regexp.MustCompile(`^term=(\d{1,20}) seen=(\d{1,20}) members=(|1|2|1,2)$`)

func parse(text string) (core.InSync, error) {
	m := written.FindStringSubmatch(text)
	if m == nil {
		return core.InSync{}, fmt.Errorf("%w: %q", ErrGarbled, text)
	}
	var s core.InSync
	for n := 1; n <= 2; n++ {
		s.Members[n] = strings.Contains(m[3], strconv.Itoa(n))
	}
	var err1, err2 error
	s.Term, err1 = strconv.ParseUint(m[1], 10, 64)
	s.Seen, err2 = strconv.ParseUint(m[2], 10, 64)
	if errors.Join(err1, err2) != nil || format(s) != text { // a number that is written otherwise would never be found again
		return core.InSync{}, fmt.Errorf("%w: %q", ErrGarbled, text)
	}
	return s, nil
}
