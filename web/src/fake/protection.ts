// Heartbeat, quorum, fencing and evidence as the server sends them.
import type {
  DiskHeartbeatShown,
  DiskInspected,
  Evidence,
  Fencing,
  Links,
  QDevice,
  QDevicePlan,
  QDeviceStatus,
  QuorumShown,
  Sbd,
  SbdPlan,
  SbdTimes,
  SbdView,
  Survival,
  Timing,
} from "../api/types";
import { ago } from "./data";

const names = ["pay-01", "pay-02", "pay-03"];

export function makeLinks(over: Partial<Links> = {}): Links {
  return {
    links: [0, 1].map((number) => ({
      number,
      kind: "network" as const,
      auto: true,
      autoPriority: true,
      priority: 2 - number,
      pingInterval: 100,
      pingTimeout: 300,
      pongCount: 2,
      ends: names.map((node, i) => ({
        node,
        address: `10.8.${number}.${11 + i}`,
        interface: `bond${number}`,
        network: `10.8.${number}.0/24`,
        mtu: 1500,
        up: true,
      })),
    })),
    matrix: [],
    checks: [{ code: "link_mtu", result: "warning", args: { link: "1", mtus: "pay-01 1500, pay-02 9000" } }],
    nodes: names.map((node) => ({
      node,
      connected: true,
      online: true,
      state: node === "pay-03" ? ("straggler" as const) : ("same" as const),
      version: node === "pay-03" ? 11 : 12,
    })),
    free: 2,
    ...over,
  };
}

export function makeTiming(): Timing {
  const budget = (tokenMs: number) => ({
    tokenMs,
    consensusMs: tokenMs * 1.2,
    detectionMs: tokenMs * 2.2,
    fencingMs: 8000,
    startMs: 20_000,
  });
  return {
    timing: { profile: "balanced", token: 1000 },
    budget: budget(1000),
    measured: { latencyUs: 210, worstUs: 940, lossPercent: 0, jitterUs: 1800, missedUs: 0, needsMs: 320 },
    profiles: (
      [
        ["fast", 700],
        ["balanced", 1000],
        ["tolerant", 5000],
      ] as const
    ).map(([name, tokenMs]) => ({
      name,
      tokenMs,
      consensusMs: tokenMs * 1.2,
      budget: budget(tokenMs),
      safe: true,
      inForce: name === "balanced",
    })),
    advice: "fast",
    hosts: names.map((node) => ({ node, jitterUs: 900 })),
    links: [0, 1].map((link) => ({ link, pingInterval: 100, pingTimeout: 300, pongCount: 2, recoveryMs: 500 })),
  };
}

export function makeSurvival(over: Partial<Survival> = {}): Survival {
  return {
    nodes: 1,
    oneByOne: 1,
    of: 3,
    votes: 3,
    needed: 2,
    quorate: true,
    arbiter: false,
    noArbiter: 1,
    reasons: [],
    ...over,
  };
}

export function makeQuorum(over: Partial<QuorumShown> = {}): QuorumShown {
  return {
    configured: {},
    nodes: names.map((node) => ({ node, votes: 1, online: true })),
    votes: 3,
    expectedVotes: 3,
    needed: 2,
    quorate: true,
    inForce: [],
    restart: [],
    survives: makeSurvival(),
    complete: makeSurvival(),
    ...over,
  };
}

export function makeFencing(over: Partial<Fencing> = {}): Fencing {
  const devices = ["fence-pay-01", "fence-pay-02"];
  return {
    enabled: true,
    timeout: "60s",
    watchdog: false,
    devices: devices.map((id) => ({
      id,
      agent: "stonith:fence_ipmilan",
      parameters: { ip: "10.9.0.1", password: "***" },
      hosts: [{ node: id.replace("fence-", ""), plug: id.replace("fence-", "") }],
      check: "static-list",
      disabled: false,
      role: "Started",
      node: "pay-03",
      failed: false,
    })),
    levels: [],
    nodes: names.map((node, i) => ({
      node,
      covered: i < 2,
      paths: i < 2 ? [{ level: 0, devices: [`fence-${node}`] }] : [],
      ...(i === 1
        ? {
            last: {
              node,
              at: ago(840),
              action: "reboot" as const,
              device: "fence-pay-02",
              delegate: "pay-03",
              test: true,
            },
          }
        : {}),
    })),
    failures: [],
    waiting: [],
    untested: ["pay-01", "pay-03"],
    ...over,
  };
}

