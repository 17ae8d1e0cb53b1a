import type { Constraint } from "../api/types";

/**
 * The node that would take a resource back after a move to another: one that can run it and that location constraints
 * prefer by more than the resource's stickiness holds it.
 */
export function pullsBack(
  constraints: readonly Constraint[],
  resource: string,
  target: string,
  able: readonly string[],
  stickiness: number,
): string | undefined {
  const score = (node: string) =>
    constraints
      .filter((c) => c.kind === "location" && c.resource === resource && c.node === node)
      .reduce((sum, c) => sum + scoreOf(c.score), 0);
  const best = able.filter((n) => n !== target).toSorted((a, b) => score(b) - score(a))[0];
  return best !== undefined && score(best) > score(target) + stickiness ? best : undefined;
}

/** How a node stands in a resource's order of nodes. */
export type Place = { kind: "main" } | { kind: "spare"; rank: number } | { kind: "banned" } | undefined;

export function scoreOf(score: string | undefined): number {
  if (!score) return 0;
  if (/^\+?INFINITY$/i.test(score)) return Infinity;
  if (/^-INFINITY$/i.test(score)) return -Infinity;
  return Number(score) || 0;
}

/** The order of nodes that location constraints give a resource: the first is the main node, the others stand by in turn. */
export function placements(constraints: readonly Constraint[], resource: string): Map<string, Place> {
  const own = constraints.filter((c) => c.kind === "location" && c.resource === resource && c.node);
  const places = new Map<string, Place>();
  for (const c of own) if (c.node && scoreOf(c.score) === -Infinity) places.set(c.node, { kind: "banned" });
  own
    .filter((c) => scoreOf(c.score) > 0)
    .toSorted((a, b) => scoreOf(b.score) - scoreOf(a.score))
    .forEach((c, rank) => {
      if (c.node && !places.has(c.node)) places.set(c.node, rank === 0 ? { kind: "main" } : { kind: "spare", rank });
    });
  return places;
}
