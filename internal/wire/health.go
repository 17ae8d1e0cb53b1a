package wire

// HealthHistory asks a node for what it has measured in the last hour: NoArgs → ha.HealthHistory. Nothing changes.
const HealthHistory CommandName = "health.history"
