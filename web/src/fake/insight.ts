// Findings and forecasts as the server sends them.
import type { Explanation, Finding, Forecast, FoundCluster } from "../api/types";

export function makeFindings(): Finding[] {
  return [
    { code: "fencing_off", severity: "critical", object: "stonith-enabled" },
    {
      code: "no_stickiness",
      severity: "warning",
      object: "resource-stickiness",
      args: { value: "100" },
      fix: [{ op: "resource_defaults.set", values: { "resource-stickiness": "100" } }],
    },
    {
      code: "monitor_no_timeout",
      severity: "warning",
      object: "pay-db",
      args: { resource: "pay-db" },
    },
    { code: "old_syntax", severity: "info", args: { count: "2", example: "ms-pay" } },
  ];
}

/** A move of a group with one member from pay-01 to pay-02, whose start was never measured. */
export function makeForecast(over: Partial<Forecast> = {}): Forecast {
  return {
    engine: "pacemaker",
    quorate: true,
    busy: false,
    rest: true,
    actions: [
      { kind: "move", resource: "pay-vip", service: "pay", from: "pay-01", to: "pay-02", transition: 0 },
      { kind: "start", resource: "pay-log", to: "pay-02", transition: 0, blocked: true, reason: "no fencing" },
    ],
    services: [
      { service: "pay", ends: true, exact: false, outageMs: 9900, detectMs: 2200, missing: ["start of pay-vip"] },
    ],
    steps: [
      {
        operation: "stop",
        resource: "pay-vip",
        node: "pay-01",
        beginMs: 0,
        durationMs: 200,
        measured: true,
        transition: 0,
      },
      {
        operation: "start",
        resource: "pay-vip",
        node: "pay-02",
        beginMs: 200,
        durationMs: 0,
        measured: false,
        transition: 0,
      },
    ],
    differences: [{ object: "default", id: "resource-stickiness", change: "added", after: "100" }],
    ...over,
  };
}

/** pay-vip on pay-01: a rule without a node keeps it from pay-02, and pay-03, which it came from, is in standby and has failed it. */
export function makeExplanation(over: Partial<Explanation> = {}): Explanation {
  return {
    engine: "pacemaker",
    resource: "pay-vip",
    role: "Started",
    nodes: ["pay-01"],
    causes: [{ code: "stickiness", args: { score: "100" } }],
    elsewhere: [
      {
        node: "pay-02",
        score: "-INFINITY",
        causes: [
          {
            code: "location",
            args: { resource: "pay-vip", constraint: "pay-needs-ping", node: "", score: "-INFINITY" },
          },
        ],
      },
      {
        node: "pay-03",
        causes: [
          { code: "standby", args: { node: "pay-03" } },
          { code: "failed", args: { resource: "pay-vip", node: "pay-03" } },
        ],
      },
    ],
    moved: {
      at: "2026-10-14T14:14:09Z",
      action: "move",
      from: "pay-03",
      to: "pay-01",
      causes: [{ code: "standby", args: { node: "pay-03" } }],
    },
    ...over,
  };
}

/** A cluster that somebody made with pcs, and one whose name is taken. */
export function makeFound(): FoundCluster[] {
  return [
    {
      name: "kwdb",
      engine: "pacemaker",
      running: true,
      quorate: true,
      online: 1,
      resources: 4,
      started: 3,
      nodes: [
        { name: "kw-1", enrolled: true, connected: true },
        { name: "kw-2", enrolled: false, connected: false },
      ],
      verdict: { level: "unprotected", survives: 0, reasons: [{ code: "no_fencing", level: "unprotected", args: {} }] },
    },
    {
      name: "double",
      running: true,
      quorate: true,
      online: 1,
      resources: 0,
      started: 0,
      nodes: [{ name: "d-1", enrolled: true, connected: true }],
      fault: {
        code: "conflict",
        reason: "cluster.name_taken",
        message: "there is a cluster double",
        args: { name: "double" },
      },
    },
  ];
}
