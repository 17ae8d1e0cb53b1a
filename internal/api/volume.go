package api

import (
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// NewVolume is a replicated volume that is to be made.
type NewVolume struct {
	Name     string                       `json:"name"`
	Driver   ha.VolumeDriver              `json:"driver,omitempty" enum:"drbd,mirror" doc:"drbd where absent; mirror is Hawser's own, without a kernel module (preview)."`
	Protocol string                       `json:"protocol,omitempty" enum:"A,B,C" doc:"C where absent."`
	Replicas []NewReplica                 `json:"replicas"`
	Port     int                          `json:"port,omitempty" doc:"TCP port; the first free one from 7788 where absent."`
	Minor    *int                         `json:"minor,omitempty" doc:"Of DRBD: number of the device, the 3 of /dev/drbd3; the first free one where absent."`
	Options  map[string]map[string]string `json:"options,omitempty" doc:"Options of the driver, by section and name, over Hawser's own."`
	Sync     ha.FirstSync                 `json:"sync,omitempty" enum:"full,skip" doc:"skip only for blank disks; full where absent."`
	From     string                       `json:"from,omitempty" doc:"Node whose data are kept; the first where absent."`
}

// NewReplica is one side of it.
type NewReplica struct {
	Node    string   `json:"node"`
	Disk    string   `json:"disk" doc:"Block device that is given away whole."`
	Address string   `json:"address,omitempty" doc:"IP address for replication; that of the first heartbeat link where absent."`
	Destroy []string `json:"destroy,omitempty" doc:"What is on the disk and may be destroyed, by the names that volume.check shows: all of it."`
}

// VolumeCheck is what was found out about a volume that is to be made; nothing was changed.
type VolumeCheck struct {
	Volume   ha.Volume         `json:"volume" doc:"As it would be made."`
	Nodes    []VolumeCheckNode `json:"nodes"`
	Findings []ha.Finding      `json:"findings"`
	Refused  *fault.Error      `json:"refused,omitempty" doc:"With what volume.create would refuse it now, field by field; absent where it would begin."`
}

// VolumeCheckNode is what one node says, or why it cannot be asked.
type VolumeCheckNode struct {
	Node       string               `json:"node"`
	Inspection *ha.VolumeInspection `json:"inspection,omitempty"`
	Fault      *fault.Error         `json:"fault,omitempty"`
}

// VolumeShown is a volume as all its nodes see it.
type VolumeShown struct {
	Volume    ha.Volume        `json:"volume"`
	States    []ha.VolumeState `json:"states" doc:"One of each node that tells."`
	Verdict   string           `json:"verdict" enum:"ok,syncing,degraded,split,down,unknown"`
	UpToDate  int              `json:"upToDate" doc:"Complete copies that there are now."`
	Resource  string           `json:"resource,omitempty" doc:"ID of the promotable clone by which Pacemaker runs it; empty where it does not."`
	User      string           `json:"user,omitempty" doc:"ID of the resource that uses the device, for example a Filesystem."`
	Findings  []ha.Finding     `json:"findings"`
	Differing []string         `json:"differing,omitempty" doc:"Nodes whose configuration of it is another one."`
	// Exposures are told of one volume, not of a list.
	Exposures []ha.Exposure `json:"exposures,omitempty" doc:"When one side alone had everything in the last 30 days, newest first. Only of volume.show."`
}

// EditVolume changes a volume; what is absent stays.
type EditVolume struct {
	Protocol string                       `json:"protocol,omitempty" enum:"A,B,C"`
	Options  map[string]map[string]string `json:"options,omitempty" doc:"By section and name; an empty value gives the option back to its default."`
}

// DeleteVolume says what is left of a volume that is taken away.
type DeleteVolume struct {
	Wipe bool `json:"wipe,omitempty" doc:"Take the metadata off the disks, too. The data stay in either case."`
}

// ActOnVolume is one action on one node's side of a volume.
type ActOnVolume struct {
	Action ha.VolumeAction `json:"action" enum:"connect,disconnect,attach,detach,pause,resume,limit,verify,invalidate,promote"`
	Node   string          `json:"node"`
	Limit  int64           `json:"limit,omitempty" doc:"Of limit: bytes per second; 0 leaves it to the controller."`
}

// ResolveSplit ends a split brain: what the other side has written since is given up.
type ResolveSplit struct {
	Keep string `json:"keep" doc:"Node whose data are kept."`
}

// VolumeText is a configuration of DRBD, as text.
type VolumeText struct {
	Text string `json:"text" maxLength:"1048576" doc:"Contents of a .res file, with or without global_common.conf before it."`
}

// VolumeReading is what was read of it.
type VolumeReading struct {
	Volumes  []ha.Volume  `json:"volumes"`
	Findings []ha.Finding `json:"findings"`
}
