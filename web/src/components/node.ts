import type { ClusterDetail, Node, NodeState } from "../api/types";
import { list } from "../lib/list";
import type { IconName } from "./Icon";
import type { Tone } from "./tone";

export type NodeKey = "online" | "standby" | "maintenance" | "pending" | "unclean" | "offline" | "shutdown";

type Shown = Pick<NodeState, "online" | "standby" | "maintenance" | "pending" | "unclean" | "shutdown"> | Node;

/** How a node stands, as a tone and the key of its word: node.state.<key>. */
export function nodeLook(node: Shown): { tone: Tone; icon: IconName; key: NodeKey } {
  if (node.unclean) return { tone: "bad", icon: "bad", key: "unclean" };
  if ("pending" in node && node.pending) return { tone: "info", icon: "sync", key: "pending" };
  if ("shutdown" in node && node.shutdown && node.online) return { tone: "warn", icon: "sync", key: "shutdown" };
  if (!node.online) return { tone: "bad", icon: "bad", key: "offline" };
  if (node.maintenance) return { tone: "info", icon: "wrench", key: "maintenance" };
  if (node.standby) return { tone: "warn", icon: "pause", key: "standby" };
  return { tone: "ok", icon: "ok", key: "online" };
}

// Of every node, whatever else it has. Source: Pacemaker Explained 2.1, "Built-in Node Attributes".
const builtIn = ["#uname", "#id", "#kind", "#cluster-name", "#site-name", "#is_dc", "#role"];

/** The names of node attributes that a rule can ask for: those that every node has, and those that some node has now. */
export function nodeAttributes(detail: ClusterDetail): string[] {
  const seen = [
    ...list(detail.state?.nodes).flatMap((n) => Object.keys(n.attributes ?? {})),
    ...list(detail.config?.nodes).flatMap((n) => Object.keys(n.attributes ?? {})),
  ];
  return [...builtIn, ...new Set(seen.toSorted())];
}
