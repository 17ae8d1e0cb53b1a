package wire

import "hawser/internal/ha"

const (
	// Compare compares two configurations: CompareArgs → CompareOutput. Only an agent reads a configuration's XML.
	Compare CommandName = "config.compare"
	// Options describes the cluster's properties in Pacemaker's own words: OptionsArgs → OptionsOutput.
	Options CommandName = "cluster.options"
)

// CompareArgs are two configuration sections; they hold secrets.
type CompareArgs struct {
	BeforeXML string `json:"beforeXml"`
	AfterXML  string `json:"afterXml"`
}

// CompareOutput is what differs; secrets are ***.
type CompareOutput struct {
	Differences []ha.Difference `json:"differences"`
}

// OptionsArgs says in which language, for example zh-CN.
type OptionsArgs struct {
	Language string `json:"language,omitempty"`
}

// OptionsOutput is the options, in Pacemaker's order.
type OptionsOutput struct {
	Options []ha.AgentParameter `json:"options"`
}
