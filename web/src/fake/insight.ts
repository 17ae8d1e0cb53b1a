// Findings and forecasts as the server sends them.
import type { Budget, Explanation, Finding, Forecast, FoundCluster } from "../api/types";

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

/** A service whose node crash takes too long because of its fencing, and whose crash nobody notices. */
export function makeBudget(over: Partial<Budget> = {}): Budget {
  const at = "2026-03-01T10:00:00Z";
  return {
    service: "pay",
    events: [
      {
        event: "planned",
        targetSeconds: 10,
        answer: "unknown",
        typical: {
          ms: 400,
          exact: false,
          parts: [
            { kind: "stop", object: "pay-vip", ms: 400, source: "measured", at, count: 3 },
            { kind: "start", object: "pay-vip", ms: 0, source: "unknown" },
          ],
        },
        worst: { ms: 40_000, exact: true, parts: [] },
      },
      {
        event: "node",
        targetSeconds: 4,
        answer: "missed",
        typical: {
          ms: 6200,
          exact: true,
          parts: [
            { kind: "token", ms: 1000, source: "configured" },
            { kind: "consensus", ms: 1200, source: "configured" },
            { kind: "fence", object: "pay-01", by: "ipmi-1", ms: 3500, source: "measured", at, count: 1 },
            { kind: "start", object: "pay-vip", ms: 500, source: "measured", at, count: 2 },
          ],
        },
        worst: { ms: 82_200, exact: true, parts: [] },
        finding: {
          code: "budget_fencing",
          severity: "warning",
          object: "pay",
          args: {
            service: "pay",
            event: "node",
            time: "6.2",
            target: "4",
            part: "3.5",
            node: "pay-01",
            device: "ipmi-1",
          },
        },
      },
      {
        event: "application",
        never: "not_watched",
        because: "pay-vip",
        typical: { ms: 0, exact: false, parts: [] },
        worst: { ms: 0, exact: false, parts: [] },
      },
    ],
    ...over,
  };
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
