import { TargetPill } from "../../components/TargetPill";
import { type Goal, goalWord, targetText } from "../../components/targets";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

/** What was promised, and whether it is kept. */
export function GoalHead({ goal }: { goal: Goal }) {
  const t = useT();
  const format = useFormat();
  return (
    <div className="row wrap">
      <b className="grow">{t.words(`target.${goalWord[goal.name]}`)}</b>
      <span className={goal.target === undefined ? "t3" : "t2"}>
        {goal.target === undefined
          ? t("targets.none")
          : t("targets.target_of", { target: targetText(t, format, goal) })}
      </span>
      {goal.answer && <TargetPill answer={goal.answer} />}
    </div>
  );
}
