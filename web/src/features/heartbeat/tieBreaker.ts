import type { ClusterDetail } from "../../api/types";
import { list } from "../../lib/list";

/** The side that wins where all else is equal: lowest, highest, or the node whose ID the configuration gives. */
export function tieBreakerName(detail: ClusterDetail, value: string | undefined): string {
  return list(detail.setup?.nodes).find((n) => String(n.id) === value)?.name ?? (value || "lowest");
}
