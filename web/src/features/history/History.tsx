import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { useParams, useSearchParams } from "react-router";

import { fetchRoute } from "../../api/client";
import { keys, useCan } from "../../api/queries";
import type { Revision } from "../../api/types";
import { useConfirm } from "../../components/Confirm";
import { Differences } from "../../components/Differences";
import { Empty } from "../../components/Empty";
import { FaultBox, toFault } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import { Pill } from "../../components/Pill";
import { Ago, At } from "../../components/Time";
import { useAct } from "../../components/Tracker";
import { Verdict } from "../../components/Verdict";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { AsFile } from "./AsFile";
import { Compare } from "./Compare";
import "./history.css";

const perPage = 50;

/** Every change of a cluster: who, when, what differed; each can be taken back. */
export function History() {
  const t = useT();
  const { cluster = "" } = useParams();
  const [search, setSearch] = useSearchParams();
  const can = useCan();
  const outside = search.get("origin") === "outside";
  const asFile = search.has("file");
  const query = useInfiniteQuery({
    queryKey: keys.revisions(cluster),
    queryFn: ({ pageParam, signal }) =>
      fetchRoute("revision.list", {
        path: { cluster },
        query: { limit: perPage, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  const all = list(query.data?.pages).flatMap((p) => list(p.items));
  const shown = outside ? all.filter((r) => r.origin === "outside") : all;
  const [newest] = all;
  const from = Number(search.get("from")) || undefined;
  const compare = (a: number, b: number) => setSearch({ from: String(a), to: String(b) }, { replace: true });
  return (
    <div className="page">
      {query.isLoading && <Loading />}
      {query.error && !query.data && <FaultBox fault={toFault(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && (
        <>
          <HistoryVerdict newest={all[0]} />
          <div className="tools">
            <Segmented
              value={outside ? "outside" : ""}
              onChange={(value) => setSearch(value ? { origin: value } : {}, { replace: true })}
              options={[
                { value: "", label: t("common.all") },
                { value: "outside", label: t("history.outside") },
              ]}
            />
            <span className="grow" />
            {can("config.export") && !asFile && (
              <Button icon={<Icon name="audit" />} onClick={() => setSearch({ file: "1" }, { replace: true })}>
                {t("file.act")}
              </Button>
            )}
            {newest && !from && (
              <Button icon={<Icon name="half" />} onClick={() => compare((all[1] ?? newest).number, 0)}>
                {t("history.compare_act")}
              </Button>
            )}
          </div>
          {asFile && <AsFile cluster={cluster} onClose={() => setSearch({}, { replace: true })} />}
          {from && (
            <Compare
              cluster={cluster}
              revisions={all}
              from={from}
              to={Number(search.get("to")) || 0}
              onChange={compare}
              onClose={() => setSearch({}, { replace: true })}
            />
          )}
          <section className="card">
            {shown.length === 0 ? (
              <Empty
                icon="history"
                title={t("history.empty")}
                text={t(outside ? "history.empty_outside" : "history.empty_text")}
              />
            ) : (
              <ol className="revisions">
                {shown.map((r) => (
                  <RevisionLine key={r.number} cluster={cluster} revision={r} />
                ))}
              </ol>
            )}
          </section>
          {query.hasNextPage && (
            <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t("common.older")}
            </Button>
          )}
        </>
      )}
    </div>
  );
}

function HistoryVerdict({ newest }: { newest: Revision | undefined }) {
  const t = useT();
  if (!newest) return null;
  const from = newest.origin === "outside";
  return (
    <Verdict
      tone={newest.state === "failed" ? "bad" : from ? "warn" : "ok"}
      icon={from ? "warn" : "history"}
      head={t("history.head", { number: newest.number })}
      sentence={t(from ? "history.by_outside" : "history.by", { author: newest.author })}
      detail={<Ago at={newest.at} />}
    />
  );
}

function RevisionLine({ cluster, revision: r }: { cluster: string; revision: Revision }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const [open, setOpen] = useState(false);
  const differences = list(r.differences);
  const action = r.action === "outside" ? t("history.changed_outside") : t.words(`route.${r.action}`);
  const revert = () =>
    ask({
      title: t("history.revert_title", { number: r.number }),
      consequence: (
        <div className="col tight">
          <p className="b">{t("history.revert_consequence")}</p>
          <Differences differences={differences} back />
          <p className="t2">{t("history.revert_undo")}</p>
        </div>
      ),
      act: t("history.revert_act", { number: r.number }),
      run: () => act("revision.revert", { path: { cluster, revision: r.number } }),
    });
  return (
    <li className={r.origin === "outside" ? "outside" : undefined}>
      <div className="revision-head">
        <Button
          type="text"
          size="small"
          aria-expanded={open}
          aria-label={t("history.differences_of", { number: r.number })}
          disabled={differences.length === 0}
          icon={<Icon name={open ? "down" : "right"} size={14} />}
          onClick={() => setOpen(!open)}
        />
        <b className="number">#{r.number}</b>
        <div className="two grow">
          <span>
            {action} {r.object && <b>{r.object}</b>}
            {r.reverts ? <span className="t2"> {t("history.reverts", { number: r.reverts })}</span> : null}
          </span>
          <small>
            {r.author} · <At at={r.at} />
          </small>
        </div>
        <span className="t3 xs">{t("history.differences", { count: differences.length })}</span>
        {r.origin === "outside" && (
          <Pill tone="warn" icon="globe">
            {t("history.outside")}
          </Pill>
        )}
        <Pill
          tone={r.state === "applied" ? "ok" : r.state === "failed" ? "bad" : "info"}
          icon={r.state === "pending" ? "sync" : r.state === "applied" ? "ok" : "bad"}
        >
          {t(`history.${r.state}`)}
        </Pill>
        <Button
          size="small"
          icon={<Icon name="undo" size={14} />}
          disabled={!r.revertible || !can("revision.revert")}
          title={r.revertible ? undefined : t("history.not_revertible")}
          onClick={revert}
        >
          {t("history.revert")}
        </Button>
      </div>
      {r.fault && <FaultBox fault={r.fault} compact />}
      {open && <Differences differences={differences} />}
    </li>
  );
}
