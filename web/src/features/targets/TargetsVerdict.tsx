import type { TargetShown } from "../../api/types";
import { answerIcon, answerTone, type Goal, goalWord, promised, span, targetText } from "../../components/targets";
import { Verdict } from "../../components/Verdict";
import { type Format, useFormat } from "../../lib/format";
import { gap, type Translate, useT } from "../../lib/i18n";

// As many as a banner can say; the table has them all.
const most = 3;

/** Whether what was promised is kept, worst first. */
export function TargetsVerdict({ services }: { services: readonly TargetShown[] }) {
  const t = useT();
  const format = useFormat();
  const goals = promised(services);
  const worst = goals[0]?.answer;
  const gone = services.filter((s) => s.gone).length;
  const lost = gone > 0 ? t("targets.gone_count", { count: gone }) : "";
  if (!worst)
    return (
      <Verdict
        tone="off"
        icon="info"
        head={t("targets.head.nothing")}
        sentence={t("targets.nothing_text")}
        detail={[t("targets.basis"), lost].filter(Boolean).join(gap(t))}
      />
    );
  const those = goals.filter((g) => g.answer === worst);
  const other = (answer: "unknown" | "met") => {
    const count = worst === answer ? 0 : goals.filter((g) => g.answer === answer).length;
    return count > 0 ? t(`targets.others.${answer}`, { count }) : "";
  };
  const more = those.length - most;
  return (
    <Verdict
      tone={answerTone[worst]}
      icon={answerIcon[worst]}
      head={t(`targets.head.${worst}`, { count: those.length })}
      sentence={
        worst !== "met" &&
        those
          .slice(0, most)
          .map((g) => sentence(t, format, g))
          .join(t("targets.semicolon")) +
          (more > 0 ? t("targets.and_more", { count: more }) : "") +
          t("common.stop")
      }
      detail={[other("unknown"), other("met"), t("targets.basis"), lost].filter(Boolean).join(gap(t))}
    />
  );
}

function sentence(t: Translate, format: Format, goal: Goal): string {
  const { service, name, kind, answer, stands } = goal;
  const args = { service, goal: t.words(`target.${goalWord[name]}`), target: targetText(t, format, goal) };
  if (answer === "unknown") return t("targets.says.unknown", args);
  if (stands === undefined) return t("targets.says.lost_untold", args);
  return t(kind === "rto" ? "targets.says.away" : "targets.says.lost", { ...args, time: span(format, stands) });
}
