// What is filled in for the sides of a volume, wherever one is made.
import type { Body, ClusterDetail, Host, VolumeCheck } from "../api/types";
import type { MessageKey, Translate } from "../lib/i18n";
import { list } from "../lib/list";
import { addressChoices, networkOf } from "./addresses";

/** What has been filled in for one side. */
export interface SideDraft {
  node: string;
  disk: string;
  /** Empty: that of the first heartbeat link. */
  address: string;
}

/** Two nodes, with their addresses in the network that heartbeat leans on least: the last link that both have. */
export function firstSides(detail: ClusterDetail): SideDraft[] {
  const nodes = list(detail.setup?.nodes).slice(0, 2);
  const links = Math.min(...nodes.map((n) => list(n.addresses).length));
  const own = list(detail.setup?.links).filter((l) => l.kind !== "disk").length;
  const last = Math.min(links, own || links) - 1;
  return nodes.map((n) => ({ node: n.name, disk: "", address: (last > 0 && list(n.addresses)[last]) || "" }));
}

/** Contents as they are named and typed. */
export function named(carries: readonly string[] | null | undefined): string {
  return list(carries).join(",");
}

/** Sides as the server is told of them: with what is to be destroyed only where it was typed as it was told. */
export function replicasOf(
  sides: readonly SideDraft[],
  typed: Readonly<Record<string, string>>,
  nodes: VolumeCheck["nodes"] | undefined,
) {
  return sides.map((s) => {
    const there = list(list(nodes).find((n) => n.node === s.node)?.inspection?.disk.carries);
    const agreed = there.length > 0 && (typed[s.node] ?? "").trim() === named(there);
    return {
      node: s.node,
      disk: s.disk.trim(),
      ...(s.address ? { address: s.address } : {}),
      ...(agreed ? { destroy: [...there] } : {}),
    };
  });
}

/** What the nodes are asked before a disk is chosen: whether they have DRBD. */
export function bareWish(sides: readonly SideDraft[]): Body<"volume.check"> {
  return { name: "", replicas: sides.map((s) => ({ node: s.node, disk: "" })) };
}

/** The nodes whose kernels have no DRBD. */
export function withoutDrbd(check: VolumeCheck | undefined): string[] {
  return list(check?.nodes).flatMap((n) => (n.inspection && !n.inspection.driver ? [n.node] : []));
}

/** Whether each side has the path of a device. */
export function haveDisks(sides: readonly SideDraft[]): boolean {
  return sides.every((s) => /^\/dev\/\S+$/.test(s.disk.trim()));
}

const sideFields: Readonly<Record<string, MessageKey>> = {
  node: "nodes.node",
  disk: "replication.place.disk",
  address: "replication.place.address",
  port: "replication.place.port",
  destroy: "replication.field.contents",
};

/** What a field of a side is called, by its path in a fault: replicas[0].disk is the disk of the first side's node. */
export function sideFieldName(t: Translate, sides: readonly SideDraft[], path: string): string | undefined {
  const [, number, field = ""] = /^(?:replicas|sides)\[(\d+)\]\.(\w+)/.exec(path) ?? [];
  const node = number === undefined ? undefined : sides[Number(number)]?.node;
  const key = sideFields[field];
  return node && key && t("replication.field.side", { node, field: t(key) });
}

/** Addresses that a side may have, with their network. */
export function addressesOf(host: Host | undefined): { address: string; text: string }[] {
  return host
    ? addressChoices(host).map((c) => ({ address: c.address, text: `${c.address} · ${c.interface} · ${c.network}` }))
    : [];
}

/** Whether two chosen addresses are in two networks, as far as the hosts tell. */
export function networksDiffer(sides: readonly SideDraft[], hosts: readonly Host[]): boolean {
  const networks = sides.flatMap((s) => {
    const cidr = list(hosts.find((h) => h.name === s.node)?.facts.interfaces)
      .flatMap((i) => list(i.addresses))
      .find((a) => a.split("/")[0] === s.address);
    return cidr ? [networkOf(cidr)] : [];
  });
  return new Set(networks).size > 1;
}
