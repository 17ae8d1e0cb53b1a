import type { Constraint } from "../api/types";

/** An ID that nobody has: the parts joined, with a number where that is taken. */
export function freeID(parts: readonly string[], taken: readonly string[]): string {
  const base = parts
    .join("-")
    .replaceAll(/[^\w.-]/g, "-")
    .replace(/^([^a-z_])/i, "c-$1");
  let id = base;
  for (let n = 2; taken.includes(id); n++) id = `${base}-${n}`;
  return id;
}

/** The rule that keeps a resource away from nodes whose ping attribute is missing or 0. */
export function pingRule(resource: string, taken: readonly string[]): Constraint {
  return {
    id: freeID([resource, "needs-ping"], taken),
    kind: "location",
    resource,
    rule: {
      score: "-INFINITY",
      bool: "or",
      expressions: [
        { attribute: "pingd", operation: "not_defined" },
        { attribute: "pingd", operation: "lt", value: "1", type: "number" },
      ],
    },
  };
}

/** An order of nodes as location constraints: main node first, then those that stand by in turn. */
export function nodeOrder(resource: string, nodes: readonly string[], taken: readonly string[]): Constraint[] {
  return nodes.map((node, i) => ({
    id: freeID([resource, "on", node], taken),
    kind: "location",
    resource,
    node,
    score: String((nodes.length - i) * 100),
  }));
}
