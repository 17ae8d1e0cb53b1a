import { Table, type TableColumnsType } from "antd";

import type { TargetShown } from "../../api/types";
import { TargetPill } from "../../components/TargetPill";
import {
  type Goal,
  type GoalName,
  goalNames,
  goalsOf,
  goalWord,
  standsText,
  targetText,
} from "../../components/targets";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

/** All services of a cluster, a line each. */
export function TargetTable({
  services,
  chosen,
  onChoose,
}: {
  services: readonly TargetShown[];
  chosen: string;
  onChoose: (service: string) => void;
}) {
  const t = useT();
  const column = (name: GoalName): TableColumnsType<TargetShown>[number] => ({
    title: t.words(`target.${goalWord[name]}`),
    key: name,
    className: "goal-of",
    render: (_, s) => {
      const goal = goalsOf(s).find((g) => g.name === name);
      return goal && <Cell goal={goal} gone={s.gone === true} />;
    },
  });
  const columns: TableColumnsType<TargetShown> = [
    {
      title: t("targets.service"),
      key: "service",
      className: "nowrap",
      fixed: "left",
      render: (_, s) => (
        <button
          type="button"
          className="plain two"
          aria-current={s.service === chosen ? "true" : undefined}
          onClick={() => onChoose(s.service)}
        >
          <b>{s.service}</b>
          {(s.gone || !s.target) && <small>{t(s.gone ? "targets.gone" : "targets.none")}</small>}
        </button>
      ),
    },
    ...goalNames.map(column),
  ];
  return (
    <section className="card" aria-label={t("targets.services")}>
      <Table<TargetShown>
        rowKey="service"
        dataSource={[...services]}
        columns={columns}
        pagination={false}
        scroll={{ x: 820, ...(services.length > 200 ? { y: 480 } : {}) }}
        virtual={services.length > 200}
        rowClassName={(s) =>
          [
            "click",
            !s.gone && goalsOf(s).some((g) => g.answer === "missed") && "alert",
            s.service === chosen && services.length > 1 && "chosen",
          ]
            .filter(Boolean)
            .join(" ")
        }
        onRow={(s) => ({ onClick: () => onChoose(s.service) })}
      />
    </section>
  );
}

/** Whether it is kept, and by how much. */
function Cell({ goal, gone }: { goal: Goal; gone: boolean }) {
  const t = useT();
  const format = useFormat();
  if (gone) return goal.target === undefined ? "–" : <span className="t3">{targetText(t, format, goal)}</span>;
  const stands = standsText(t, format, goal);
  if (!goal.answer) return <span className="t3">{stands}</span>;
  return (
    <div className="goal-cell">
      <TargetPill answer={goal.answer} />
      <small className="t2">{t("targets.against", { stands, target: targetText(t, format, goal) })}</small>
    </div>
  );
}
