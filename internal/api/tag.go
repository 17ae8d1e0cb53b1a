package api

import "hawser/internal/ha"

// TagShown is a tag with what has it, as it is now.
type TagShown struct {
	ID        string      `json:"id"`
	Resources []Tagged    `json:"resources" doc:"What has the tag, in the CIB's order."`
	Version   *ha.Version `json:"version,omitempty" doc:"CIB version; send it back with an edit."`
}

// Tagged is something that has a tag.
type Tagged struct {
	ID     string   `json:"id"`
	Role   string   `json:"role,omitempty" doc:"Empty where it is no resource."`
	Nodes  []string `json:"nodes" doc:"Where it runs."`
	Failed bool     `json:"failed,omitempty"`
}

// EditTag gives a tag to exactly these resources.
type EditTag struct {
	Resources []string    `json:"resources" doc:"IDs of resources."`
	Version   *ha.Version `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}
