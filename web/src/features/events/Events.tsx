import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Segmented, Select } from "antd";
import { useParams, useSearchParams } from "react-router";

import { fetchRoute } from "../../api/client";
import { keys, queries } from "../../api/queries";
import type { Event, Query as RouteQuery } from "../../api/types";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { EventLine } from "../../components/EventLine";
import { FaultBox, toFault } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { EventsVerdict } from "./EventsVerdict";
import "./events.css";

const severities = ["info", "warning", "critical"] as const;
const subjects = ["node", "resource", "link", "fence", "quorum", "cluster", "dc"] as const;
const spans = { hour: 3600, day: 86_400, week: 604_800 } as const;
type Span = keyof typeof spans;
const perPage = 100;

function isSpan(value: string | null): value is Span {
  return value !== null && value in spans;
}

function since(span: Span): string {
  return new Date(Date.now() - spans[span] * 1000).toISOString();
}

/** The time line: of one cluster, or of all. New lines appear at the top by themselves. */
export function Events() {
  const t = useT();
  const { cluster } = useParams();
  const [search, setSearch] = useSearchParams();
  const severity = severities.find((s) => s === search.get("severity"));
  const subject = subjects.find((s) => s === search.get("about"));
  const span = search.get("span");
  const only = cluster ?? search.get("cluster") ?? "";
  const { data: clusters } = useQuery({ ...queries.clusters(), enabled: !cluster });
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
  const set = (name: string, value: string | undefined) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
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
        <Select
          aria-label={t("events.about")}
          prefix={<span className="t3">{t("events.about")}</span>}
          value={subject ?? ""}
          popupMatchSelectWidth={false}
          onChange={(value: string) => set("about", value)}
          options={[
            { value: "", label: t("common.all") },
            ...subjects.map((s) => ({ value: s as string, label: t(`events.about.${s}`) })),
          ]}
        />
        <Select
          aria-label={t("events.span")}
          prefix={<span className="t3">{t("events.span")}</span>}
          value={isSpan(span) ? span : ""}
          popupMatchSelectWidth={false}
          onChange={(value: string) => set("span", value)}
          options={[
            { value: "", label: t("common.all") },
            ...Object.keys(spans).map((s) => ({ value: s, label: isSpan(s) ? t(`events.span.${s}`) : s })),
          ]}
        />
        {!cluster && (
          <Select
            aria-label={t("overview.cluster")}
            prefix={<span className="t3">{t("overview.cluster")}</span>}
            value={only}
            showSearch
            popupMatchSelectWidth={false}
            onChange={(value: string) => set("cluster", value)}
            options={[
              { value: "", label: t("common.all") },
              ...list(clusters?.items).map((c) => ({ value: c.name, label: c.label ?? c.name })),
            ]}
          />
        )}
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
              {...(filtered
                ? { action: <Button onClick={() => setSearch({})}>{t("common.clear_filter")}</Button> }
                : {})}
            />
          ) : (
            <Days events={all} cluster={!cluster} />
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

/** Lines under the day on which they happened. */
function Days({ events, cluster }: { events: readonly Event[]; cluster: boolean }) {
  const t = useT();
  const day = new Intl.DateTimeFormat(t.language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "full" });
  const days = new Map<string, Event[]>();
  for (const event of events) {
    const name = new Date(event.at).toDateString();
    days.set(name, [...(days.get(name) ?? []), event]);
  }
  return (
    <div className="days">
      {[...days.values()].map((lines) => (
        <section key={lines[0]?.id}>
          <h3 className="t2">{lines[0] && day.format(new Date(lines[0].at))}</h3>
          <ol className="timeline">
            {lines.map((event) => (
              <EventLine key={event.id} event={event} cluster={cluster} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}