export function makeEvidence(): Evidence[] {
  return [
    {
      code: "never_fenced",
      level: "at_risk",
      object: "pay-01",
      source: "hawser",
      args: { node: "pay-01" },
    },
    {
      code: "quorum",
      level: "protected",
      source: "cluster",
      at: ago(2),
      args: { votes: "3", expected: "3", needed: "2", margin: "1" },
    },
  ];
}

/** The blank shared disk of makeHost. */
export const heartbeatDisk = "/dev/disk/by-id/wwn-0x6001405f00d";

export function makeDisk(over: Partial<DiskHeartbeatShown> = {}): DiskHeartbeatShown {
  return {
    enabled: true,
    link: { number: 7, kind: "disk" },
    nodes: names.map((node, i) => ({
      node,
      address: `192.168.250.${i + 1}`,
      heartbeat: {
        device: heartbeatDisk,
        uuid: "0b1c2d3e",
        state: i === 1 ? ("stalled" as const) : ("working" as const),
        since: ago(i === 1 ? 12 : 86_400),
        ...(i === 1 ? { why: "read of slot 2: input/output error" } : {}),
        inUse: false,
        stalls: i,
        longestStallMs: i * 840,
        memoryLocked: true,
        realTime: i !== 2,
        readUs: 420 + i * 30,
        writeUs: 910 + i * 40,
        peers: names.flatMap((_, p) =>
          p === i ? [] : [{ id: p + 1, alive: p !== 1, restarts: 0, lostSlots: 0, lastSeen: ago(1) }],
        ),
      },
    })),
    ...over,
  };
}

/** What the nodes say of a disk: wwn…beef carries a file system, whatever is no shared disk of makeHost is not there. */
export function makeInspection(device: string): DiskInspected {
  const carries = device.endsWith("beef") ? ["ext4"] : [];
  const there = /wwn-0x6001405/.test(device);
  return {
    device,
    same: there,
    inUse: false,
    carries,
    nodes: names.map((node) => ({
      node,
      ...(there
        ? { inspection: { device, sizeBytes: 134_217_728, inUse: false, carries } }
        : {
            fault: {
              code: "not_found" as const,
              reason: "diskhb.no_device",
              message: `no ${device}`,
              args: { node, device },
            },
          }),
    })),
  };
}

export function makeSbdTimes(wish: Pick<Sbd, "devices" | "watchdogTimeout"> = { devices: [heartbeatDisk] }): SbdTimes {
  const watchdog = wish.watchdogTimeout ?? 5;
  const wait = 2 * watchdog;
  const stonith = Math.max(60, Math.ceil(wait * 1.2));
  const disk = (wish.devices ?? []).length > 0;
  const row = (name: string, value: number, rule: string, args: Record<string, string> = {}) => ({
    name,
    value,
    rule,
    args: { value: String(value), ...args },
  });
  return {
    watchdog,
    ...(disk ? { msgwait: wait } : { stonithWatchdog: wait }),
    stonith,
    delayStart: wait + 3,
    derivation: [
      row("SBD_WATCHDOG_TIMEOUT", watchdog, wish.watchdogTimeout ? "given" : "stock"),
      disk
        ? row("msgwait", wait, "msgwait", { watchdog: String(watchdog) })
        : row("stonith-watchdog-timeout", wait, "stonith_watchdog", { watchdog: String(watchdog) }),
      row("stonith-timeout", stonith, "stonith_stock", { least: String(Math.ceil(wait * 1.2)) }),
      row("SBD_DELAY_START", wait + 3, disk ? "delay_disk" : "delay_diskless", {
        msgwait: String(wait),
        wait: String(wait),
        detection: "3",
      }),
    ],
  };
}

