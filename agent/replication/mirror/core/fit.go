package core

// Unfit is why this side would not be promoted now, whatever the in-sync set says; nil where it would be, and on a Primary.
func (c *Core) Unfit() error {
	switch {
	case c.mode == Down:
		return ErrNotReady
	case c.primary():
		return nil
	}
	return c.unfit(0)
}
