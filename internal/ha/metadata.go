package ha

// AgentMetadata is what a resource or fence agent says of itself. Source: OCF Resource Agent API 1.1, "ra-api".
type AgentMetadata struct {
	Agent      string           `json:"agent" doc:"Class, provider and type."`
	Version    string           `json:"version,omitempty"`
	Short      string           `json:"short,omitempty"`
	Long       string           `json:"long,omitempty"`
	Parameters []AgentParameter `json:"parameters"`
	Actions    []AgentAction    `json:"actions"`
}

// AgentParameter is one instance attribute that an agent takes.
type AgentParameter struct {
	Name       string   `json:"name"`
	Type       string   `json:"type" enum:"string,boolean,integer,percentage,time,select,second" doc:"As the agent has it; string where it says nothing."`
	Required   bool     `json:"required"`
	Unique     bool     `json:"unique,omitempty" doc:"No two resources of this agent may have the same value."`
	Reloadable bool     `json:"reloadable,omitempty"`
	Default    string   `json:"default,omitempty"`
	Options    []string `json:"options,omitempty" doc:"Values to choose from, for type select."`
	Short      string   `json:"short,omitempty"`
	Long       string   `json:"long,omitempty"`
	Deprecated bool     `json:"deprecated,omitempty"`
	Secret     bool     `json:"secret,omitempty" doc:"Never sent to a browser; *** stands for it."`
}

// AgentAction is an action with the times that the agent advises.
type AgentAction struct {
	Name     string `json:"name"`
	Interval string `json:"interval,omitempty"`
	Timeout  string `json:"timeout,omitempty"`
	Role     string `json:"role,omitempty"`
	Depth    string `json:"depth,omitempty"`
}
