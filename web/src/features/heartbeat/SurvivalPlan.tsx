import type { ReactNode } from "react";

import type { Survival } from "../../api/types";
import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";
import { survivalSentence } from "./survival";

/** What the cluster survives before and after a change, side by side; nothing has changed yet. */
export function SurvivalPlan({
  plan,
  children,
}: {
  plan: { before: Survival; after: Survival; complete: Survival };
  children?: ReactNode;
}) {
  const t = useT();
  const worse = plan.after.nodes < plan.before.nodes || !plan.after.quorate;
  return (
    <section className={`note-box v-${worse ? "warn" : "ok"}`} aria-live="polite">
      <Icon name={worse ? "warn" : "ok"} />
      <div className="grow col tight">
        <p>
          <span className="t2">{t("quorum.plan.now")}</span> {survivalSentence(t, plan.before)}
        </p>
        <p className="b">
          <span className="t2">{t("quorum.plan.then")}</span> {survivalSentence(t, plan.after)}
        </p>
        <p className="t2">
          {t("quorum.plan.complete")} {survivalSentence(t, plan.complete)}
        </p>
        {children}
      </div>
    </section>
  );
}
