import type { Replica, VolumePeer, VolumeShown, VolumeState } from "../../api/types";
import type { IconName } from "../../components/Icon";
import type { Tone } from "../../components/tone";
import { list } from "../../lib/list";

/** How a volume stands: the verdict on its copies, unless who uses it has to wait, however many copies there are. */
export type Standing = VolumeShown["verdict"] | "suspended";

const worstFirst: readonly Standing[] = ["split", "down", "suspended", "unknown", "degraded", "syncing", "ok"];

export function standingOf(shown: VolumeShown): Standing {
  const waits = list(shown.states).some((s) => s.suspended);
  return waits && !["split", "down"].includes(shown.verdict) ? "suspended" : shown.verdict;
}

export const standingTone: Record<Standing, Tone> = {
  ok: "ok",
  syncing: "warn",
  degraded: "warn",
  suspended: "bad",
  split: "bad",
  down: "bad",
  unknown: "off",
};

export const standingIcon: Record<Standing, IconName> = {
  ok: "ok",
  syncing: "sync",
  degraded: "warn",
  suspended: "bad",
  split: "bad",
  down: "bad",
  unknown: "unknown",
};

/** DRBD's states of a disk that have words of their own: replication.disk.<state>. */
export const diskStates = [
  "UpToDate",
  "Consistent",
  "Outdated",
  "Inconsistent",
  "Diskless",
  "Failed",
  "Attaching",
  "Detaching",
  "Negotiating",
  "DUnknown",
] as const;
export type DiskState = (typeof diskStates)[number];

/** DRBD's states of a connection that is none: replication.connection.<state>. */
export const partings = [
  "Connecting",
  "StandAlone",
  "Disconnecting",
  "Unconnected",
  "Timeout",
  "BrokenPipe",
  "NetworkFailure",
  "ProtocolError",
  "TearDown",
] as const;

/** One side of a volume: as it tells itself, or else as the others see it. */
export interface Side {
  node: string;
  replica: Replica | undefined;
  /** What it tells; undefined where it does not. */
  state: VolumeState | undefined;
  role: VolumePeer["role"];
  disk: string;
  up: boolean;
}

/** All sides, the Primary first. */
export function sidesOf(shown: VolumeShown): Side[] {
  const nodes = new Set([...list(shown.volume.replicas).map((r) => r.node), ...list(shown.states).map((s) => s.node)]);
  const sides = [...nodes].map((node): Side => {
    const state = list(shown.states).find((s) => s.node === node);
    const seen = list(shown.states)
      .flatMap((s) => list(s.peers))
      .find((p) => p.node === node && p.connection === "Connected");
    return {
      node,
      replica: list(shown.volume.replicas).find((r) => r.node === node),
      state,
      role: state?.role ?? seen?.role ?? "Unknown",
      disk: state?.disk ?? seen?.disk ?? "DUnknown",
      up: state?.up ?? seen !== undefined,
    };
  });
  return sides.toSorted((a, b) => Number(b.role === "Primary") - Number(a.role === "Primary"));
}

export function namesOf(shown: VolumeShown, role: Side["role"]): string[] {
  return sidesOf(shown).flatMap((s) => (s.role === role ? [s.node] : []));
}

/** Whether a side could be Primary with all that was written. */
export function complete(side: Side): boolean {
  return side.up && side.disk === "UpToDate";
}

export function sideTone(side: Side): Tone {
  if (!side.state && !side.up) return "off";
  if (!side.up || side.state?.suspended || ["Diskless", "Failed", "Detaching"].includes(side.disk)) return "bad";
  return side.disk === "UpToDate" ? "ok" : side.disk === "DUnknown" ? "off" : "warn";
}

/** How two sides stand to each other. */
export interface Flow {
  kind: "apart" | "joined" | "sync" | "paused" | "verify";
  /** Where data go, in a resync. */
  from: string;
  to: string;
  /** DRBD's word for the connection. */
  connection: string;
  percent: number;
  /** Bytes that the two do not have alike. */
  left: number;
  /** Bytes per second. */
  rate: number;
  /** Seconds; 0 where nobody can say. */
  seconds: number;
  limit: number;
}

