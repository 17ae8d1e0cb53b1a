import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link, useNavigate, useParams } from "react-router";

import { queries } from "../../api/queries";
import type { TargetShown } from "../../api/types";
import { BudgetCard } from "../../components/BudgetCard";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { worstService } from "../../components/targets";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { ServiceStanding } from "./ServiceStanding";
import { TargetsVerdict } from "./TargetsVerdict";
import { TargetTable } from "./TargetTable";
import "./targets.css";

// How long one side of a volume has been alone grows without any event.
const lookAgainMS = 15_000;

/** What was promised for the services of a cluster, RTO and RPO, and whether it is kept. */
export function Targets() {
  const { cluster = "" } = useParams();
  const query = useQuery({ ...queries.targets(cluster), refetchInterval: lookAgainMS });
  return (
    <div className="page">
      <Query query={query}>{(page) => <Ready cluster={cluster} services={list(page.items)} />}</Query>
    </div>
  );
}

function Ready({ cluster, services }: { cluster: string; services: readonly TargetShown[] }) {
  const t = useT();
  const navigate = useNavigate();
  const { service } = useParams();
  const base = `/c/${encodeURIComponent(cluster)}`;
  const chosen = services.find((s) => s.service === service) ?? worstService(services);
  if (!chosen)
    return (
      <section className="card">
        <Empty
          icon="target"
          title={t("targets.empty")}
          text={t("targets.empty_text")}
          action={
            <Link to={`${base}/protect`}>
              <Button type="primary" icon={<Icon name="shield" />}>
                {t("protect.title")}
              </Button>
            </Link>
          }
        />
      </section>
    );
  return (
    <>
      <TargetsVerdict services={services} />
      <TargetTable
        services={services}
        chosen={chosen.service}
        onChoose={(id) => void navigate(`${base}/targets/${encodeURIComponent(id)}`)}
      />
      <ServiceStanding key={chosen.service} cluster={cluster} shown={chosen} />
      {!chosen.gone && <BudgetCard cluster={cluster} service={chosen.service} />}
    </>
  );
}
