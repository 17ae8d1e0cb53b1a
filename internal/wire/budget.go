package wire

import "hawser/internal/ha"

// OperationTimes asks how long operations took, as far as the node has seen it; nothing changes.
const OperationTimes CommandName = "cluster.times" // NoArgs → OperationTimesOutput

// OperationTimesOutput lists them, without an order.
type OperationTimesOutput struct {
	Times []ha.OperationTime `json:"times"`
}

// WhatIfOutput is a forecast, and the configuration as it would be where the scenario changes it.
type WhatIfOutput struct {
	ha.Forecast
	Changed *ha.Config `json:"changed,omitempty"`
}
