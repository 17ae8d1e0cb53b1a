import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Input, Segmented } from "antd";
import { useDeferredValue, useState } from "react";
import { useParams } from "react-router";

import { fetchRoute } from "../../api/client";
import { keys, queries, useCan } from "../../api/queries";
import type { Query as RouteQuery, TimelineEntry } from "../../api/types";
import { Card } from "../../components/Card";
import { Days } from "../../components/Days";
import { Empty } from "../../components/Empty";
import { EventsVerdict } from "../../components/EventsVerdict";
import { FaultBox, toFault } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import { Pick } from "../../components/Pick";
import { isSpan, severities, since, spans, subjects, useFilters } from "../../lib/filters";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { BundleDrawer } from "./BundleDrawer";
import { sourceText, TimelineLine } from "./TimelineLine";
import "./logs.css";

const sources = ["event", "operation", "revision", "decision", "audit"] as const;
const perPage = 100;

/** What happened to a cluster, what people did and what Pacemaker decided, in one list that grows by itself; and log bundles. */
export function Logs() {
  const t = useT();
  const can = useCan();
  const { cluster = "" } = useParams();
  const { search, set, clear } = useFilters();
  const [drawer, setDrawer] = useState(false);
  const { data: detail } = useQuery(queries.cluster(cluster));
  const severity = severities.find((s) => s === search.get("severity"));
  const subject = subjects.find((s) => s === search.get("about"));
  const source = sources.find((s) => s === search.get("from"));
  const node = search.get("node") ?? "";
  const resource = search.get("resource") ?? "";
  const span = search.get("span");
  const text = useDeferredValue(search.get("text") ?? "");
  const actor = useDeferredValue(search.get("actor") ?? "");
  const query: RouteQuery<"timeline.list"> = {
    limit: perPage,
    ...(severity ? { severity } : {}),
    ...(subject ? { kind: `${subject}.*` } : {}),
    ...(source ? { source: [source] } : {}),
    ...(node ? { node } : {}),
    ...(resource ? { resource } : {}),
    ...(text ? { text } : {}),
    ...(actor ? { actor } : {}),
  };
  const lines = useInfiniteQuery({
    queryKey: [...keys.timeline(cluster), query, span ?? ""],
    queryFn: ({ pageParam, signal }) =>
      fetchRoute("timeline.list", {
        path: { cluster },
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
  const all = list(lines.data?.pages).flatMap((p) => list(p.items));
  const silent = list(lines.data?.pages[0]?.silent);
  const filtered = Boolean(severity ?? subject ?? source ?? span) || [node, resource, text, actor].some(Boolean);
  return (
    <div className="page">
      <EventsVerdict cluster={cluster} />
      <div className="tools">
        <Input
          className="timeline-search"
          allowClear
          prefix={<Icon name="search" />}
          placeholder={t("logs.search")}
          aria-label={t("logs.search")}
          maxLength={200}
          value={search.get("text") ?? ""}
          onChange={(ev) => set("text", ev.target.value)}
        />
        <Segmented
          value={severity ?? ""}
          onChange={(value) => set("severity", value)}
          options={[
            { value: "", label: t("common.all") },
            { value: "warning", label: t("events.warnings") },
            { value: "critical", label: t("severity.critical") },
          ]}
        />
        <span className="grow" />
        {can("logs.list") && (
          <Button icon={<Icon name="disk" />} onClick={() => setDrawer(true)}>
            {t("logs.bundles")}
          </Button>
        )}
      </div>
      <div className="tools">
        <Pick
          name={t("logs.from")}
          value={source ?? ""}
          onChange={(value) => set("from", value)}
          options={sources
            .filter((s) => s !== "audit" || can("audit.list"))
            .map((s) => ({ value: s, label: t(sourceText[s]) }))}
        />
        <Pick
          name={t("events.about")}
          value={subject ?? ""}
          onChange={(value) => set("about", value)}
          options={subjects.map((s) => ({ value: s, label: t(`events.about.${s}`) }))}
        />
        <Pick
          name={t("logs.node")}
          value={node}
          onChange={(value) => set("node", value)}
          options={list(detail?.nodes).map((n) => ({ value: n, label: n }))}
        />
        <Pick
          name={t("logs.resource")}
          value={resource}
          onChange={(value) => set("resource", value)}
          options={resourceNames(detail?.config?.resources).map((r) => ({ value: r, label: r }))}
        />
        <Pick
          name={t("events.span")}
          value={isSpan(span) ? span : ""}
          onChange={(value) => set("span", value)}
          options={Object.keys(spans).map((s) => ({ value: s, label: isSpan(s) ? t(`events.span.${s}`) : s }))}
        />
        <Input
          className="actor-filter"
          allowClear
          prefix={<Icon name="user" />}
          placeholder={t("logs.actor")}
          aria-label={t("logs.actor")}
          value={search.get("actor") ?? ""}
          onChange={(ev) => set("actor", ev.target.value)}
        />
        <span className="grow" />
        <span className="t3 xs">{t("logs.live")}</span>
      </div>
      {lines.isLoading && <Loading />}
      {lines.error && !lines.data && <FaultBox fault={toFault(lines.error)} onRetry={() => void lines.refetch()} />}
      {lines.data && (
        <Card label={t("logs.title")} pad>
          {silent.length > 0 && (
            <p className="note-box v-off timeline-note">
              <Icon name="info" />
              <span>{t("logs.silent", { nodes: silent.join(t("common.comma")) })}</span>
            </p>
          )}
          {all.length === 0 && !lines.hasNextPage ? (
            <Empty
              icon="events"
              title={t(filtered ? "events.no_match" : "events.empty")}
              text={t(filtered ? "events.no_match_text" : "events.empty_text")}
              {...(filtered ? { action: <Button onClick={clear}>{t("common.clear_filter")}</Button> } : {})}
            />
          ) : (
            <Days
              items={all}
              line={(entry: TimelineEntry) => <TimelineLine key={entry.id} entry={entry} cluster={cluster} />}
            />
          )}
          {lines.hasNextPage && (
            <Button loading={lines.isFetchingNextPage} onClick={() => void lines.fetchNextPage()}>
              {t("common.older")}
            </Button>
          )}
        </Card>
      )}
      <BundleDrawer cluster={cluster} nodes={list(detail?.nodes)} open={drawer} onClose={() => setDrawer(false)} />
    </div>
  );
}

interface Named {
  id: string;
  members?: Named[] | null;
}

function resourceNames(resources: readonly Named[] | null | undefined): string[] {
  return list(resources).flatMap((r) => [r.id, ...resourceNames(r.members)]);
}
