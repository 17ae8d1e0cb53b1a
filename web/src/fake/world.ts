// A world for developing the console without a server: the same fake network that tests use, with everything in it.
import type { Check, Cluster, Event, Operation } from "../api/types";
import { list } from "../lib/list";
import {
  ago,
  makeAgent,
  makeCluster,
  makeConstraints,
  makeDetail,
  makeEvent,
  makeHost,
  makeNodes,
  makeOperation,
  makeResources,
  makeRevision,
  makeSession,
} from "./data";
import { addAccounts } from "./account";
import { addAlarms } from "./alarms";
import { addLicense } from "./license";
import { addLogs } from "./logs";
import { FakeFault, FakeNetwork } from "./network";
import { longRoutes } from "./longRoutes";
import { makeContents, migrate } from "./migration";
import { makeHealth, makeHealthHistory, makeHealthPlan } from "./health";
import { addTargets } from "./targets";
import { addVolumes } from "./volumeRoutes";
import { makeBudget, makeExplanation, makeFindings, makeForecast } from "./insight";
import {
  makeDisk,
  makeEvidence,
  makeFencing,
  makeInspection,
  makeLinks,
  makeQDevice,
  makeQDevicePlan,
  makeQuorum,
  makeSbd,
  makeSbdPlan,
  makeSurvival,
  makeTiming,
} from "./protection";

const clusters: Cluster[] = [
  makeDetail(),
  makeCluster({
    name: "credit-db",
    label: "信贷数据库",
    nodes: ["credit-1", "credit-2"],
    online: 1,
    started: 2,
    desired: 3,
    failed: 1,
    verdict: {
      level: "unprotected",
      survives: 0,
      reasons: [{ code: "resource_failed", level: "unprotected", args: { resource: "credit-db", node: "credit-1" } }],
    },
    lastFailover: { at: ago(2e6), resource: "credit-db", from: "credit-1", to: "credit-2", tookMs: 9700 },
  }),
  makeCluster({
    name: "sso",
    label: "统一认证",
    nodes: ["sso-1", "sso-2", "sso-3"],
    verdict: { level: "maintenance", survives: 0, reasons: [] },
  }),
  makeCluster({
    name: "ledger-db",
    label: "核心账务",
    nodes: ["ledger-1", "ledger-2", "ledger-3", "ledger-4", "ledger-5"],
    online: 5,
    resources: 19,
    desired: 19,
    started: 19,
    verdict: { level: "protected", survives: 2, reasons: [] },
    lastFailover: { at: ago(5e6), resource: "ledger", from: "ledger-1", to: "ledger-2", tookMs: 11_800 },
  }),
  makeCluster({
    name: "archive",
    label: "电子档案",
    nodes: ["arch-1", "arch-2"],
    online: 0,
    started: 0,
    running: false,
    verdict: { level: "stopped", survives: 0, reasons: [] },
  }),
  makeCluster({
    name: "report-bi",
    label: "报表分析",
    nodes: ["bi-1", "bi-2", "bi-3"],
    stale: true,
    seen: ago(620),
    verdict: { level: "unknown", survives: 0, reasons: [] },
  }),
];

const events: Event[] = [
  makeEvent({ id: 9, at: ago(300) }),
  makeEvent({
    id: 8,
    at: ago(600),
    kind: "link.lost",
    severity: "warning",
    object: "pay-02",
    args: { node: "pay-02", peer: "pay-01", link: "1" },
  }),
  makeEvent({ id: 7, at: ago(820), kind: "node.joined", severity: "info", object: "pay-02", args: { node: "pay-02" } }),
  makeEvent({
    id: 6,
    at: ago(838),
    kind: "resource.started",
    severity: "info",
    object: "pay-vip",
    args: { resource: "pay-vip", node: "pay-01" },
  }),
  makeEvent({
    id: 5,
    at: ago(840),
    kind: "resource.moved",
    severity: "warning",
    object: "pay",
    args: { resource: "pay", from: "pay-02", to: "pay-01" },
  }),
  makeEvent({
    id: 4,
    at: ago(846),
    kind: "node.fenced",
    severity: "warning",
    object: "pay-02",
    args: { node: "pay-02", action: "reboot", delegate: "pay-03" },
  }),
  makeEvent({
    id: 3,
    at: ago(850),
    kind: "node.lost",
    severity: "critical",
    object: "pay-02",
    args: { node: "pay-02" },
  }),
];

