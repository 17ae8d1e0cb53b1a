// The time line and log bundles, for tests and for developing without a server.
import type { Decision, LogBundle, TimelineEntry } from "../api/types";
import { list } from "../lib/list";
import { ago, makeEvent, makeOperation, makeRevision } from "./data";
import { FakeFault, type FakeNetwork } from "./network";

export function makeDecision(over: Partial<Decision> = {}): Decision {
  return {
    at: ago(295),
    node: "pay-01",
    input: "pe-warn-12.bz2",
    kind: "warn",
    actions: [
      { transition: 0, kind: "fence", from: "pay-02" },
      { transition: 0, kind: "move", resource: "pay", from: "pay-02", to: "pay-01", reason: "unrunnable pay stop" },
      { transition: 0, kind: "start", resource: "pay-db", to: "pay-01" },
    ],
    ...over,
  };
}

/** One line of each source, newest first. */
export function makeTimeline(): TimelineEntry[] {
  const operation = makeOperation({ id: "op-cleanup", kind: "resource.cleanup", object: "probe", state: "succeeded" });
  const revision = makeRevision({ number: 11, origin: "outside", author: "root", action: "outside" });
  const moved = makeEvent({
    id: 31,
    at: ago(290),
    kind: "resource.moved",
    severity: "warning",
    object: "pay",
    args: { resource: "pay", from: "pay-02", to: "pay-01" },
  });
  const lost = makeEvent({
    id: 30,
    at: ago(300),
    kind: "node.lost",
    severity: "critical",
    object: "pay-02",
    args: { node: "pay-02" },
  });
  const decision = makeDecision();
  return [
    {
      id: "audit-9",
      at: ago(30),
      source: "audit",
      severity: "warning",
      kind: "node.fence",
      object: "pay-03",
      actor: "wangfang",
      audit: {
        id: 9,
        at: ago(30),
        actor: "wangfang",
        address: "10.0.0.8",
        action: "node.fence",
        object: "pay-core/pay-03",
        outcome: "denied",
        hash: "00",
      },
    },
    {
      id: "operation-op-cleanup",
      at: ago(120),
      source: "operation",
      severity: "info",
      kind: operation.kind,
      object: "probe",
      actor: "liwei",
      operation,
    },
    {
      id: "revision-11",
      at: ago(200),
      source: "revision",
      severity: "info",
      kind: "outside",
      actor: "root",
      revision,
    },
    event(moved),
    {
      id: "decision-1",
      at: decision.at,
      source: "decision",
      severity: "critical",
      kind: "decision",
      object: decision.node,
      decision,
    },
    event(lost),
  ];
}

function event(e: ReturnType<typeof makeEvent>): TimelineEntry {
  return {
    id: `event-${e.id}`,
    at: e.at,
    source: "event",
    severity: e.severity,
    kind: e.kind,
    object: e.object ?? "",
    event: e,
  };
}

export function makeBundle(over: Partial<LogBundle> = {}): LogBundle {
  return {
    id: "k3v5jq2m7x4bn6ta",
    cluster: "pay-core",
    actor: "liwei",
    since: ago(7800),
    until: ago(600),
    created: ago(600),
    state: "ready",
    percent: 100,
    file: "hawser-pay-core-20261129T152000Z.tar.zst",
    bytes: 4_312_000,
    sha256: "9c0e",
    expires: new Date(Date.now() + 71 * 3_600_000).toISOString(),
    nodes: [
      { node: "pay-01", state: "done", percent: 100, files: 63, bytes: 1_820_000 },
      { node: "pay-02", state: "done", percent: 100, files: 61, bytes: 1_790_000 },
      {
        node: "pay-03",
        state: "failed",
        percent: 100,
        fault: {
          code: "unreachable",
          reason: "host.unreachable",
          message: "the agent of host pay-03 is not connected",
          args: { host: "pay-03" },
        },
      },
    ],
    ...over,
  };
}

/** The routes of the time line and of bundles. One that is collected is ready after two looks. */
export function addLogs(net: FakeNetwork): FakeNetwork {
  let bundles: LogBundle[] = [makeBundle()];
  let looks = 0;
  return net
    .on("timeline.list", ({ query }) => ({
      items: makeTimeline().filter(
        (e) =>
          (!query.get("severity") || e.severity === query.get("severity")) &&
          (!query.get("source") || e.source === query.get("source")),
      ),
      silent: ["pay-03"],
    }))
    .on("logs.list", () => {
      if (looks > 0 && --looks === 0) {
        bundles = bundles.map((b) => (b.state === "collecting" ? makeBundle({ ...b, ...ready(b) }) : b));
      }
      return { items: bundles };
    })
    .on("logs.show", ({ path }) => bundles.find((b) => b.id === path.bundle) ?? missing(path.bundle ?? ""))
    .on("logs.collect", ({ body }) => {
      const { sha256: _sum, file: _file, bytes: _bytes, expires: _expires, fault: _fault, ...rest } = makeBundle();
      const started: LogBundle = {
        ...rest,
        id: `bundle-${bundles.length + 1}`,
        since: body.since ?? ago(7200),
        until: body.until ?? ago(0),
        created: ago(0),
        state: "collecting",
        percent: 42,
        nodes: (body.nodes ?? ["pay-01", "pay-02", "pay-03"]).map((node, i) =>
          i === 0
            ? { node, state: "sending", percent: 90 }
            : { node, state: "collecting", percent: 30, source: "crm_mon --one-shot" },
        ),
      };
      bundles = [started, ...bundles];
      looks = 2;
      return started;
    })
    .on("logs.delete", ({ path }) => {
      bundles = bundles.filter((b) => b.id !== path.bundle);
      return { ok: true };
    });
}

function ready(b: LogBundle): Partial<LogBundle> {
  return {
    state: "ready",
    percent: 100,
    nodes: list(b.nodes).map((n) => ({
      node: n.node,
      state: "done" as const,
      percent: 100,
      files: 60,
      bytes: 900_000,
    })),
  };
}

function missing(id: string): FakeFault {
  return new FakeFault(404, {
    code: "not_found",
    reason: "logs.not_found",
    message: `no bundle ${id}`,
    args: { bundle: id },
  });
}
