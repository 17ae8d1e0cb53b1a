import type { TargetShown } from "../../api/types";
import { type NamedValue, NamedValues } from "../../components/NamedValues";
import { answerTone, type Goal, span } from "../../components/targets";
import { Ago, At } from "../../components/Time";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { GoalHead } from "./GoalHead";

type RTO = TargetShown["standing"]["rtoPlanned"];
type Absence = NonNullable<RTO["worst"]>;

/** How long the service really was away, held against what was promised. */
export function GoalRTO({ goal, rto, planned }: { goal: Goal; rto: RTO; planned: boolean }) {
  const t = useT();
  const { worst, last } = rto;
  const rows: NamedValue[] =
    worst && last
      ? [
          { name: t("targets.row.worst"), value: <Away absence={worst} /> },
          ...(rto.number > 1 ? [{ name: t("targets.row.last"), value: <Away absence={last} /> }] : []),
          { name: t("targets.row.number"), value: rto.number },
        ]
      : [];
  return (
    <div className="goal">
      <GoalHead goal={goal} />
      {worst && goal.answer && goal.target !== undefined && (
        <Measure tone={answerTone[goal.answer]} measured={worst.seconds} target={goal.target} />
      )}
      {rows.length > 0 ? (
        <NamedValues rows={rows} />
      ) : (
        <p className="t2">{t(planned ? "targets.unmeasured_planned" : "targets.unmeasured_unplanned")}</p>
      )}
    </div>
  );
}

function Away({ absence }: { absence: Absence }) {
  const t = useT();
  const format = useFormat();
  return (
    <>
      <b>{span(format, absence.seconds)}</b>{" "}
      <span className="t2">
        <At at={absence.since} />{" "}
        {absence.until ? (
          <span className="t3">
            <Ago at={absence.since} />
          </span>
        ) : (
          <b className="bad">{t("targets.not_back")}</b>
        )}
      </span>
    </>
  );
}

/** One bar: what was measured, with a mark at what was promised. */
function Measure({ tone, measured, target }: { tone: string; measured: number; target: number }) {
  // Some room beyond the longer of the two, so that the mark is seen.
  const whole = Math.max(measured, target, 1) * 1.1;
  return (
    <div className={`measure v-${tone}`} aria-hidden>
      <i style={{ width: `${(100 * measured) / whole}%` }} />
      <s style={{ left: `${(100 * target) / whole}%` }} />
    </div>
  );
}
