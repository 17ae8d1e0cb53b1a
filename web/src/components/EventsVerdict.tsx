import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { fetchRoute } from "../api/client";
import { keys } from "../api/queries";
import type { Query as RouteQuery } from "../api/types";
import { Ago } from "./Time";
import { Verdict } from "./Verdict";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";

const dayMS = 86_400_000;

/** The newest event of a day that is at least so severe. */
function newest(cluster: string, severity: "warning" | "critical") {
  const query: RouteQuery<"event.list"> = { limit: 1, severity, ...(cluster ? { cluster } : {}) };
  return queryOptions({
    queryKey: [...keys.events(query), "day"],
    queryFn: ({ signal }) =>
      fetchRoute("event.list", { query: { ...query, since: new Date(Date.now() - dayMS).toISOString() }, signal }),
  });
}

/** Whether anything happened lately that somebody should know of: the worst of a day, before the whole time line. */
export function EventsVerdict({ cluster }: { cluster: string }) {
  const t = useT();
  const critical = useQuery(newest(cluster, "critical"));
  const warning = useQuery(newest(cluster, "warning"));
  if (!critical.data || !warning.data) return null;
  const event = list(critical.data.items)[0] ?? list(warning.data.items)[0];
  if (!event) return <Verdict tone="ok" head={t("events.head.quiet")} sentence={t("events.quiet")} />;
  const serious = event.severity === "critical";
  return (
    <Verdict
      tone={serious ? "bad" : "warn"}
      head={t(serious ? "events.head.critical" : "events.head.warning")}
      sentence={t.words(`event.${event.kind}`, event.args)}
      detail={
        <>
          <Ago at={event.at} />
          {!cluster && event.cluster && (
            <>
              {" · "}
              <Link to={`/c/${encodeURIComponent(event.cluster)}`}>{event.cluster}</Link>
            </>
          )}
        </>
      }
    />
  );
}
