// Replicated volumes as the server shows them: one that is being synced, one that is well, one that has split.
import type {
  Body,
  Exposure,
  Replica,
  VolumeCheck,
  VolumePeer,
  VolumeReading,
  VolumeShown,
  VolumeState,
} from "../api/types";
import { list } from "../lib/list";
import { ago } from "./data";

const gib = 2 ** 30;

function makeReplica(node: string, id: number, port: number, disk: string): Replica {
  return { node, id, disk: `/dev/disk/by-id/${disk}-${id}`, address: `10.8.1.${11 + id}`, port };
}

/** A side that is up, connected to the other and alike with it. */
export function makeSide(
  name: string,
  node: string,
  peer: string,
  over: Partial<VolumeState> = {},
  link: Partial<VolumePeer> = {},
): VolumeState {
  return {
    name,
    driver: "drbd",
    node,
    up: true,
    device: "/dev/drbd0",
    size: 500 * gib,
    protocol: "C",
    role: "Secondary",
    disk: "UpToDate",
    peers: [
      {
        node: peer,
        connection: "Connected",
        role: "Secondary",
        disk: "UpToDate",
        replication: "Established",
        ...link,
      },
    ],
    ...over,
  };
}

/** A volume on pay-01, where it is Primary, and pay-02. */
export function makeVolume(name = "pay_mq", over: Partial<VolumeShown> = {}): VolumeShown {
  return {
    volume: {
      name,
      driver: "drbd",
      device: "/dev/drbd0",
      protocol: "C",
      replicas: [makeReplica("pay-01", 0, 7788, "wwn-0x5000c5001"), makeReplica("pay-02", 1, 7788, "wwn-0x5000c5001")],
      options: { net: { fencing: "resource-and-stonith", "verify-alg": "crc32c" }, disk: { "on-io-error": "detach" } },
      file: `/etc/drbd.d/${name}.res`,
    },
    states: [
      makeSide(name, "pay-01", "pay-02", { role: "Primary" }),
      makeSide(name, "pay-02", "pay-01", {}, { role: "Primary" }),
    ],
    verdict: "ok",
    upToDate: 2,
    resource: `${name}-clone`,
    user: "pay-fs",
    findings: [],
    ...over,
  };
}

/** pay-02 is being brought up to date: 63 % of 186 GiB. */
export function makeSyncing(over: Partial<VolumePeer> = {}): VolumeShown {
  const name = "pay_data";
  const work = { done: 63, outOfSync: 69 * gib, rate: 190 * 2 ** 20, left: 372, limit: 250 * 2 ** 20, ...over };
  return makeVolume(name, {
    verdict: "syncing",
    upToDate: 1,
    user: "pay-db",
    states: [
      makeSide(
        name,
        "pay-01",
        "pay-02",
        { role: "Primary" },
        { disk: "Inconsistent", replication: "SyncSource", ...work },
      ),
      makeSide(
        name,
        "pay-02",
        "pay-01",
        { disk: "Inconsistent" },
        { role: "Primary", replication: "SyncTarget", ...work },
      ),
    ],
  });
}

const mirrorDevice = (name: string) => `/dev/hawser/${name}`;

/** How a mirror stands: both sides alike, pay-02 getting what it lacks, its node silent, put out of the in-sync set, or silent so
 * that writes wait. */
export type MirrorStanding = "ok" | "resync" | "lost" | "outdated" | "suspended";

/** A volume by Hawser's own driver. */
export function makeMirror(standing: MirrorStanding = "ok", name = "pay_log"): VolumeShown {
  const apart = { connection: "Connecting", role: "Unknown" as const, disk: "DUnknown", replication: "Off" };
  const work = { done: 41, outOfSync: 59 * gib, rate: 84 * 2 ** 20 };
  const alone = { ...apart, outOfSync: 3 * gib };
  const sides: Record<
    MirrorStanding,
    { first?: Partial<VolumePeer>; second?: [Partial<VolumeState>, Partial<VolumePeer>] }
  > = {
    ok: { second: [{}, {}] },
    resync: {
      first: { disk: "Inconsistent", replication: "SyncSource", ...work },
      second: [{ disk: "Inconsistent" }, { replication: "SyncTarget", ...work }],
    },
    lost: { first: alone },
    suspended: { first: apart },
    outdated: { first: alone, second: [{ disk: "Outdated" }, apart] },
  };
  const { first, second } = sides[standing];
  const over = { driver: "mirror" as const, device: mirrorDevice(name), size: 100 * gib };
  return makeVolume(name, {
    volume: {
      name,
      driver: "mirror",
      device: mirrorDevice(name),
      protocol: "C",
      replicas: [makeReplica("pay-01", 0, 7791, "wwn-0x5000c5009"), makeReplica("pay-02", 1, 7791, "wwn-0x5000c5009")],
      options: { net: { "shared-secret": "***" } },
      file: `/etc/hawser/mirror/${name}.json`,
    },
    states: [
      makeSide(name, "pay-01", "pay-02", { ...over, role: "Primary", suspended: standing === "suspended" }, first),
      ...(second
        ? [makeSide(name, "pay-02", "pay-01", { ...over, ...second[0] }, { role: "Primary", ...second[1] })]
        : []),
    ],
    verdict: standing === "ok" ? "ok" : standing === "resync" ? "syncing" : "degraded",
    upToDate: standing === "ok" ? 2 : 1,
    user: "pay-log-fs",
  });
}

