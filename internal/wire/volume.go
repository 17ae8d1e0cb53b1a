package wire

import "hawser/internal/ha"

// VolumeInspectArgs names the disk that a volume is to be put on.
type VolumeInspectArgs struct {
	Driver ha.VolumeDriver `json:"driver"`
	Disk   string          `json:"disk,omitempty"` // empty: only what is taken on the host
}

// VolumeListOutput is what is configured on a host, and how it is.
type VolumeListOutput struct {
	Volumes []ha.Volume      `json:"volumes"`
	States  []ha.VolumeState `json:"states"`
}

// VolumeConfigureArgs is a volume as it should be, whole.
type VolumeConfigureArgs struct {
	Cluster string    `json:"cluster"`
	Volume  ha.Volume `json:"volume"`
	Secret  []byte    `json:"secret,omitempty"` // the sides prove themselves to each other with it; nil keeps the one that is there
	// Update allows a volume of this name to be changed; without it there must be none.
	Update bool `json:"update"`
}

// VolumePrepareArgs lays the metadata out and brings the volume up.
type VolumePrepareArgs struct {
	Name    string   `json:"name"`
	Destroy []string `json:"destroy,omitempty"` // what is on the disk and may be destroyed, all of it
}

// VolumeSyncArgs makes the data of the host that gets it those of the volume.
type VolumeSyncArgs struct {
	Name string       `json:"name"`
	How  ha.FirstSync `json:"how"`
}

// VolumeFormatArgs makes a file system. A volume that carries anything is refused.
type VolumeFormatArgs struct {
	Name string `json:"name"`
	Type string `json:"type"` // ext4 or xfs
}

// VolumeActArgs is one action on this host's side.
type VolumeActArgs struct {
	Name   string          `json:"name"`
	Action ha.VolumeAction `json:"action"`
	Limit  int64           `json:"limit,omitempty"` // bytes per second, of VolumeLimit
}

// VolumeRemoveArgs takes a volume away on this host.
type VolumeRemoveArgs struct {
	Name string `json:"name"`
	Wipe bool   `json:"wipe,omitempty"` // the metadata, too: the data stay, and can be mounted from the disk itself
}

// VolumeNameArgs names a volume.
type VolumeNameArgs struct {
	Name string `json:"name"`
}
