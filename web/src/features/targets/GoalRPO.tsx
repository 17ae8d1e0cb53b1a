import { Link } from "react-router";

import type { TargetShown } from "../../api/types";
import { type NamedValue, NamedValues } from "../../components/NamedValues";
import { type Goal, span } from "../../components/targets";
import { Ago, At, isSet } from "../../components/Time";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { GoalHead } from "./GoalHead";

/** What would be lost if the service were taken over now, and what that stands on. */
export function GoalRPO({ base, goal, rpo }: { base: string; goal: Goal; rpo: TargetShown["standing"]["rpoPlanned"] }) {
  const t = useT();
  const format = useFormat();
  const rows: NamedValue[] = [
    ...(rpo.seconds
      ? [{ name: t("targets.row.loses"), value: <b>{t("targets.loses", { time: span(format, rpo.seconds) })}</b> }]
      : []),
    ...(isSet(rpo.since)
      ? [
          {
            name: t("targets.row.alone"),
            value: (
              <>
                <At at={rpo.since} />{" "}
                <span className="t3">
                  <Ago at={rpo.since} />
                </span>
              </>
            ),
          },
        ]
      : []),
    ...(rpo.outOfSync ? [{ name: t("targets.row.out_of_sync"), value: format.bytes(rpo.outOfSync) }] : []),
    ...(rpo.volume
      ? [
          {
            name: t("targets.row.volume"),
            value: <Link to={`${base}/replication/${encodeURIComponent(rpo.volume)}`}>{rpo.volume}</Link>,
          },
        ]
      : []),
  ];
  return (
    <div className="goal">
      <GoalHead goal={goal} />
      <p className="t2">{t.words(`rpo.${rpo.basis}`, { volume: rpo.volume ?? "" })}</p>
      {rows.length > 0 && <NamedValues rows={rows} />}
    </div>
  );
}
