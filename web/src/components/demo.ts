import type { ClusterDetail, NodeState } from "../api/types";
import { list } from "../lib/list";

/** Whether the demo's client writes to an address that one of the cluster's resources carries. */
export function servesDemo(detail: ClusterDetail, target: string | undefined): boolean {
  return serving(detail, target) !== undefined;
}

/** The node on which the resource with that address runs, where one does. */
export function servingNode(detail: ClusterDetail, target: string | undefined): NodeState | undefined {
  const id = serving(detail, target);
  const running = list(detail.state?.resources)
    .flatMap((r) => [r, ...list(r.members)])
    .find((r) => r.id === id);
  return list(detail.state?.nodes).find((n) => n.name === list(running?.nodes)[0]);
}

function serving(detail: ClusterDetail, target: string | undefined): string | undefined {
  const address = target?.replace(/:\d+$/, "");
  if (!address) return undefined;
  return list(detail.config?.resources)
    .flatMap((r) => [r, ...list(r.members)])
    .find((r) => Object.values(r.parameters ?? {}).includes(address))?.id;
}
