import type { HealthNode, HealthPolicy, HealthReading, HealthRule, KindHealth } from "../../api/types";
import type { Tone } from "../../components/tone";
import { list } from "../../lib/list";

export const kinds = ["cpu", "mem", "disk"] as const;
export type Kind = (typeof kinds)[number];

export const moves = ["off", "prefer", "red", "yellow"] as const;

export const colours = ["green", "yellow", "red"] as const;
export type Colour = (typeof colours)[number];

export const colourTone: Record<Colour, Tone> = { green: "ok", yellow: "warn", red: "bad" };

export function kindOf(node: HealthNode, kind: Kind): KindHealth | undefined {
  return list(node.health?.kinds).find((k) => k.kind === kind);
}

const rank = (colour: Colour | undefined) => colours.indexOf(colour ?? "green");

/** The reading that makes the colour of a kind, or comes nearest to making it worse; what cannot be measured comes last. */
export function mainReading(kind: KindHealth | undefined): HealthReading | undefined {
  const far = (r: HealthReading) => r.percent - (r.red ?? 100);
  return list(kind?.readings)
    .filter((r) => !r.error)
    .toSorted((a, b) => rank(b.colour) - rank(a.colour) || far(b) - far(a))[0];
}

/** Why a kind that colours its node cannot be measured; empty where it can. */
export function blindness(kind: KindHealth | undefined): string {
  if (kind?.off) return "";
  return list(kind?.readings).find((r) => r.error)?.error ?? "";
}

/** What holds for a measure: what the node tells that it goes by, or else its rule. */
export function limitsOf(rule: HealthRule, reading: HealthReading | undefined): { yellow: number; red: number } {
  if (reading?.yellow !== undefined && reading.red !== undefined) return { yellow: reading.yellow, red: reading.red };
  if (reading?.measure === "iowait" && rule.iowait) return rule.iowait;
  return { yellow: rule.yellow, red: rule.red };
}

/** The rule of a kind: the cluster's where node is empty, else the node's own; undefined where it has none. */
export function ruleOf(policy: HealthPolicy, node: string, kind: Kind): HealthRule | undefined {
  if (node === "") return policy[kind];
  return list(policy.nodes).find((n) => n.node === node)?.[kind];
}

/** The policy with another rule; undefined takes a node's own rule away. */
export function withRule(policy: HealthPolicy, node: string, kind: Kind, rule: HealthRule | undefined): HealthPolicy {
  if (node === "") return rule ? { ...policy, [kind]: rule } : policy;
  const before = list(policy.nodes);
  const one = { ...(before.find((n) => n.node === node) ?? { node }) };
  if (rule) one[kind] = rule;
  else delete one[kind];
  const changed = before.some((n) => n.node === node)
    ? before.map((n) => (n.node === node ? one : n))
    : [...before, one];
  return { ...policy, nodes: changed.filter((n) => kinds.some((k) => n[k])) };
}

/** Where a fault's paths of a rule begin, as errorsBelow writes them. */
export function pathOf(policy: HealthPolicy, node: string, kind: Kind): string {
  return node === "" ? kind : `nodes.${list(policy.nodes).findIndex((n) => n.node === node)}.${kind}`;
}

/** Nodes that are not well, worst first. */
export function notWell(nodes: readonly HealthNode[]): HealthNode[] {
  return nodes
    .filter((n) => n.online && n.colour !== "green")
    .toSorted((a, b) => colours.indexOf(b.colour) - colours.indexOf(a.colour));
}
