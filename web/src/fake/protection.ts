// Heartbeat, quorum, fencing and evidence as the server sends them.
import type { Evidence, Fencing, Links, QuorumShown, Survival, Timing } from "../api/types";
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
    checks: [{ code: "links.mtu", result: "warning", args: { link: "1", mtus: "1500, 9000" } }],
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
