import type { Survival } from "../../api/types";
import { list } from "../../lib/list";
import { gap, type Translate } from "../../lib/i18n";

/** What a cluster with these votes survives: in the server's own sentences, where it has any. */
export function survivalSentence(t: Translate, survival: Survival): string {
  const said = list(survival.reasons).map((r) => t.words(`survives.${r.code}`, r.args));
  if (said.length > 0) return said.join(gap(t));
  if (!survival.quorate) return t("quorum.stopped");
  if (survival.nodes === 0 && survival.oneByOne === 0) return t("quorum.survives_none");
  const any = t("quorum.survives_any", { count: survival.nodes, of: survival.of });
  return survival.oneByOne > survival.nodes
    ? `${any}${gap(t)}${t("quorum.survives_in_turn", { count: survival.oneByOne })}`
    : any;
}
