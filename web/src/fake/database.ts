// What a server says about a database that is to be set up.
import type { Body, DatabaseCheck } from "../api/types";
import { list } from "../lib/list";
import { makeVolumeCheck } from "./volumes";

/** As the nodes answer: disks that end in beef carry ext4, the address 10.8.20.99 is taken. */
export function makeDatabaseCheck(wish: Body<"service.check">): DatabaseCheck {
  const sides = list(wish.sides);
  const volume = makeVolumeCheck({
    name: `${wish.name}-data`,
    driver: wish.driver ?? "drbd",
    protocol: wish.protocol ?? "C",
    replicas: [...sides],
  });
  const taken = wish.address.startsWith("10.8.20.99/");
  const fields = [
    ...list(volume.refused?.fields).map((f) => ({ ...f, path: f.path.replace("replicas", "sides") })),
    ...(taken
      ? [
          {
            path: "address",
            reason: "check.address_free.failed",
            message: "address_free",
            args: { address: wish.address, how: "ARP", node: "pay-01" },
          },
        ]
      : []),
  ];
  return {
    ok: fields.length === 0,
    database: { volume: `${wish.name}-data`, driver: "drbd", protocol: "C", threshold: 2, forget: "10min", ...wish },
    checks: [
      { code: "fencing", result: "ok", field: "" },
      {
        code: "certificate_authority",
        result: "ok",
        field: "caKey",
        args: { path: "/etc/kaiwudb/certs/ca.key", node: "pay-01" },
      },
      ...sides.flatMap((s, i): NonNullable<DatabaseCheck["checks"]> => [
        {
          code: "device_name",
          result: "warning",
          field: `sides[${i}].disk`,
          node: s.node,
          args: { device: s.disk, better: "/dev/disk/by-id/x" },
        },
        {
          code: "address_free",
          result: taken ? "failed" : "ok",
          field: "address",
          node: s.node,
          args: { address: wish.address, how: "ARP" },
        },
      ]),
    ],
    nodes: sides.map((s) => ({ node: s.node })),
    volume,
    device: volume.volume.device,
    certificates: "make",
    source: "pay-01",
    changes: 3,
    resources: [
      {
        id: wish.name,
        kind: "group",
        members: [
          {
            id: `${wish.name}-fs`,
            kind: "primitive",
            agent: "ocf:heartbeat:Filesystem",
            parameters: { device: volume.volume.device, directory: wish.directory, fstype: wish.fileSystem ?? "ext4" },
          },
          {
            id: `${wish.name}-db`,
            kind: "primitive",
            agent: "ocf:hawser:kwdb",
            parameters: { datadir: wish.directory, ...wish.parameters },
          },
          {
            id: `${wish.name}-ip`,
            kind: "primitive",
            agent: "ocf:heartbeat:IPaddr2",
            parameters: { ip: wish.address.split("/")[0] ?? "", cidr_netmask: wish.address.split("/")[1] ?? "" },
          },
        ],
      },
    ],
    ...(fields.length > 0
      ? { refused: { code: "conflict" as const, reason: "fields", message: "checks failed", fields } }
      : {}),
  };
}
