import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Fragment, type ReactNode, useState } from "react";
import { useNavigate } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { DatabaseCheck, Fault } from "../../api/types";
import { Card } from "../../components/Card";
import { CheckList } from "../../components/CheckList";
import { DiskContents } from "../../components/DiskContents";
import { DriverName } from "../../components/DriverName";
import { FaultBox, FaultSentence } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { WizardFoot } from "../../components/WizardFoot";
import { gap, type Translate, useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { type DatabaseDraft, databaseOf, fieldName } from "./draft";

/** What every node says, what would be made, and with what it would be refused; then all of it is one operation. */
export function DatabaseReview({
  cluster,
  draft,
  onChange,
  onBack,
}: {
  cluster: string;
  draft: DatabaseDraft;
  onChange: (draft: DatabaseDraft) => void;
  onBack: () => void;
}) {
  const t = useT();
  const can = useCan();
  const act = useAct();
  const navigate = useNavigate();
  // What is on the disks is known only once it was asked: the first question says what may be destroyed by the second.
  const look = useQuery(queries.databaseCheck(cluster, databaseOf({ ...draft, typed: {} })));
  const wish = databaseOf(draft, look.data);
  const check = useQuery({ ...queries.databaseCheck(cluster, wish), placeholderData: keepPreviousData });
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const destroys = wish.sides?.some((s) => list(s.destroy).length > 0) ?? false;
  const why = !can("service.database")
    ? t("replication.no_permission")
    : !check.data || check.isPlaceholderData
      ? t("replication.review.checking")
      : check.data.refused
        ? t("replication.review.refused")
        : check.data.changes === 0
          ? t("kwdb.so_already")
          : "";
  const nameOf = (path: string) => fieldName(t, draft, path);
  const create = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await act("service.database", { path: { cluster }, body: wish });
    setBusy(false);
    if (result.ok) await navigate(`?operation=${encodeURIComponent(result.data.id)}`, { replace: true });
    else setFault(result.fault);
  };
  return (
    <>
      <Query query={check} rows={6}>
        {(found) => (
          <div className="col">
            <Outcome found={found} onAgain={() => void check.refetch()} busy={check.isFetching} />
            {list(found.volume?.nodes).some((n) => list(n.inspection?.disk.carries).length > 0) && (
              <div className="volume-places">
                {list(found.volume?.nodes).map((n) => (
                  <DiskContents
                    key={n.node}
                    looked={n}
                    driver={draft.driver}
                    disk={draft.sides.find((s) => s.node === n.node)?.disk ?? ""}
                    typed={draft.typed[n.node] ?? ""}
                    onTyped={(typed) => onChange({ ...draft, typed: { ...draft.typed, [n.node]: typed } })}
                  />
                ))}
              </div>
            )}
            {found.refused && <FaultBox fault={found.refused} nameOf={nameOf} />}
            <Checks found={found} />
            <Made found={found} />
          </div>
        )}
      </Query>
      {fault && <FaultBox fault={fault} nameOf={nameOf} />}
      <WizardFoot {...(why ? { why } : {})} {...(busy ? {} : { onBack })}>
        <Button type="primary" danger={destroys} loading={busy} disabled={why !== ""} onClick={() => void create()}>
          {t(destroys ? "kwdb.destroy_act" : "kwdb.act", { name: wish.name })}
        </Button>
      </WizardFoot>
    </>
  );
}

function Outcome({ found, busy, onAgain }: { found: DatabaseCheck; busy: boolean; onAgain: () => void }) {
  const t = useT();
  const checks = list(found.checks);
  const count = (result: string) => checks.filter((c) => c.result === result).length;
  const tone = found.refused ? "bad" : count("warning") > 0 ? "warn" : "ok";
  return (
    <div className={`note-box v-${tone}`} role="status">
      <Icon name={tone} />
      <div className="grow col tight">
        <p>
          <b>{t(`preflight.${tone}`)}</b>
          {gap(t)}
          {t("preflight.counts", { ok: count("ok"), warning: count("warning"), failed: count("failed") })}
        </p>
        {!found.refused && <p className="t2">{t("kwdb.one_operation", { count: found.changes })}</p>}
      </div>
      <Button size="small" icon={<Icon name="sync" size={14} />} loading={busy} onClick={onAgain}>
        {t("preflight.again")}
      </Button>
    </div>
  );
}

/** What each node was asked, and what was found when they were compared. */
function Checks({ found }: { found: DatabaseCheck }) {
  const t = useT();
  const of = (node: string) => list(found.checks).filter((c) => (c.node ?? "") === node);
  return (
    <div className="host-checks">
      {of("").length > 0 && (
        <Card title={t("kwdb.together")}>
          <CheckList checks={of("")} />
        </Card>
      )}
      {list(found.nodes).map((n) => (
        <Card key={n.node} title={n.node}>
          {n.fault && (
            <p className="pad bad">
              <FaultSentence fault={n.fault} />
            </p>
          )}
          <CheckList checks={of(n.node)} />
        </Card>
      ))}
    </div>
  );
}

/** A length of time as Pacemaker has it, in the words of the form where it is one of the form's. */
function inMinutes(t: Translate, time: string): string {
  const [, minutes] = /^(\d+)min$/.exec(time) ?? [];
  return minutes === undefined ? time : `${minutes} ${t("kwdb.minutes")}`;
}

/** The service as it would be, in the order in which it starts. */
function Made({ found }: { found: DatabaseCheck }) {
  const t = useT();
  const { database: d } = found;
  const mirror = d.driver === "mirror";
  const volume: [string, ReactNode][] = [
    [t("replication.driver"), <DriverName key="driver" driver={d.driver ?? "drbd"} />],
    [t("replication.device"), found.device ?? "–"],
    ...(mirror ? [] : [[t("replication.protocol"), d.protocol ?? ""] satisfies [string, string]]),
  ];
  const parts = list(found.resources).flatMap((group) => list(group.members));
  if (!found.device) return null;
  const card = (title: string, note: string, rows: readonly [string, ReactNode][], nth: number) => (
    <li key={title} className="card chain-part">
      <b>
        <span className="t3">{nth} </span>
        {title}
      </b>
      <span className="t3 xs block gap-small">{note}</span>
      <dl className="kv">
        {rows.map(([name, value]) => (
          <Fragment key={name}>
            <dt className="mono">{name}</dt>
            <dd className="mono">{value}</dd>
          </Fragment>
        ))}
      </dl>
    </li>
  );
  return (
    <Card title={t("kwdb.as_made")} note={t("kwdb.start_order")} pad>
      <div className="col">
        <ol className="chain-grid" aria-label={t("kwdb.start_order")}>
          {card(d.volume ?? "", t(found.volume ? "kwdb.volume_new" : "kwdb.volume_there"), volume, 1)}
          {parts.map((part, i) => card(part.id, part.agent ?? "", Object.entries(part.parameters ?? {}), i + 2))}
        </ol>
        {mirror && (
          <p className="row warn">
            <Icon name="warn" size={14} />
            {t("replication.mirror.preview")}
          </p>
        )}
        <p className="t2">
          {t(`kwdb.will.${found.certificates}`, { node: found.source ?? "" })}
          {gap(t)}
          {t("kwdb.gives_up", { count: d.threshold ?? 0, time: inMinutes(t, d.forget ?? "") })}
        </p>
      </div>
    </Card>
  );
}
