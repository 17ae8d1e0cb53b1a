import type { Constraint, Scenario } from "../api/types";
import { freeID, nodeOrder } from "./constraints";

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

/** Whether a constraint was made by a move or a ban of that resource, by whatever tool: what "clear" removes. */
export function byMove(c: Constraint, resource: string): boolean {
  if (c.kind !== "location" || c.resource !== resource) return false;
  const { id } = c;
  return (
    ["hawser-move-", "cli-prefer-", "cli-standby-"].some((prefix) => id === prefix + resource) ||
    ["hawser-ban-", "cli-ban-"].some((prefix) => id.startsWith(`${prefix}${resource}-on-`))
  );
}

/** A resource's order of nodes as it is now; whether it may run on no other. */
export function orderOf(
  constraints: readonly Constraint[],
  resource: string,
  all: readonly string[],
): { nodes: string[]; only: boolean } {
  const lasting = constraints.filter((c) => !byMove(c, resource));
  const places = placements(lasting, resource);
  const nodes = [...places].filter(([, place]) => place?.kind !== "banned").map(([node]) => node);
  const others = all.filter((n) => !nodes.includes(n));
  return {
    nodes,
    only: nodes.length > 0 && others.length > 0 && others.every((n) => places.get(n)?.kind === "banned"),
  };
}

/** The change that a new order of nodes is, as the scheduler is asked about it. */
export function orderScenario(
  constraints: readonly Constraint[],
  resource: string,
  all: readonly string[],
  order: { nodes: readonly string[]; only: boolean },
): Scenario {
  const old = constraints.filter(
    (c) =>
      c.kind === "location" && c.resource === resource && c.node && !c.role && !c.discovery && !byMove(c, resource),
  );
  const taken = constraints.map((c) => c.id);
  const fresh = [
    ...nodeOrder(resource, order.nodes, taken),
    ...(order.only ? all.filter((n) => !order.nodes.includes(n)) : []).map((node) => ({
      id: freeID([resource, "not-on", node], taken),
      kind: "location" as const,
      resource,
      node,
      score: "-INFINITY",
    })),
  ];
  return {
    edits: [
      ...old.map((c) => ({ op: "constraint.delete", id: c.id })),
      ...fresh.map((constraint) => ({ op: "constraint.create", id: constraint.id, constraint })),
    ],
  };
}
