import type { ClusterDetail, State } from "../api/types";
import { list } from "../lib/list";

export type LinkMark = "ok" | "partial" | "cut" | "stalled" | "offline" | "unknown";

/** Corosync's number of the link over the disk; those below it are network links. */
export const diskLink = 7;

export interface LinkCell {
  node: string;
  link: number;
  mark: LinkMark;
  address: string | undefined;
  /** Mean of what is known towards the peers, in microseconds. */
  latencyUs: number | undefined;
  /** Peers that do not answer on this link. */
  lost: string[];
}

/** Numbers of the links that are configured, in the order of the nodes' addresses. */
function configuredNumbers(detail: ClusterDetail): number[] {
  const named = list(detail.setup?.links).map((l) => l.number);
  if (named.length > 0) return named;
  const count = Math.max(0, ...list(detail.setup?.nodes).map((n) => list(n.addresses).length));
  return Array.from({ length: count }, (_, i) => i);
}

/** Numbers of the links that the cluster has, the disk last. */
export function linkNumbers(detail: ClusterDetail): number[] {
  const seen = list(detail.state?.links).map((l) => l.link);
  return [...new Set([...configuredNumbers(detail), ...seen])].toSorted((a, b) => a - b);
}

/** The network links alone. */
export function networkNumbers(detail: ClusterDetail): number[] {
  return linkNumbers(detail).filter((n) => n < diskLink);
}

/** Pairs of online nodes that no network connects any longer: the disk alone keeps them in one cluster. */
export function aloneOnDisk(detail: ClusterDetail): { node: string; peer: string }[] {
  const online = new Set(
    list(detail.state?.nodes)
      .filter((n) => n.online)
      .map((n) => n.name),
  );
  const ways = new Map<string, { network: boolean; disk: boolean }>();
  for (const l of list(detail.state?.links)) {
    if (!l.connected || !online.has(l.node) || !online.has(l.peer)) continue;
    const pair = [l.node, l.peer].toSorted().join("/");
    const way = ways.get(pair) ?? { network: false, disk: false };
    if (l.link === diskLink) way.disk = true;
    else way.network = true;
    ways.set(pair, way);
  }
  return [...ways]
    .filter(([, way]) => way.disk && !way.network)
    .map(([pair]) => {
      const [node = "", peer = ""] = pair.split("/");
      return { node, peer };
    });
}

/**
 * How each node stands on each link. A node is cut where it reaches no online peer; a peer that is cut itself
 * is not held against the others.
 */
export function linkCells(detail: ClusterDetail): Map<string, LinkCell> {
  const cells = new Map<string, LinkCell>();
  const state = detail.state;
  const names = list(state?.nodes).map((n) => n.name);
  const numbers = linkNumbers(detail);
  for (const link of numbers) {
    const cut = new Set(names.filter((node) => state && isCut(state, node, link)));
    for (const node of names) cells.set(cellKey(node, link), cell(detail, node, link, cut));
  }
  return cells;
}

export function cellKey(node: string, link: number): string {
  return `${node}/${link}`;
}

function pairs(state: State, node: string, link: number) {
  const online = new Set(
    list(state.nodes)
      .filter((n) => n.online)
      .map((n) => n.name),
  );
  return list(state.links).filter(
    (l) =>
      l.link === link &&
      l.enabled &&
      (l.node === node || l.peer === node) &&
      l.node !== l.peer &&
      online.has(l.node) &&
      online.has(l.peer),
  );
}

function isCut(state: State, node: string, link: number): boolean {
  const mine = pairs(state, node, link);
  if (mine.length === 0 || mine.some((l) => l.connected)) return false;
  // With two nodes both ends look cut, and either may be the cause.
  return true;
}

function cell(detail: ClusterDetail, node: string, link: number, cut: ReadonlySet<string>): LinkCell {
  const state = detail.state;
  const configured = list(list(detail.setup?.nodes).find((n) => n.name === node)?.addresses)[
    configuredNumbers(detail).indexOf(link)
  ];
  const mine = state ? pairs(state, node, link) : [];
  const own = mine.filter((l) => l.node === node);
  const address = own[0]?.address ?? configured;
  const delays = mine.filter((l) => l.connected && l.latencyUs).map((l) => l.latencyUs ?? 0);
  const lost = [...new Set(mine.filter((l) => !l.connected).map((l) => (l.node === node ? l.peer : l.node)))];
  const online = list(state?.nodes).find((n) => n.name === node)?.online ?? false;
  let mark: LinkMark = "ok";
  if (!online) mark = "offline";
  else if (mine.length === 0) mark = "unknown";
  else if (own.some((l) => l.stalled)) mark = "stalled";
  else if (cut.has(node)) mark = "cut";
  else if (lost.some((peer) => !cut.has(peer))) mark = "partial";
  return {
    node,
    link,
    mark,
    address,
    latencyUs: delays.length > 0 ? delays.reduce((a, b) => a + b, 0) / delays.length : undefined,
    lost,
  };
}

/** What the addresses of a link have in common, for example 10.8.0.*. */
export function linkNetwork(detail: ClusterDetail, link: number): string {
  const place = configuredNumbers(detail).indexOf(link);
  const addresses = list(detail.setup?.nodes).flatMap((n) => list(n.addresses)[place] ?? []);
  const first = addresses[0];
  if (!first) return "";
  const separator = first.includes(":") ? ":" : ".";
  const parts = first.split(separator);
  let same = parts.length;
  for (const other of addresses) {
    const theirs = other.split(separator);
    let i = 0;
    while (i < same && theirs[i] === parts[i]) i++;
    same = i;
  }
  return same === parts.length ? first : [...parts.slice(0, same), "*"].join(separator);
}