const asSource = new Set(["SyncSource", "PausedSyncS", "StartingSyncS", "WFBitMapS"]);
const asTarget = new Set(["SyncTarget", "PausedSyncT", "StartingSyncT", "WFBitMapT", "WFSyncUUID"]);

/** How two sides stand to each other, from what both tell: figures may be known to one of them only. */
export function flowBetween(shown: VolumeShown, a: string, b: string): Flow {
  const seen = (node: string, peer: string) =>
    list(list(shown.states).find((s) => s.node === node)?.peers).find((p) => p.node === peer);
  const ab = seen(a, b);
  const ba = seen(b, a);
  const told = [ab, ba].filter((p) => p !== undefined);
  const most = (of: (p: VolumePeer) => number | undefined) => Math.max(0, ...told.map((p) => of(p) ?? 0));
  const back = asTarget.has(ab?.replication ?? "") || asSource.has(ba?.replication ?? "");
  const left = most((p) => p.outOfSync);
  const rate = most((p) => p.rate);
  const copying = told.some((p) => asSource.has(p.replication) || asTarget.has(p.replication));
  const apart = told.find((p) => p.connection !== "Connected");
  const kind =
    told.length === 0 || apart
      ? "apart"
      : told.some((p) => p.replication.startsWith("PausedSync"))
        ? "paused"
        : copying
          ? "sync"
          : told.some((p) => p.replication.startsWith("Verify"))
            ? "verify"
            : "joined";
  return {
    kind,
    from: back ? b : a,
    to: back ? a : b,
    connection: apart?.connection ?? (told.length === 0 ? "" : "Connected"),
    percent: most((p) => p.done),
    left,
    rate,
    // A mirror leaves it to others to reckon.
    seconds: most((p) => p.left) || (rate > 0 ? Math.ceil(left / rate) : 0),
    limit: most((p) => p.limit),
  };
}

/** What is going on between the sides: resyncs before verifications. */
export function workOf(shown: VolumeShown): Flow | undefined {
  const sides = sidesOf(shown);
  const flows = sides.flatMap((a, i) => sides.slice(i + 1).map((b) => flowBetween(shown, a.node, b.node)));
  for (const kind of ["sync", "paused", "verify"] as const) {
    const found = flows.find((f) => f.kind === kind);
    if (found) return found;
  }
  return undefined;
}

/** Bytes of a resync in all, as far as they can be reckoned from what is left; 0 where they cannot. */
export function totalOf(flow: Flow): number {
  return flow.kind !== "verify" && flow.percent > 0 && flow.percent < 100 ? flow.left / (1 - flow.percent / 100) : 0;
}

export function sizeOf(shown: VolumeShown): number {
  return Math.max(0, ...list(shown.states).map((s) => s.size ?? 0));
}

/** Those that a person should look at first at the beginning. */
export function byNeed(volumes: readonly VolumeShown[]): VolumeShown[] {
  return volumes.toSorted((a, b) => worstFirst.indexOf(standingOf(a)) - worstFirst.indexOf(standingOf(b)));
}

export interface Advice {
  node: string;
  /** replication.advice.<why> */
  why: "in_use" | "primary" | "only_written";
}

/** Whose data speak for themselves in a split brain; undefined where only a person can know. */
export function advisedSide(shown: VolumeShown): Advice | undefined {
  const sides = list(shown.states).flatMap((s) => (s.split ? [{ ...s.split, keep: s.disk === "UpToDate" }] : []));
  if (sides.length < 2 || sides.length < list(shown.volume.replicas).length) return undefined;
  for (const [why, has] of [
    ["in_use", (s: (typeof sides)[number]) => Boolean(s.mounted)],
    ["primary", (s: (typeof sides)[number]) => s.primary],
    ["only_written", (s: (typeof sides)[number]) => s.changed > 0],
  ] as const) {
    const those = sides.filter(has);
    const [one] = those;
    if (those.length === 1 && one?.keep) return { node: one.node, why };
    if (those.length > 0 && why !== "primary") return undefined;
  }
  return undefined;
}
