package core

// Rule is one of the safety rules, by name. All hold; the simulation breaks one at a time to see that it would notice.
type Rule uint8

// The rules. Decision 0018 says which hazard each answers.
const (
	NoRule             Rule = iota
	BitmapAfterFlush        // a bit is cleared only after both sides have flushed
	LogBeforeWrite          // an extent is active on the disk before it is written
	LogHeldUntilFlush       // an extent leaves the log only after both sides have flushed what was written there
	LogAfterCrash           // what was active when the Primary crashed counts as different
	TermDurable             // a promotion's number is on the disk before it is acted upon
	FramesOfSession         // frames of an earlier meeting or promotion are refused
	ExcludeFirst            // without the peer nothing is acknowledged before the peer is out of the in-sync set
	ClaimFirst              // only a member of the in-sync set is promoted
	Barrier                 // a flush waits for what was sent before it on other connections
	OverlapInOrder          // overlapping writes are in flight one after the other
	UnconfirmedDirty        // what the peer has not confirmed by a flush is dirty when it is lost
	GenerationDurable       // a new generation is on the disk before anything is acknowledged without the peer
	DirtyBeforeWrite        // without the peer, the dirty bit is on the disk before the data
	AckOfBoth               // a write is acknowledged once both have it
	FlushOfBoth             // a flush is acknowledged once both have flushed
	TargetInconsistent      // a target is Inconsistent on its disk before the first block comes
	ResyncLocked            // a piece is not written while it is being copied
	TargetBits              // what the target may have written alone is copied too
	IncludeAfterEnd         // the peer joins the in-sync set after its end of the resync is on its disk
	FirstErrorDetaches      // the first error of a write or flush ends the use of the disk
	CopiesApart             // the first copy of the superblock is flushed before the second is written
	PrivateCopy             // the data of a request are copied once, and only the copy is used
	DemoteFlushes           // both sides are flushed before a demotion counts
	DrainBeforeMeeting      // writes of an earlier session have ended before the next one begins
	BadBlockStays           // a piece that cannot be read is left dirty, not filled with something else
	KeepOnlySame            // a promotion keeps the peer in the set only where both have the same
	OneChangeAtATime        // a change of the set waits for the one before it
	RestoredGetsAll         // a side that was restored from a copy gets everything
	LogClearedLast          // the log of a crash is kept until what it says is dirty on the disk
	GreetWhatIsDurable      // a side tells of itself what is on its disk
	YieldFirst              // a side without a disk is out of the set before anything is acknowledged without it
	PeerNotesFailure        // the peer's disk says that it is the only one before anything is acknowledged
	VerifyLocked            // a piece is not written while it is being compared
	BeginOnce               // data are declared to count, or to be the same, only where none ever did
	GiveUpFirst             // data that are given up are out of the in-sync set before anything happens to them
	DiscardBoth             // a discard goes to both sides
	DiscardLogged           // ... and is in the log or the bitmap before, as a write is
	lastRule           = DiscardLogged
)

// Rules are all of them.
func Rules() []Rule {
	var all []Rule
	for r := NoRule + 1; r <= lastRule; r++ {
		all = append(all, r)
	}
	return all
}

var ruleNames = [...]string{
	"none", "BitmapAfterFlush", "LogBeforeWrite", "LogHeldUntilFlush", "LogAfterCrash", "TermDurable", "FramesOfSession", "ExcludeFirst",
	"ClaimFirst", "Barrier", "OverlapInOrder", "UnconfirmedDirty", "GenerationDurable", "DirtyBeforeWrite", "AckOfBoth", "FlushOfBoth",
	"TargetInconsistent", "ResyncLocked", "TargetBits", "IncludeAfterEnd", "FirstErrorDetaches", "CopiesApart", "PrivateCopy",
	"DemoteFlushes", "DrainBeforeMeeting", "BadBlockStays", "KeepOnlySame", "OneChangeAtATime",
	"RestoredGetsAll", "LogClearedLast", "GreetWhatIsDurable", "YieldFirst", "PeerNotesFailure", "VerifyLocked",
	"BeginOnce", "GiveUpFirst", "DiscardBoth", "DiscardLogged",
}

func (r Rule) String() string { return ruleNames[r] }

// Break makes this core ignore one rule. It is for tests of the simulation and for nothing else.
func (c *Core) Break(r Rule) { c.broken = r }

func (c *Core) keeps(r Rule) bool { return c.broken != r }