/** SBD with one disk; pay-03 has softdog only and waits for a restart. */
export function makeSbd(over: Partial<SbdView> = {}): SbdView {
  return {
    configured: true,
    active: false,
    devices: [heartbeatDisk],
    times: makeSbdTimes(),
    resource: "sbd",
    nodes: Object.fromEntries(
      names.map((node, i) => [
        node,
        {
          installed: true,
          enabled: true,
          active: i !== 2,
          file: "/etc/sysconfig/sbd",
          settings: { SBD_DEVICE: heartbeatDisk, SBD_WATCHDOG_DEV: `/dev/watchdog${i === 1 ? 1 : 0}` },
          watchdogs: [
            ...(i === 1 ? [{ device: "/dev/watchdog0", identity: "Software Watchdog", soft: true, timeout: 60 }] : []),
            {
              device: `/dev/watchdog${i === 1 ? 1 : 0}`,
              identity: i === 2 ? "Software Watchdog" : "iTCO_wdt",
              timeout: 30,
              ...(i === 2 ? { soft: true } : {}),
            },
          ],
          disks: [{ device: heartbeatDisk, content: "sbd", uuid: "aa", watchdog: 5, msgwait: 10 }],
        },
      ]),
    ),
    findings: [
      { code: "restart_needed", level: "at_risk", args: { node: "pay-03" } },
      { code: "softdog", level: "at_risk", args: { node: "pay-03" } },
    ],
    ...over,
  };
}

/** Hosts that have SBD and a watchdog, but on which nobody has set it up. */
export function makeSbdOff(): SbdView {
  const { nodes } = makeSbd();
  return {
    configured: false,
    active: false,
    devices: [],
    findings: [],
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([node, { watchdogs }]) => [
        node,
        { installed: true, active: false, enabled: false, watchdogs },
      ]),
    ),
  };
}

export function makeSbdPlan(wish: Sbd): SbdPlan {
  return {
    times: makeSbdTimes(wish),
    restart: true,
    nodes: wish.watchdogs ?? {},
    disks: (wish.devices ?? []).map((device) => ({ device, content: "empty" })),
  };
}

/** An arbiter that pay-03 cannot reach. */
export function makeQDevice(over: Partial<QDeviceStatus> = {}): QDeviceStatus {
  return {
    host: "arb-1",
    address: "10.8.20.101",
    algorithm: "ffsplit",
    tieBreaker: "2",
    ping: ["10.8.20.254"],
    connected: false,
    arbiterConnected: true,
    votes: 1,
    nodes: names.map((node, i) => ({
      node,
      online: true,
      connected: i !== 2,
      voting: i !== 2,
      heuristics: i === 2 ? ("fail" as const) : ("pass" as const),
      state: i === 2 ? "Connect failed" : "Connected",
      ...(i === 2 ? {} : { seen: { id: i + 1, name: node, address: `10.8.20.${11 + i}`, secured: i === 0 } }),
    })),
    ...over,
  };
}

export function makeQDevicePlan(wish: QDevice): QDevicePlan {
  return {
    before: makeSurvival(),
    after: makeSurvival({ nodes: 2, oneByOne: 2, arbiter: true }),
    complete: makeSurvival({ nodes: 2, oneByOne: 2, arbiter: true }),
    cleared: ["two_node", "wait_for_all"],
    device: {
      host: wish.host,
      address: wish.address ?? "10.8.20.101",
      algorithm: wish.algorithm ?? "ffsplit",
      tieBreaker: wish.tieBreaker ?? "lowest",
      ping: wish.ping ?? [],
    },
  };
}
