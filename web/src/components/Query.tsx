import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { FaultBox, toFault } from "./FaultView";
import { Loading } from "./Loading";

/** The states of a page before it is ready: loading, then error or what it shows. Old data stays while new data fails. */
export function Query<T>({
  query,
  children,
  rows,
}: {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  rows?: number;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <FaultBox fault={toFault(query.error)} onRetry={() => void query.refetch()} />;
  return <Loading {...(rows ? { rows } : {})} />;
}
