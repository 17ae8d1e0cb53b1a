import { useT } from "../lib/i18n";
import { Pill } from "./Pill";
import { answerIcon, answerTone, type TargetAnswer } from "./targets";

/** Whether a target is kept. */
export function TargetPill({ answer }: { answer: TargetAnswer }) {
  const t = useT();
  return (
    <Pill tone={answerTone[answer]} icon={answerIcon[answer]}>
      {t.words(`target.${answer}`)}
    </Pill>
  );
}
