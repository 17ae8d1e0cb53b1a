import { Button, Table, type TableColumnsType, Tooltip } from "antd";
import { startTransition, useEffect, useState } from "react";
import { Link } from "react-router";

import type { Cluster } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { verdictPhrase } from "../../components/level";
import { Loading } from "../../components/Loading";
import { LevelPill } from "../../components/LevelPill";
import { Icon } from "../../components/Icon";
import { NodeBlocks } from "../../components/NodeBlocks";
import { Ago, isSet } from "../../components/Time";
import { useClusterActions } from "../../components/useClusterActions";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

// Beyond this only the rows in view are drawn.
const virtualFrom = 200;
// Many are drawn in steps, each once the one before is on the screen: nothing (the verdict stands above), the first, a screen full, all.
const steps = [0, 6, 24, Infinity] as const;
const last = steps.length - 1;

export function ClusterTable({
  clusters,
  selected,
  onSelect,
}: {
  clusters: readonly Cluster[];
  selected: readonly string[];
  onSelect: (names: readonly string[]) => void;
}) {
  const t = useT();
  const format = useFormat();
  const actions = useClusterActions();
  const [step, setStep] = useState(clusters.length > steps[2] ? 0 : last);
  useEffect(() => {
    if (step < last) startTransition(() => setStep(step + 1));
  }, [step]);
  const columns: TableColumnsType<Cluster> = [
    {
      title: t("overview.cluster"),
      key: "name",
      width: 180,
      render: (_, c) => (
        <div className="two">
          <Link to={`/c/${encodeURIComponent(c.name)}`} className="b">
            {c.label ?? c.name}
          </Link>
          <small>
            {c.label ? c.name : t(`engine.${c.engine}`)}
            {c.label && c.engine === "simulated" ? ` · ${t("engine.simulated")}` : ""}
          </small>
        </div>
      ),
    },
    {
      title: t("overview.verdict"),
      key: "verdict",
      render: (_, c) => (
        <div className="row">
          <LevelPill level={c.verdict.level} />
          <Tooltip title={verdictPhrase(t, c.verdict)} mouseEnterDelay={0.6}>
            <span className={c.verdict.level === "protected" ? "ell t2" : "ell"}>
              {c.stale && isSet(c.seen) ? (
                <>
                  {t("cluster.stale")} <Ago at={c.seen} />
                </>
              ) : (
                verdictPhrase(t, c.verdict)
              )}
            </span>
          </Tooltip>
        </div>
      ),
    },
    {
      title: t("overview.column.nodes"),
      key: "nodes",
      width: 140,
      render: (_, c) => (
        <NodeBlocks online={c.online} total={c.nodes?.length ?? 0} running={c.running} stale={c.stale} />
      ),
    },
    {
      title: t("overview.column.resources"),
      key: "resources",
      width: 96,
      align: "right",
      render: (_, c) => (
        <span className={c.stale ? "t3" : c.started < c.desired && c.running ? "bad b" : undefined}>
          {c.started}/{c.desired}
        </span>
      ),
    },
    {
      title: t("overview.column.faults"),
      key: "faults",
      width: 72,
      align: "right",
      render: (_, c) => <span className={c.failed > 0 ? "bad b" : "t3"}>{c.failed}</span>,
    },
    {
      title: t("overview.column.failover"),
      key: "failover",
      width: 128,
      render: (_, c) =>
        c.lastFailover ? <Ago at={c.lastFailover.at} /> : <span className="t3">{t("common.none")}</span>,
    },
    {
      title: t("overview.column.took"),
      key: "took",
      width: 88,
      align: "right",
      render: (_, c) =>
        c.lastFailover?.tookMs ? format.duration(c.lastFailover.tookMs) : <span className="t3">–</span>,
    },
    {
      title: <span className="visually-hidden">{t("common.actions")}</span>,
      key: "actions",
      width: 56,
      align: "right",
      render: (_, c) => (
        <ActsMenu menu={actions.menu(c)}>
          <Button
            type="text"
            size="small"
            icon={<Icon name="more" />}
            aria-label={t("cluster.actions_of", { name: c.name })}
          />
        </ActsMenu>
      ),
    },
  ];
  if (step === 0)
    return (
      <section className="card clusters">
        <Loading />
      </section>
    );
  return (
    <section className="card clusters">
      <Table<Cluster>
        rowKey="name"
        dataSource={clusters.slice(0, steps[step])}
        columns={columns}
        pagination={false}
        tableLayout="fixed"
        {...(clusters.length > virtualFrom ? { virtual: true, scroll: { y: 620, x: 1000 } } : {})}
        rowClassName={(c) => (c.verdict.level === "unprotected" ? "alert" : "")}
        rowSelection={{
          columnWidth: 48,
          selectedRowKeys: [...selected],
          onChange: (picked) => onSelect(picked.map(String)),
          getCheckboxProps: (c) => ({ "aria-label": t("overview.select", { name: c.name }) }),
          getTitleCheckboxProps: () => ({ "aria-label": t("overview.select_all") }),
        }}
      />
    </section>
  );
}
