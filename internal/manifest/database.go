package manifest

import (
	"slices"

	"hawser/internal/ha"
)

// KeepDatabases adds what the databases of the file consist of now, where the file leaves it out: it belongs to them, and a file that names
// them says that it is to be there.
func (d *Document) KeepDatabases(now ha.Config) {
	for _, one := range d.Databases {
		one = one.WithDefaults()
		ids := []string{one.Name}
		if runner, clone := ha.VolumeRunner(now.Resources, one.Volume); runner != nil && clone != "" {
			ids = append(ids, clone)
		}
		for _, id := range ids {
			if r := ha.FindResource(now.Resources, id); r != nil && d.Resources != nil && ha.FindResource(d.Resources, id) == nil {
				d.Resources = append(d.Resources, *r)
			}
		}
		own := []string{ha.VolumeHome(one.Volume)}
		for _, c := range one.Relations("") {
			own = append(own, c.ID)
		}
		for _, c := range now.Constraints {
			if d.Constraints != nil && slices.Contains(own, c.ID) && !d.hasConstraint(c.ID) {
				d.Constraints = append(d.Constraints, plain(c))
			}
		}
	}
}
