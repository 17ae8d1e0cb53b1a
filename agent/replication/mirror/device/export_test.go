package device

// Refuse makes a device one that has no discards that leave zeroes.
func (d *Device) Refuse() { d.punches.Store(false) }
