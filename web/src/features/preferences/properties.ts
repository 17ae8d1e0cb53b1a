/** A value that people set for a whole cluster, as Pacemaker's own documents describe it. */
export interface Property {
  name: string;
  /** What holds where it is not set. */
  standard: string;
  /** Values to choose from; a free text where there are none. */
  values?: readonly string[];
}

const yesNo = ["true", "false"] as const;

/** Cluster properties, in the order of how often they are needed; what else is set comes after them. */
export const properties: readonly Property[] = [
  { name: "maintenance-mode", standard: "false", values: yesNo },
  { name: "no-quorum-policy", standard: "stop", values: ["stop", "freeze", "demote", "ignore", "suicide"] },
  { name: "stonith-enabled", standard: "true", values: yesNo },
  { name: "stonith-timeout", standard: "60s" },
  { name: "stonith-action", standard: "reboot", values: ["reboot", "off"] },
  { name: "priority-fencing-delay", standard: "0" },
  { name: "concurrent-fencing", standard: "false", values: yesNo },
  { name: "symmetric-cluster", standard: "true", values: yesNo },
  { name: "start-failure-is-fatal", standard: "true", values: yesNo },
  { name: "stop-all-resources", standard: "false", values: yesNo },
  {
    name: "node-health-strategy",
    standard: "none",
    values: ["none", "migrate-on-red", "only-green", "progressive", "custom"],
  },
  { name: "cluster-recheck-interval", standard: "15min" },
  { name: "dc-deadtime", standard: "20s" },
];

/** Meta attributes that hold for every resource that does not say otherwise (rsc_defaults). */
export const resourceDefaults: readonly Property[] = [
  { name: "resource-stickiness", standard: "0" },
  { name: "migration-threshold", standard: "INFINITY" },
  { name: "failure-timeout", standard: "0" },
  { name: "priority", standard: "0" },
  { name: "target-role", standard: "Started", values: ["Started", "Stopped", "Promoted", "Unpromoted"] },
  { name: "is-managed", standard: "true", values: yesNo },
  { name: "maintenance", standard: "false", values: yesNo },
  { name: "critical", standard: "true", values: yesNo },
  {
    name: "multiple-active",
    standard: "stop_start",
    values: ["stop_start", "stop_only", "block", "stop_unexpected"],
  },
];

/** What holds for every operation that does not say otherwise (op_defaults). */
export const operationDefaults: readonly Property[] = [
  { name: "timeout", standard: "20s" },
  {
    name: "on-fail",
    standard: "restart",
    values: ["restart", "stop", "ignore", "block", "standby", "fence", "demote"],
  },
  { name: "record-pending", standard: "true", values: yesNo },
  { name: "start-delay", standard: "0" },
];

// Pacemaker writes these itself.
const own = /^(have-watchdog|dc-version|cluster-infrastructure|cluster-name|last-lrm-refresh)$/;

/** What people have set, without what Pacemaker keeps for itself. */
export function setByPeople(all: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !own.test(name)));
}

/** What differs, as the routes take it: set what is new, unset what is gone. */
export function changesOf(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): { set: Record<string, string>; unset: string[] } {
  return {
    set: Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value)),
    unset: Object.keys(before).filter((name) => !(name in after)),
  };
}
