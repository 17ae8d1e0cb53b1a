import { useQuery } from "@tanstack/react-query";

import { queries } from "../api/queries";
import { BudgetBars } from "./BudgetBar";
import { Card } from "./Card";
import { FaultBox, toFault } from "./FaultView";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";

/** How long the service that a resource is, or is a member of, would be away; nothing where it is no service. */
export function BudgetCard({ cluster, service }: { cluster: string; service: string }) {
  const t = useT();
  const query = useQuery(queries.budgets(cluster));
  const budget = query.data && list(query.data.items).find((b) => b.service === service);
  if (query.data ? !budget : !query.error) return null;
  return (
    <Card title={t("budget.title")} note={t("budget.note")} pad>
      {budget ? (
        <BudgetBars budget={budget} />
      ) : (
        <FaultBox fault={toFault(query.error)} onRetry={() => void query.refetch()} compact />
      )}
    </Card>
  );
}
