package ha

import (
	"slices"
	"strings"

	"hawser/internal/fault"
)

// ValidateDefaults checks what is to hold for every resource (resource.set) and for every operation (operation.set).
func ValidateDefaults(resource, operation map[string]string) error {
	var f fault.Fields
	checkValues(&f, "resource.set", resource)
	checkMeta(&f, "resource.set.", resource)
	checkValues(&f, "operation.set", operation)
	for _, name := range []string{"timeout", "interval", "start-delay"} {
		checkDuration(&f, "operation.set."+name, operation[name])
	}
	if v := operation["on-fail"]; v != "" && !slices.Contains(onFail, v) {
		f.Add("operation.set.on-fail", "field.one_of", "unknown", "value", v, "allowed", strings.Join(onFail, ", "))
	}
	return f.Err()
}
