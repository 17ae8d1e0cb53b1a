import type { ResourceConfig } from "../../api/types";
import type { IconName } from "../../components/Icon";

export interface Part {
  /** Ends the ID of the resource: <service>-<suffix>. */
  suffix: "fs" | "db" | "app" | "vip";
  /** Empty where the user chooses the agent. */
  agent: string;
  prominent: readonly string[];
  preset?: Readonly<Record<string, string>>;
  /** A parameter that names a place on the service's file system. */
  within?: string;
  /** Told to the agent with the monitor alone. */
  monitor?: Readonly<Record<string, string>>;
}

export interface Template {
  name: "postgresql" | "app" | "app_disk" | "address";
  icon: IconName;
  /** In the order in which they start. */
  parts: readonly Part[];
}

const fileSystem: Part = {
  suffix: "fs",
  agent: "ocf:hawser:Filesystem",
  prominent: ["device", "directory", "fstype", "options"],
  preset: { fstype: "ext4" },
  // Level 20 writes and reads a file: the loss of the disk is noticed, not only that of the mount.
  monitor: { OCF_CHECK_LEVEL: "20" },
};
const address: Part = {
  suffix: "vip",
  agent: "ocf:hawser:IPaddr2",
  prominent: ["ip", "cidr_netmask", "nic"],
  preset: { cidr_netmask: "24" },
};
const application: Part = { suffix: "app", agent: "", prominent: [] };

export const templates: readonly Template[] = [
  {
    name: "postgresql",
    icon: "disk",
    parts: [
      fileSystem,
      {
        suffix: "db",
        agent: "ocf:hawser:pgsql",
        prominent: ["pgdata", "pgdba", "pgport", "config"],
        within: "pgdata",
      },
      address,
    ],
  },
  { name: "app_disk", icon: "group", parts: [fileSystem, application, address] },
  { name: "app", icon: "resource", parts: [application, address] },
  { name: "address", icon: "link", parts: [address] },
];

/** Hawser's agent mounts block devices; the stock one mounts what is none, too: NFS and what several nodes mount at once. */
export function suited(part: ResourceConfig): ResourceConfig {
  const elsewhere = /^(nfs|cifs|smb|efs|glusterfs|ceph|lustre|gfs2|ocfs2|tmpfs|overlay|none$|fuse|zfs)/;
  return part.agent === "ocf:hawser:Filesystem" && elsewhere.test(part.parameters?.fstype ?? "")
    ? { ...part, agent: "ocf:heartbeat:Filesystem" }
    : part;
}

/** A group of the parts, which start in order and stop in reverse; it stays where it is by so much. */
export function groupOf(name: string, parts: readonly ResourceConfig[], stickiness: number): ResourceConfig {
  return {
    id: name,
    kind: "group",
    members: parts.map(suited),
    ...(stickiness > 0 ? { meta: { "resource-stickiness": String(stickiness) } } : {}),
  };
}

/** The agents that count which addresses answer: Hawser's own, and Pacemaker's. */
export const pingAgents = ["ocf:hawser:ping", "ocf:pacemaker:ping"];

/** A clone of ocf:hawser:ping: every node watches whether it reaches the addresses. */
export function pingClone(id: string, addresses: string): ResourceConfig {
  return {
    id,
    kind: "clone",
    members: [
      {
        id: `${id}-probe`,
        kind: "primitive",
        agent: "ocf:hawser:ping",
        // As ha.Ping makes it: each second of these is outage where a node has lost its clients.
        parameters: {
          host_list: addresses,
          multiplier: "1000",
          dampen: "200ms",
          timeout: "1",
          name: "pingd",
        },
        operations: [{ name: "monitor", interval: "2s", timeout: "20s" }],
      },
    ],
  };
}
