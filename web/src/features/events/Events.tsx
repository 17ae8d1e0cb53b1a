import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";

import { fetchRoute } from "../../api/client";
import { keys, queries } from "../../api/queries";
import type { Query as RouteQuery } from "../../api/types";
import { Card } from "../../components/Card";
import { Days } from "../../components/Days";
import { Empty } from "../../components/Empty";
import { EventLine } from "../../components/EventLine";
import { EventsVerdict } from "../../components/EventsVerdict";
import { FaultBox, toFault } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import { Pick } from "../../components/Pick";
import { isSpan, severities, since, spans, subjects, useFilters } from "../../lib/filters";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

const perPage = 100;

/** The events of all clusters. New lines appear at the top by themselves. */
export function Events() {
  const t = useT();
  const { search, set, clear } = useFilters();
  const severity = severities.find((s) => s === search.get("severity"));
  const subject = subjects.find((s) => s === search.get("about"));
  const span = search.get("span");
  const only = search.get("cluster") ?? "";
  const { data: clusters } = useQuery(queries.clusters());
  const query: RouteQuery<"event.list"> = {
    limit: perPage,
    ...(only ? { cluster: only } : {}),
    ...(severity ? { severity } : {}),
    ...(subject ? { kind: `${subject}.*` } : {}),
  };
  const events = useInfiniteQuery({
    queryKey: [...keys.events(query), span ?? ""],
    queryFn: ({ pageParam, signal }) =>
      fetchRoute("event.list", {
        // The span is counted from now at every question, not from when the page was opened.
        query: {
          ...query,
          ...(pageParam ? { cursor: pageParam } : {}),
          ...(isSpan(span) ? { since: since(span) } : {}),
        },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  const all = list(events.data?.pages).flatMap((p) => list(p.items));
  const filtered = Boolean(severity ?? subject ?? span);
  return (
    <div className="page">
      <EventsVerdict cluster={only} />
      <div className="tools">
        <Segmented
          value={severity ?? ""}
          onChange={(value) => set("severity", value)}
          options={[
            { value: "", label: t("common.all") },
            {
              value: "warning",
              label: (
                <>
                  <Icon name="warn" className="warn" /> {t("events.warnings")}
                </>
              ),
            },
            {
              value: "critical",
              label: (
                <>
                  <Icon name="bad" className="bad" /> {t("severity.critical")}
                </>
              ),
            },
          ]}
        />
        <Pick
          name={t("events.about")}
          value={subject ?? ""}
          onChange={(value) => set("about", value)}
          options={subjects.map((s) => ({ value: s, label: t(`events.about.${s}`) }))}
        />
        <Pick
          name={t("events.span")}
          value={isSpan(span) ? span : ""}
          onChange={(value) => set("span", value)}
          options={Object.keys(spans).map((s) => ({ value: s, label: isSpan(s) ? t(`events.span.${s}`) : s }))}
        />
        <Pick
          name={t("overview.cluster")}
          value={only}
          onChange={(value) => set("cluster", value)}
          options={list(clusters?.items).map((c) => ({ value: c.name, label: c.label ?? c.name }))}
        />
        <span className="grow" />
        <span className="t3 xs">{t("events.note")}</span>
      </div>
      {events.isLoading && <Loading />}
      {events.error && !events.data && <FaultBox fault={toFault(events.error)} onRetry={() => void events.refetch()} />}
      {events.data && (
        <Card label={t("events.title")} pad>
          {all.length === 0 ? (
            <Empty
              icon="events"
              title={t(filtered ? "events.no_match" : "events.empty")}
              text={t(filtered ? "events.no_match_text" : "events.empty_text")}
              {...(filtered ? { action: <Button onClick={clear}>{t("common.clear_filter")}</Button> } : {})}
            />
          ) : (
            <Days items={all} line={(event) => <EventLine key={event.id} event={event} cluster />} />
          )}
          {events.hasNextPage && (
            <Button loading={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
              {t("common.older")}
            </Button>
          )}
        </Card>
      )}
    </div>
  );
}
