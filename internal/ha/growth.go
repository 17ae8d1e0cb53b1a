package ha

// Growth is what an operation adds. A licence may bar it; it never bars anything else.
type Growth struct {
	Clusters  int
	Nodes     int // members and remote nodes
	Remotes   int // those of Nodes that are remote
	Resources int
}

// None says that nothing is added.
func (g Growth) None() bool { return g == Growth{} }
