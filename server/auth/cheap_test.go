package auth

// A thousand guesses with the true cost of a hash would take minutes; what is tried here is who is let in, not what a hash costs.
// The true cost is at least the one that OWASP's cheat sheet on storing passwords asks for.
func init() {
	if hashing.Memory < 19*1024 || hashing.Iterations < 2 {
		panic("a password's hash is too cheap")
	}
	hashing.Memory, hashing.Iterations = 64, 1
}
