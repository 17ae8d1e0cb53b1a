import { useInfiniteQuery, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { Button, Segmented, Table } from "antd";
import { Link, useNavigate, useParams } from "react-router";

import { fetchRoute } from "../../api/client";
import { keys, queries } from "../../api/queries";
import type { Alarm, Answer, Query as RouteQuery } from "../../api/types";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { FaultBox, toFault } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Pick } from "../../components/Pick";
import { Query } from "../../components/Query";
import { Ago, isSet } from "../../components/Time";
import { usePhone } from "../../components/usePhone";
import { useFilters } from "../../lib/filters";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { AlarmDrawer } from "./AlarmDrawer";
import { Severity } from "./Severity";
import { byWorst, kindTitle, objectText } from "./words";

const states = ["open", "resolved"] as const;
const severities = ["warning", "critical"] as const;
const perPage = 50;

/** What is open, worst first, and below it what is over, newest first. */
export function AlarmList({ open }: { open: UseQueryResult<Answer<"alarm.list">> }) {
  const t = useT();
  const { view } = useParams();
  const navigate = useNavigate();
  const { search, set, clear } = useFilters();
  const { data: clusters } = useQuery(queries.clusters());
  const state = states.find((s) => s === search.get("state"));
  const severity = severities.find((s) => s === search.get("severity"));
  const cluster = search.get("cluster") ?? "";
  const query: RouteQuery<"alarm.list"> = {
    state: "resolved",
    limit: perPage,
    ...(cluster ? { cluster } : {}),
    ...(severity ? { severity } : {}),
  };
  const over = useInfiniteQuery({
    queryKey: [...keys.alarms(query), "over"],
    queryFn: ({ pageParam, signal }) =>
      fetchRoute("alarm.list", { query: { ...query, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    enabled: state !== "open",
  });
  const ended = list(over.data?.pages).flatMap((p) => list(p.items));
  const fits = (a: Alarm) =>
    (!cluster || a.cluster === cluster) && (!severity || a.severity === "critical" || a.severity === severity);
  const filtered = Boolean(severity ?? (cluster || undefined));
  const show = (alarm: Alarm) => navigate(`/alarms/${alarm.id}?${search.toString()}`);
  const clearAct = <Button onClick={clear}>{t("common.clear_filter")}</Button>;
  return (
    <>
      <div className="tools">
        <Segmented
          aria-label={t("alarms.state")}
          value={state ?? ""}
          onChange={(value) => set("state", value)}
          options={[
            { value: "", label: t("common.all") },
            { value: "open", label: t("alarms.state.open") },
            { value: "resolved", label: t("alarms.state.resolved") },
          ]}
        />
        <Pick
          name={t("alarms.severity")}
          value={severity ?? ""}
          onChange={(value) => set("severity", value)}
          options={[
            { value: "warning", label: t("alarms.severity.warning") },
            { value: "critical", label: t("severity.critical") },
          ]}
        />
        <Pick
          name={t("overview.cluster")}
          value={cluster}
          onChange={(value) => set("cluster", value)}
          options={list(clusters?.items).map((c) => ({ value: c.name, label: c.label ?? c.name }))}
        />
        <span className="grow" />
        <span className="t3 xs">{t("alarms.note")}</span>
      </div>
      {state !== "resolved" && (
        <Query query={open}>
          {(page) => {
            const items = list(page.items).filter(fits).toSorted(byWorst);
            return (
              <Card title={t("alarms.open")} extra={<span className="t3 xs">{items.length}</span>}>
                {items.length > 0 ? (
                  <AlarmTable alarms={items} onShow={show} />
                ) : (
                  <Empty
                    icon="ok"
                    title={t(filtered ? "alarms.no_match" : "alarms.none_open")}
                    text={t(filtered ? "alarms.no_match_text" : "alarms.none_open_text")}
                    {...(filtered ? { action: clearAct } : {})}
                  />
                )}
              </Card>
            );
          }}
        </Query>
      )}
      {state !== "open" && over.error && !over.data && (
        <FaultBox fault={toFault(over.error)} onRetry={() => void over.refetch()} />
      )}
      {state !== "open" && over.data && (ended.length > 0 || state === "resolved") && (
        <Card title={t("alarms.over")} note={t("alarms.over_note")}>
          {ended.length > 0 ? (
            <AlarmTable alarms={ended} onShow={show} />
          ) : (
            <Empty
              icon="bell"
              title={t(filtered ? "alarms.no_match" : "alarms.none_over")}
              text={t(filtered ? "alarms.no_match_text" : "alarms.none_over_text")}
              {...(filtered ? { action: clearAct } : {})}
            />
          )}
          {over.hasNextPage && (
            <div className="pad-around">
              <Button loading={over.isFetchingNextPage} onClick={() => void over.fetchNextPage()}>
                {t("common.older")}
              </Button>
            </div>
          )}
        </Card>
      )}
      <AlarmDrawer
        id={/^\d+$/.test(view ?? "") ? Number(view) : undefined}
        onClose={() => void navigate(`/alarms?${search.toString()}`)}
      />
    </>
  );
}

function AlarmTable({ alarms, onShow }: { alarms: readonly Alarm[]; onShow: (alarm: Alarm) => void }) {
  const t = useT();
  const phone = usePhone();
  const { search } = useFilters();
  const what = (a: Alarm) => (
    <div className="two">
      <Link className="b" to={`/alarms/${a.id}?${search.toString()}`} onClick={(ev) => ev.stopPropagation()}>
        {kindTitle(t, a.kind)}
      </Link>
      <small className="wrap">{t.words(`event.${a.event}`, a.args, a.event)}</small>
    </div>
  );
  if (phone) {
    return (
      <ul className="lines">
        {alarms.map((a) => (
          <li key={a.id}>
            <div className="grow col tight">
              <span className="row wrap">
                <Severity alarm={a} />
                <span className="t3 xs">
                  {a.cluster ?? t("alarms.server")} · <Ago at={a.opened} />
                </span>
              </span>
              {what(a)}
              <Acked alarm={a} />
            </div>
            <Icon name="right" size={14} className="t3" />
          </li>
        ))}
      </ul>
    );
  }
  return (
    <Table<Alarm>
      rowKey="id"
      className="alarm-table"
      dataSource={[...alarms]}
      pagination={false}
      virtual={alarms.length > 200}
      scroll={alarms.length > 200 ? { x: 860, y: 600 } : { x: 860 }}
      rowClassName={(a) => (a.state === "open" && a.severity === "critical" && !a.ack ? "click alert" : "click")}
      onRow={(a) => ({ onClick: () => onShow(a) })}
      columns={[
        { title: t("alarms.severity"), key: "severity", width: 104, render: (_, a) => <Severity alarm={a} /> },
        { title: t("alarms.what"), key: "what", render: (_, a) => what(a) },
        {
          title: t("alarms.where"),
          key: "where",
          width: 160,
          render: (_, a) => (
            <div className="two">
              <span className="wrap">{objectText(a) || t("alarms.whole_cluster")}</span>
              <small>
                {a.cluster ? (
                  <Link to={`/c/${encodeURIComponent(a.cluster)}`} onClick={(ev) => ev.stopPropagation()}>
                    {a.cluster}
                  </Link>
                ) : (
                  t("alarms.server")
                )}
              </small>
            </div>
          ),
        },
        {
          title: t("alarms.count"),
          key: "count",
          width: 60,
          align: "right",
          render: (_, a) => <span className={a.count > 1 ? "b" : "t3"}>{a.count}</span>,
        },
        {
          title: t("alarms.since"),
          key: "since",
          width: 128,
          render: (_, a) => (
            <div className="two">
              <Ago at={a.opened} />
              {a.state === "resolved" && !a.notice && isSet(a.resolved) && (
                <small>
                  {t("alarms.over_since")} <Ago at={a.resolved} />
                </small>
              )}
            </div>
          ),
        },
        { title: t("alarms.acked_by"), key: "ack", width: 150, render: (_, a) => <Acked alarm={a} /> },
      ]}
    />
  );
}

function Acked({ alarm }: { alarm: Alarm }) {
  const t = useT();
  return (
    <div className="two">
      {alarm.ack && (
        <>
          <span className="row tight">
            <Icon name="check" size={14} className="ok" /> {alarm.ack.by}
          </span>
          {alarm.ack.note && <small className="wrap">{alarm.ack.note}</small>}
        </>
      )}
      {!alarm.ack && alarm.state === "open" && !alarm.silenced && <span className="t3">{t("alarms.nobody")}</span>}
      {alarm.silenced && alarm.state === "open" && <small>{t("alarms.silenced")}</small>}
    </div>
  );
}
