package reconcile

import (
	"hawser/internal/api"
	"hawser/internal/ha"
)

// Request asks for long work: what a route's path and body say. Which fields are set is decided by Kind, and each kind's
// own file says so. It is kept (encrypted, because parameters hold secrets) until the operation has ended, so that a server
// that was killed knows what it was doing.
type Request struct {
	Kind    string `json:"kind"` // the route's name
	Cluster string `json:"cluster"`
	Object  string `json:"object,omitempty"` // node, resource or constraint of the path
	Actor   string `json:"actor"`

	Setup       *ha.Setup             `json:"setup,omitempty"`       // cluster.create
	Label       string                `json:"label,omitempty"`       // cluster.adopt
	Manifest    *api.ManifestChange   `json:"manifest,omitempty"`    // config.apply
	Node        *ha.SetupNode         `json:"node,omitempty"`        // node.add
	Remote      *ha.NewRemote         `json:"remote,omitempty"`      // node.add
	Resource    *ha.Resource          `json:"resource,omitempty"`    // resource.create, resource.edit
	KeepRunning bool                  `json:"keepRunning,omitempty"` // resource.edit
	Group       string                `json:"group,omitempty"`       // resource.create, resource.place
	Before      string                `json:"before,omitempty"`      // resource.place
	Nodes       []string              `json:"nodes,omitempty"`       // resource.prefer
	Only        bool                  `json:"only,omitempty"`        // resource.prefer
	Lifetime    string                `json:"lifetime,omitempty"`    // resource.move, resource.ban
	Failback    *ha.Failback          `json:"failback,omitempty"`    // resource.failback
	Attributes  *ha.AttributeSet      `json:"attributes,omitempty"`  // attributes.create, attributes.edit
	Spread      *api.Spread           `json:"spread,omitempty"`      // service.spread
	Constraints []ha.Constraint       `json:"constraints,omitempty"` // resource.create, constraint.create, constraint.edit
	Tag         *ha.Tag               `json:"tag,omitempty"`         // tag.create, tag.edit
	Set         map[string]string     `json:"set,omitempty"`         // cluster.properties; defaults.set: of resources
	Unset       []string              `json:"unset,omitempty"`       // cluster.properties; defaults.set: of resources
	OpSet       map[string]string     `json:"opSet,omitempty"`       // defaults.set: of operations
	OpUnset     []string              `json:"opUnset,omitempty"`     // defaults.set: of operations
	Version     *ha.Version           `json:"version,omitempty"`     // what the author has seen
	Target      string                `json:"target,omitempty"`      // resource.move, .ban, .clear, .cleanup, .refresh: a node; fence.test: a device
	Action      string                `json:"action,omitempty"`      // node.fence
	Confirm     string                `json:"confirm,omitempty"`     // node.fence, cluster.destroy
	Force       bool                  `json:"force,omitempty"`       // cluster.stop, cluster.restart, node.stop, fence.test
	Revision    int                   `json:"revision,omitempty"`    // revision.revert
	Link        int                   `json:"link,omitempty"`        // link.edit, link.remove: its number
	NewLink     *api.NewLink          `json:"newLink,omitempty"`     // link.add
	LinkChange  *api.LinkChange       `json:"linkChange,omitempty"`  // link.edit
	Timing      *ha.Timing            `json:"timing,omitempty"`      // timing.set
	Disk        *api.NewDiskHeartbeat `json:"disk,omitempty"`        // diskhb.enable
	Quorum      *api.QuorumChange     `json:"quorum,omitempty"`      // quorum.edit
	QDevice     *api.QDevice          `json:"qdevice,omitempty"`     // qdevice.set
	Levels      []ha.FenceLevel       `json:"levels,omitempty"`      // fence.levels
	Ping        *ha.Ping              `json:"ping,omitempty"`        // ping.create
	Finding     string                `json:"finding,omitempty"`     // check.fix: its code
	SBD         *ha.SBD               `json:"sbd,omitempty"`         // sbd.set
	Health      *ha.HealthPolicy      `json:"health,omitempty"`      // health.set
	Database    *ha.Database          `json:"database,omitempty"`    // service.database
	Volume      *api.NewVolume        `json:"volume,omitempty"`      // volume.create
	VolumeEdit  *api.EditVolume       `json:"volumeEdit,omitempty"`  // volume.edit
	VolumeAct   *api.ActOnVolume      `json:"volumeAct,omitempty"`   // volume.act
	Keep        string                `json:"keep,omitempty"`        // volume.resolve: a node
	Wipe        bool                  `json:"wipe,omitempty"`        // volume.delete
}
