import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";

import { call } from "../../api/client";
import { keys, useCan } from "../../api/queries";
import type { TargetShown } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { goalsOf, goalWord, targetText } from "../../components/targets";
import { At } from "../../components/Time";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { GoalRPO } from "./GoalRPO";
import { GoalRTO } from "./GoalRTO";
import { TargetDialog } from "./TargetDialog";

/** One service: what was promised for it, where it stands and why; targets are set and removed here. */
export function ServiceStanding({ cluster, shown }: { cluster: string; shown: TargetShown }) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const ask = useConfirm();
  const cache = useQueryClient();
  const [editing, setEditing] = useState(false);
  const { service, standing, target, gone } = shown;
  const base = `/c/${encodeURIComponent(cluster)}`;
  const goals = goalsOf(shown);
  const refusal = (route: string) => (can(route) ? undefined : t("targets.no_permission"));
  const set = refusal("target.set");
  const unset = refusal("target.remove");
  const remove = () =>
    ask({
      title: t("targets.remove.title", { service }),
      consequence: (
        <div className="col tight">
          <p className="b">{t("targets.remove.consequence")}</p>
          <ul>
            {goals
              .filter((g) => g.target !== undefined)
              .map((g) => (
                <li key={g.name} className="t2">
                  {t.words(`target.${goalWord[g.name]}`)}
                  {t("common.colon")}
                  {targetText(t, format, g)}
                </li>
              ))}
          </ul>
          <p className="t2">{t("targets.remove.undo")}</p>
        </div>
      ),
      act: t("targets.remove.act"),
      tone: "danger",
      run: async () => {
        const result = await call("target.remove", { path: { cluster, service } });
        if (result.ok) await cache.invalidateQueries({ queryKey: keys.targets(cluster) });
        return result;
      },
    });
  return (
    <Card
      title={service}
      label={service}
      note={gone ? t("targets.gone") : undefined}
      extra={
        <>
          {!gone && (
            <Link to={`${base}/resources?resource=${encodeURIComponent(service)}`}>{t("targets.see_resource")}</Link>
          )}
          {!gone && (
            <Button
              size="small"
              type={target ? "default" : "primary"}
              icon={<Icon name={target ? "edit" : "plus"} size={14} />}
              disabled={set !== undefined}
              title={set}
              onClick={() => setEditing(true)}
            >
              {t(target ? "targets.edit.short" : "targets.set.short")}
            </Button>
          )}
          {target && (
            <Button
              size="small"
              danger
              icon={<Icon name="trash" size={14} />}
              disabled={unset !== undefined}
              title={unset}
              onClick={remove}
            >
              {t("targets.remove.short")}
            </Button>
          )}
        </>
      }
      pad
    >
      {gone ? (
        <p className="t2">{t("targets.gone_text")}</p>
      ) : (
        <div className="col">
          <div className="goals">
            <section className="goal-kind" aria-label={t("targets.rto")}>
              <h3>{t("targets.rto")}</h3>
              <p className="t3 xs">{t("targets.rto_note")}</p>
              {goals.map(
                (g) =>
                  (g.name === "rtoUnplanned" || g.name === "rtoPlanned") && (
                    <GoalRTO key={g.name} goal={g} rto={standing[g.name]} planned={g.name === "rtoPlanned"} />
                  ),
              )}
            </section>
            <section className="goal-kind" aria-label={t("targets.rpo")}>
              <h3>{t("targets.rpo")}</h3>
              <p className="t3 xs">{t("targets.rpo_note")}</p>
              {goals.map(
                (g) =>
                  (g.name === "rpoUnplanned" || g.name === "rpoPlanned") && (
                    <GoalRPO key={g.name} base={base} goal={g} rpo={standing[g.name]} />
                  ),
              )}
            </section>
          </div>
          <p className="t3 xs">
            {t("targets.since")} <At at={shown.since} />
            {t("common.stop")}
          </p>
        </div>
      )}
      {editing && <TargetDialog cluster={cluster} shown={shown} onClose={() => setEditing(false)} />}
    </Card>
  );
}
