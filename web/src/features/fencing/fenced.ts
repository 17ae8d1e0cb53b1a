import type { Fencing, NodeFencing } from "../../api/types";

/** Something would fence this node: a whole way of devices, or its own watchdog, which a remote node is not under. */
export function fenced(node: NodeFencing, fencing: Fencing): boolean {
  return node.covered || (fencing.watchdog && !node.remote);
}