/** A fake network in which every page has something to show. */
export function makeWorld(): FakeNetwork {
  const session = makeSession();
  let signedIn = true;
  const start = Date.now();
  const detail = (name: string) => {
    const found = clusters.find((c) => c.name === name);
    if (!found) return undefined;
    return name === "pay-core" ? makeDetail() : { ...found, config: makeDetail().config, setup: makeDetail().setup };
  };
  const missing = (cluster: string) =>
    new FakeFault(404, {
      code: "not_found",
      reason: "cluster.not_found",
      message: `there is no cluster ${cluster}`,
      args: { name: cluster, cluster },
    });
  const begun = new Map<string, Operation>();
  const long = (kind: string) => (cluster: string | undefined, object?: string) => {
    const operation = makeOperation({
      id: `op-${Date.now()}-${begun.size}`,
      kind,
      ...(cluster ? { cluster } : {}),
      ...(object ? { object } : {}),
      started: ago(0),
    });
    begun.set(operation.id, operation);
    return operation;
  };
  const net = new FakeNetwork();
  net
    .on("session.show", () =>
      signedIn
        ? session
        : new FakeFault(401, { code: "anonymous", reason: "session.required", message: "not signed in" }),
    )
    .on("session.create", ({ body }) => {
      if (body.password === "wrong")
        return new FakeFault(401, {
          code: "anonymous",
          reason: "session.wrong",
          message: "the name or the password is wrong",
        });
      signedIn = true;
      return session;
    })
    .on("session.delete", () => {
      signedIn = false;
      return { ok: true };
    })
    .on("cluster.discover", () => ({ items: [] }))
    .on("cluster.adopt", ({ path }) => long("cluster.adopt")(path.cluster))
    .on("cluster.list", () => ({ items: clusters }))
    .on("cluster.show", ({ path }) => detail(path.cluster ?? "") ?? missing(path.cluster ?? ""))
    .on("link.list", () => makeLinks())
    .on("timing.show", () => makeTiming())
    .on("quorum.show", () => makeQuorum())
    .on("quorum.plan", () => ({
      before: makeSurvival(),
      after: makeSurvival({ nodes: 0, oneByOne: 0 }),
      complete: makeSurvival(),
      restart: [],
    }))
    .on("why.show", ({ path }) => makeExplanation({ resource: path.resource ?? "" }))
    .on("budget.list", () => ({ items: [makeBudget()] }))
    .on("check.list", () => ({ items: makeFindings() }))
    .on("check.fix", ({ path, body }) => long("check.fix")(path.cluster, body.object))
    .on("whatif.play", () => makeForecast())
    .on("health.show", () => makeHealth())
    .on("health.whatif", ({ body }) => makeHealthPlan(body))
    .on("health.history", ({ path }) => makeHealthHistory(path.node ?? ""))
    .on("qdevice.show", () => ({ device: makeQDevice() }))
    .on("qdevice.plan", ({ body }) => makeQDevicePlan(body))
    .on("qdevice.arbiter", ({ path }) => ({
      host: path.host ?? "",
      installed: true,
      ready: true,
      running: true,
      enabled: true,
      clusters: [],
      serves: ["ledger-db"],
    }))
    .on("qdevice.set", ({ path, body }) => long("qdevice.set")(path.cluster, body.host))
    .on("qdevice.remove", ({ path }) => long("qdevice.remove")(path.cluster))
    .on("diskhb.show", () => makeDisk())
    .on("diskhb.inspect", ({ body }) => makeInspection(body.device))
    .on("diskhb.enable", ({ path }) => long("diskhb.enable")(path.cluster))
    .on("diskhb.disable", ({ path }) => long("diskhb.disable")(path.cluster))
    .on("sbd.show", () => makeSbd())
    .on("sbd.plan", ({ body }) =>
      list(body.devices).some((d) => d.endsWith("beef")) && body.override !== "ext4"
        ? new FakeFault(422, {
            code: "invalid",
            reason: "fields",
            message: "carries ext4",
            fields: [
              {
                path: "devices[0]",
                reason: "sbd.device_used",
                message: "carries ext4",
                args: { device: list(body.devices)[0] ?? "", node: "pay-01", content: "ext4" },
              },
            ],
          })
        : makeSbdPlan(body),
    )
    .on("sbd.set", ({ path }) => long("sbd.set")(path.cluster))
    .on("sbd.remove", ({ path }) => long("sbd.remove")(path.cluster))
    .on("fence.list", () => makeFencing())
    .on("evidence.show", () => ({ verdict: makeDetail().verdict, evidence: makeEvidence() }))
    .on("fence.levels", ({ path }) => long("fence.levels")(path.cluster))
    .on("fence.test", ({ path, body }) => long("fence.test")(path.cluster, body.node))
    .on("ping.create", ({ path }) => long("ping.create")(path.cluster))
    .on("link.add", ({ path }) => long("link.add")(path.cluster))
    .on("link.edit", ({ path }) => long("link.edit")(path.cluster, path.link))
    .on("link.remove", ({ path }) => long("link.remove")(path.cluster, path.link))
    .on("timing.set", ({ path }) => long("timing.set")(path.cluster))
    .on("quorum.edit", ({ path }) => long("quorum.edit")(path.cluster))
    .on("node.list", () => ({ items: makeNodes() }))
    .on("node.show", ({ path }) => makeNodes().find((n) => n.name === path.node) ?? missing(path.node ?? ""))
    .on("resource.list", () => ({ items: makeResources() }))
    .on("resource.show", ({ path }) => {
      const found = makeResources().find((r) => r.id === path.resource);
      if (!found) return missing(path.resource ?? "");
      const all = list(makeDetail().config?.resources).flatMap((r) => [r, ...list(r.members)]);
      const config = all.find((r) => r.id === found.id);
      const failures = list(makeDetail().state?.failures).filter((f) => f.resource === found.id);
      return {
        ...found,
        ...(config ? { config } : {}),
        failures,
        ...(found.id === "pay" ? { failback: { mode: "manual" as const } } : {}),
        version: { adminEpoch: 0, epoch: 42, numUpdates: 7 },
      };
    })
    .on("rule.check", ({ body }) =>
      body.text === "pingd gt 0"
        ? { rule: { expressions: [{ attribute: "pingd", operation: "gt" as const, value: "0" }] }, text: body.text }
        : body.rule
          ? { rule: body.rule, text: "pingd eq 1" }
          : new FakeFault(422, {
              code: "invalid",
              reason: "fields",
              message: "no rule",
              fields: [{ path: "text", reason: "rule.unclosed", message: "not closed", args: { position: "1" } }],
            }),
    )
    .on("constraint.list", () => ({ items: makeConstraints() }))
    .on("agent.list", () => ({
      items: [
        "ocf:heartbeat:IPaddr2",
        "ocf:heartbeat:Filesystem",
        "ocf:hawser:Filesystem",
        "ocf:hawser:IPaddr2",
        "ocf:hawser:pgsql",
        "ocf:hawser:ping",
        "ocf:hawser:systemd",
        "ocf:heartbeat:pgsql",
        "ocf:pacemaker:Dummy",
        "ocf:pacemaker:ping",
        "stonith:fence_ipmilan",
        "systemd:nginx",
      ].map((agent) => ({ agent })),
    }))
    .on("agent.show", ({ path }) => makeAgent(path.agent ?? ""))
    .on("revision.list", () => ({
      items: [
        makeRevision(),
        makeRevision({
          number: 11,
          at: ago(3600),
          author: "root@pay-01 (crm_attribute)",
          origin: "outside",
          action: "outside",
          differences: [
            { object: "default", id: "resource-stickiness", field: "", before: "", after: "100", change: "added" },
          ],
        }),
        makeRevision({
          number: 10,
          at: ago(90_000),
          action: "cluster.create",
          object: "pay-core",
          revertible: false,
          differences: [],
        }),
      ],
    }))
    .on("revision.compare", ({ path, query }) => {
      const head = (number: number) => ({
        number,
        at: ago(90),
        author: "admin",
        action: "resource.edit",
        origin: "hawser" as const,
        version: { adminEpoch: 0, epoch: 40 + number, numUpdates: 0 },
      });
      const from = Number(path.revision);
      const to = Number(query.get("with"));
      return {
        cluster: path.cluster ?? "",
        from: head(from),
        to: head(to),
        differences:
          from === to
            ? []
            : [
                {
                  object: "resource",
                  id: "pay-db",
                  field: "parameters.pgdata",
                  before: `/srv/${from}`,
                  after: `/srv/${to}`,
                  change: "changed" as const,
                },
              ],
      };
    })
    .on("config.export", ({ path }) => ({
      cluster: path.cluster ?? "",
      version: { adminEpoch: 0, epoch: 42, numUpdates: 7 },
      yaml: "resources:\n- id: pay\n  kind: group\n",
    }))
    .on("config.plan", ({ body }) => ({
      edits: 1,
      version: { adminEpoch: 0, epoch: 43, numUpdates: 0 },
      differences: body.yaml.includes("night")
        ? [{ object: "tag", id: "night", field: "", before: "", after: "pay", change: "added" as const }]
        : [],
    }))
    .on("config.read", () => makeContents())
    .on("config.migrate", ({ body }) => migrate(body))
    .on("config.compare", () => ({ version: { adminEpoch: 0, epoch: 3, numUpdates: 0 }, differences: [] }))
    .on("event.list", ({ query }) => ({
      items: events.filter((e) => !query.get("severity") || e.severity === query.get("severity")),
    }))
    .on("operation.list", () => ({
      items: [
        makeOperation(),
        makeOperation({
          id: "op-0",
          state: "failed",
          percent: 60,
          kind: "resource.move",
          object: "pay",
          started: ago(400),
          ended: ago(380),
          fault: {
            code: "failed",
            reason: "resource.not_moved",
            message: "crm_resource: resource pay could not be moved",
            args: { resource: "pay" },
          },
        }),
      ],
    }))
    .on("operation.show", ({ path }) =>
      makeOperation({
        ...begun.get(path.operation ?? ""),
        id: path.operation ?? "",
        ...(path.operation === "op-1" ? {} : { state: "succeeded", percent: 100, ended: ago(0) }),
      }),
    )
    .on("host.list", () => ({
      items: [
        ...["pay-01", "pay-02", "pay-03"].map((name) => makeHost({ name, cluster: "pay-core" })),
        ...["node-1", "node-2", "node-3"].map((name) => makeHost({ name })),
        makeHost({ name: "node-4", connected: false, seen: ago(4000) }),
      ],
    }))
    .on("host.token", () => ({
      token: "q7Yx-3hVn-81Tz-p0Ls",
      expires: ago(-3600),
      caSha256: "3f9ac10e5b77a0d4c2f1",
      server: "https://127.0.0.1:8443",
      command: [
        "hawser-agent",
        "enroll",
        "--server",
        "https://127.0.0.1:8443",
        "--token",
        "q7Yx-3hVn-81Tz-p0Ls",
        "--ca-sha256",
        "3f9ac10e5b77a0d4c2f1",
      ],
    }))
    .on("host.preflight", ({ body }) => ({
      ok: true,
      hosts: list(body.setup.nodes).map((n, i) => ({
        host: n.name,
        checks: list<Check>([
          { code: "packages", result: "ok" as const, args: { pacemaker: "2.1.5", corosync: "3.1.7" } },
          { code: "time", result: i === 1 ? ("warning" as const) : ("ok" as const), args: { offset: "1.8" } },
          { code: "disk", result: "ok" as const, args: {} },
        ]).slice(),
      })),
    }))
    .on("cluster.create", ({ body }) => long("cluster.create")(body.name))
    .on("audit.list", () => ({
      items: [
        {
          id: 3,
          at: ago(60),
          actor: "admin",
          address: "10.8.40.16",
          action: "node.standby",
          object: "pay-core/pay-01",
          outcome: "ok",
          hash: "a3f1c2d4e5",
        },
        {
          id: 2,
          at: ago(600),
          actor: "liwei",
          address: "10.8.40.20",
          action: "cluster.destroy",
          object: "pay-core",
          outcome: "denied",
          hash: "77b0d4c2f1",
        },
        {
          id: 1,
          at: ago(700),
          actor: "admin",
          address: "10.8.40.16",
          action: "session.create",
          outcome: "ok",
          hash: "0e5b77a0d4",
        },
      ],
    }))
    .on("demo.show", () => ({
      running: true,
      target: "10.8.20.100:5432",
      since: new Date(start - 400_000).toISOString(),
      serving: true,
      lastAck: ago(0),
      currentOutageMs: 0,
      longestOutageMs: 8420,
      longestAt: ago(840),
      attempts: 8000,
      acknowledged: 7843,
      lost: 0,
      verified: ago(30),
      recent: Array.from({ length: 180 }, (_, i) => (i > 100 && i < 109 ? (i - 100) * 1000 : 0)),
    }));
  addAlarms(net);
  addAccounts(net, session.user);
  addLicense(net);
  addLogs(net);
  addVolumes(net, long);
  addTargets(net);
  for (const route of longRoutes) {
    net.on(route, ({ path }) =>
      long(route)(path.cluster, path.node ?? path.resource ?? path.constraint ?? path.tag ?? path.set),
    );
  }
  return net;
}
