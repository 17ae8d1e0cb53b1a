package insight

import (
	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// OperationTimes are how long operations took on this cluster: what was kept, and what only the CIB's history tells, the newest of each kind.
// Repeated monitors are in the history alone.
func OperationTimes(t *pacemaker.Times, history []pacemaker.Ran) []ha.OperationTime {
	list := []ha.OperationTime{}
	type key struct{ resource, operation, node string }
	known := map[key]bool{}
	for _, o := range t.All() {
		known[key{o.Resource, o.Operation, o.Node}] = true
		list = append(list, o)
	}
	at := map[key]int{}
	for _, r := range history {
		k := key{r.Resource, r.Operation, r.Node}
		if !r.Good() || r.Took <= 0 || known[k] {
			continue
		}
		o := ha.OperationTime{Resource: r.Resource, Operation: r.Operation, Node: r.Node, MedianMS: int(r.Took.Milliseconds()), Count: 1, At: r.At}
		if i, has := at[k]; !has {
			at[k], list = len(list), append(list, o)
		} else if o.At.After(list[i].At) {
			list[i] = o
		}
	}
	return list
}
