import type { Cluster, Level } from "../../api/types";
import { levels } from "../../components/level";

export const sorts = ["severity", "name", "failover", "nodes"] as const;
export type Sort = (typeof sorts)[number];

export interface Wanted {
  level: Level | undefined;
  text: string;
  sort: Sort;
}

export function readWanted(search: URLSearchParams): Wanted {
  return {
    level: levels.find((l) => l === search.get("level")),
    text: search.get("q") ?? "",
    sort: sorts.find((s) => s === search.get("sort")) ?? "severity",
  };
}

const by: Record<Sort, (a: Cluster, b: Cluster) => number> = {
  severity: (a, b) => levels.indexOf(a.verdict.level) - levels.indexOf(b.verdict.level) || b.failed - a.failed,
  name: () => 0,
  failover: (a, b) => (b.lastFailover?.at ?? "").localeCompare(a.lastFailover?.at ?? ""),
  nodes: (a, b) => (b.nodes?.length ?? 0) - (a.nodes?.length ?? 0),
};

/** The clusters that were asked for, in the order that was asked for; ties by name, so that rows do not jump. */
export function choose(all: readonly Cluster[], wanted: Wanted): Cluster[] {
  const text = wanted.text.trim().toLowerCase();
  return all
    .filter((c) => !wanted.level || c.verdict.level === wanted.level)
    .filter((c) => !text || [c.name, c.label, ...(c.nodes ?? [])].some((s) => s?.toLowerCase().includes(text)))
    .toSorted((a, b) => by[wanted.sort](a, b) || a.name.localeCompare(b.name));
}
