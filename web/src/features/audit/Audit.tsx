import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Dropdown, Input, Table } from "antd";
import { useDeferredValue } from "react";
import { useSearchParams } from "react-router";

import { fetchRoute, pathOf } from "../../api/client";
import { keys, useCan } from "../../api/queries";
import type { AuditCheck, AuditEntry } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox, toFault } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import { Ago, At } from "../../components/Time";
import { Verdict } from "../../components/Verdict";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

const perPage = 100;
const hashShown = 12;
const formats = ["jsonl", "csv"] as const;

/** Who did what, from where, with what outcome; each entry seals the one before it. */
export function Audit() {
  const t = useT();
  const [search, setSearch] = useSearchParams();
  const actor = useDeferredValue(search.get("actor") ?? "");
  const query = useInfiniteQuery({
    queryKey: [...keys.audit(), actor],
    queryFn: ({ pageParam, signal }) =>
      fetchRoute("audit.list", {
        query: { limit: perPage, ...(actor ? { actor } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  const can = useCan();
  const check = useQuery({
    queryKey: [...keys.audit(), "verify"],
    queryFn: ({ signal }) => fetchRoute("audit.verify", { signal }),
    enabled: false,
    retry: false,
  });
  const entries = list(query.data?.pages).flatMap((p) => list(p.items));
  return (
    <div className="page">
      {query.data && entries.length > 0 && <AuditVerdict entries={entries} />}
      <div className="tools">
        <Input
          className="name-filter"
          allowClear
          prefix={<Icon name="user" />}
          placeholder={t("audit.actor_filter")}
          aria-label={t("audit.actor_filter")}
          value={search.get("actor") ?? ""}
          onChange={(ev) => setSearch(ev.target.value ? { actor: ev.target.value } : {}, { replace: true })}
        />
        <span className="grow" />
        {can("audit.verify") && (
          <Button icon={<Icon name="shield" />} loading={check.isFetching} onClick={() => void check.refetch()}>
            {t("audit.verify")}
          </Button>
        )}
        {can("audit.export") && (
          <Dropdown
            trigger={["click"]}
            menu={{
              items: formats.map((f) => ({
                key: f,
                label: (
                  <a href={`${pathOf("audit.export")}?format=${f}`} download>
                    {t(`audit.export.${f}`)}
                  </a>
                ),
              })),
            }}
          >
            <Button icon={<Icon name="down" />}>{t("audit.export")}</Button>
          </Dropdown>
        )}
      </div>
      {check.error && !check.isFetching && <FaultBox fault={toFault(check.error)} />}
      {check.data && !check.isFetching && <Proof check={check.data} />}
      {query.isLoading && <Loading />}
      {query.error && !query.data && <FaultBox fault={toFault(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && (
        <Card label={t("audit.title")}>
          <Table<AuditEntry>
            size="small"
            rowKey="id"
            dataSource={entries}
            pagination={false}
            locale={{ emptyText: t("audit.empty") }}
            scroll={{ x: "max-content" }}
            columns={[
              { title: t("audit.at"), key: "at", render: (_, e) => <At at={e.at} /> },
              { title: t("audit.actor"), key: "actor", render: (_, e) => <b>{e.actor || "–"}</b> },
              { title: t("audit.action"), key: "action", render: (_, e) => t.words(`route.${e.action}`) },
              { title: t("audit.object"), key: "object", render: (_, e) => e.object ?? <span className="t3">–</span> },
              {
                title: t("audit.outcome"),
                key: "outcome",
                render: (_, e) => (
                  <span className={e.outcome === "ok" ? "ok row" : "bad row"}>
                    <Icon name={e.outcome === "ok" ? "ok" : "bad"} size={14} />
                    {e.outcome === "ok" ? t("audit.ok") : t.words(`code.${e.outcome}`, {}, e.outcome)}
                  </span>
                ),
              },
              {
                title: t("audit.address"),
                key: "address",
                render: (_, e) => <span className="mono">{e.address}</span>,
              },
              {
                title: t("audit.hash"),
                key: "hash",
                render: (_, e) => (
                  <span className="mono t3" title={e.hash}>
                    {e.hash.slice(0, hashShown)}
                  </span>
                ),
              },
            ]}
          />
        </Card>
      )}
      {query.hasNextPage && (
        <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("common.older")}
        </Button>
      )}
    </div>
  );
}

/** What a walk through the whole log has found. */
function Proof({ check }: { check: AuditCheck }) {
  const t = useT();
  if (check.broken) {
    return (
      <Verdict
        tone="bad"
        head={t("audit.proof.broken")}
        sentence={t.words(`audit.broken.${check.broken.reason}`, { entry: String(check.broken.entry) })}
        detail={t("audit.proof.broken_do")}
      />
    );
  }
  return (
    <Verdict
      tone="ok"
      icon="shield"
      head={t("audit.proof.holds")}
      sentence={t("audit.proof.entries", { count: check.head.entries })}
      detail={
        <>
          {t("audit.proof.newest")} <span className="mono">{check.head.hash.slice(0, 16)}</span>
          {check.since > 1 && <> · {t("audit.proof.since", { entry: check.since })}</>}
        </>
      }
    />
  );
}

/** What was refused or failed among what is shown, the newest by name. */
function AuditVerdict({ entries }: { entries: readonly AuditEntry[] }) {
  const t = useT();
  const failed = entries.filter((e) => e.outcome !== "ok");
  const newest = failed[0];
  if (!newest)
    return <Verdict tone="ok" head={t("audit.head.ok")} sentence={t("audit.ok_text", { count: entries.length })} />;
  return (
    <Verdict
      tone="warn"
      head={t("audit.head.refused", { count: failed.length })}
      sentence={t("audit.newest", { actor: newest.actor || "–", action: t.words(`route.${newest.action}`) })}
      detail={
        <>
          <Ago at={newest.at} /> · {t.words(`code.${newest.outcome}`, {}, newest.outcome)}
        </>
      }
    />
  );
}
