import { useQuery } from "@tanstack/react-query";

import { queries } from "../../api/queries";
import type { Operation } from "../../api/types";
import { isSet, useNow } from "../../components/Time";
import { operationDone } from "../../components/operation";
import { list } from "../../lib/list";

// How long the outcome of an operation stays beside what it was about.
const lingerMS = 60_000;

/** The newest operation about a volume that runs, or has just ended; it is there again after a reload. */
export function useVolumeOperation(cluster: string, volume: string | undefined): Operation | undefined {
  const now = useNow();
  const all = useQuery(queries.operations());
  const newest = list(all.data?.items)
    .filter((o) => o.cluster === cluster && o.object === volume && o.kind.startsWith("volume."))
    .toSorted((a, b) => Date.parse(b.started) - Date.parse(a.started))[0];
  const { data } = useQuery({ ...queries.operation(newest?.id ?? ""), enabled: newest !== undefined });
  const operation = data ?? newest;
  if (!operation) return undefined;
  const over = operationDone(operation) && isSet(operation.ended) && now - Date.parse(operation.ended) > lingerMS;
  return over ? undefined : operation;
}