/** One side alone had everything twice, and has it now. */
export function makeExposures(volume: string): Exposure[] {
  return [
    { volume, started: ago(14 * 60), bytes: 69 * gib },
    { volume, started: ago(9 * 86_400), ended: ago(9 * 86_400 - 372), bytes: 120 * 2 ** 20 },
  ];
}

/** Both were written since yesterday; pay-01 still is, and is mounted. */
export function makeSplit(): VolumeShown {
  const name = "pay_arch";
  const apart = { connection: "StandAlone", role: "Unknown" as const, disk: "DUnknown", replication: "Off" };
  return makeVolume(name, {
    verdict: "split",
    user: "pay-archive",
    states: [
      makeSide(
        name,
        "pay-01",
        "pay-02",
        {
          role: "Primary",
          split: {
            node: "pay-01",
            since: ago(110_000),
            primary: true,
            wasPrimary: true,
            from: ago(110_000),
            until: ago(7),
            changed: 1.84 * gib,
            mounted: "/srv/archive",
            generation: ["9F3C11AA7750E21B", "51AB02C3D4E5F607"],
          },
        },
        apart,
      ),
      makeSide(
        name,
        "pay-02",
        "pay-01",
        {
          split: {
            node: "pay-02",
            since: ago(110_000),
            primary: false,
            wasPrimary: true,
            from: ago(96_000),
            until: ago(92_000),
            changed: 38.2 * 2 ** 20,
            generation: ["07D2E4C19A8B3F55", "51AB02C3D4E5F607"],
          },
        },
        apart,
      ),
    ],
    findings: [
      { code: "drbd_no_fencing", severity: "critical", object: name, args: { volume: name } },
      { code: "drbd_no_verify", severity: "info", object: name, args: { volume: name } },
    ],
  });
}

/** As the nodes answer: disks whose name ends in beef carry ext4, whatever is below /dev/disk/by-id is there. Lacking is what they do not have. */
export function makeVolumeCheck(wish: Body<"volume.check">, lacking?: "drbd" | "fuse"): VolumeCheck {
  const mirror = wish.driver === "mirror";
  const carriesOf = (disk: string) => (disk.endsWith("beef") ? ["ext4"] : []);
  const fields = list(wish.replicas).flatMap((r, i) =>
    carriesOf(r.disk).length > 0 && list(r.destroy).join() !== "ext4"
      ? [
          {
            path: `replicas[${i}].destroy`,
            reason: "volume.disk_occupied",
            message: "carries something",
            args: { node: r.node, disk: r.disk, carries: "ext4" },
          },
        ]
      : [],
  );
  return {
    volume: {
      name: wish.name,
      driver: wish.driver ?? "drbd",
      device: mirror ? mirrorDevice(wish.name) : `/dev/drbd${wish.minor ?? 3}`,
      protocol: wish.protocol ?? "C",
      replicas: list(wish.replicas).map((r, id) => ({
        node: r.node,
        id,
        disk: r.disk,
        address: r.address ?? `10.8.0.${11 + id}`,
        port: wish.port ?? 7789,
      })),
      options: mirror
        ? { net: { "shared-secret": "***" } }
        : { net: { fencing: "resource-and-stonith", "verify-alg": "crc32c" }, disk: { "on-io-error": "detach" } },
    },
    nodes: list(wish.replicas).map((r) =>
      r.disk === "" || r.disk.startsWith("/dev/disk/by-id/")
        ? {
            node: r.node,
            inspection: {
              node: r.node,
              disk: { device: r.disk, sizeBytes: 500 * gib, inUse: false, carries: carriesOf(r.disk) },
              ...(mirror
                ? {
                    driver: "4.19.90",
                    tools: "1.4.0",
                    checks: [
                      {
                        code: "mirror_fuse",
                        result: lacking === "fuse" ? ("failed" as const) : ("ok" as const),
                        args: { node: r.node },
                      },
                    ],
                  }
                : lacking === "drbd"
                  ? {}
                  : { driver: "9.2.4", tools: "9.22.0" }),
              names: ["pay_data"],
              minors: [0, 1, 2],
              ports: [7788],
            },
          }
        : {
            node: r.node,
            fault: {
              code: "invalid" as const,
              reason: "volume.no_device",
              message: `no ${r.disk}`,
              args: { node: r.node, disk: r.disk },
            },
          },
    ),
    findings:
      wish.protocol === "A"
        ? [
            {
              code: "drbd_protocol",
              severity: "warning",
              object: wish.name,
              args: { volume: wish.name, protocol: "A" },
            },
          ]
        : [],
    ...(fields.length > 0
      ? { refused: { code: "conflict" as const, reason: "fields", message: "carries something", fields } }
      : {}),
  };
}

export function makeReading(): VolumeReading {
  const { volume } = makeVolume("archive");
  return {
    volumes: [{ ...volume, options: { net: { "after-sb-0pri": "discard-younger-primary" } } }],
    findings: [
      {
        code: "drbd_discards",
        severity: "critical",
        object: "archive",
        args: { volume: "archive", option: "after-sb-0pri", value: "discard-younger-primary" },
      },
    ],
  };
}
