import { useQuery } from "@tanstack/react-query";
import { Steps } from "antd";
import { useState } from "react";
import { useParams, useSearchParams } from "react-router";

import { queries } from "../../api/queries";
import type { ClusterDetail } from "../../api/types";
import { Card } from "../../components/Card";
import { Query } from "../../components/Query";
import { bareWish, withoutDrbd } from "../../components/replicas";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { DatabaseBehaviour } from "./DatabaseBehaviour";
import { DatabaseData } from "./DatabaseData";
import { DatabaseProgress } from "./DatabaseProgress";
import { DatabaseReview } from "./DatabaseReview";
import { DatabaseService } from "./DatabaseService";
import { type DatabaseDraft, firstDatabase } from "./draft";

const steps = ["service", "data", "behaviour", "review"] as const;

/** KWDB on two nodes without shared storage: volume, file system, database and virtual IP address in one operation. */
export function NewDatabase() {
  const t = useT();
  const { cluster = "" } = useParams();
  const [search] = useSearchParams();
  const operation = search.get("operation");
  const query = useQuery(queries.cluster(cluster));
  return (
    <div className="page narrow">
      {operation ? (
        <DatabaseProgress cluster={cluster} operation={operation} />
      ) : (
        <Card title={t("kwdb.title")} note={t("kwdb.note")} pad>
          <Query query={query}>{(detail) => <Wizard detail={detail} />}</Query>
        </Card>
      )}
    </div>
  );
}

function Wizard({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const [at, setAt] = useState(0);
  const [kept, setDraft] = useState(() => firstDatabase(detail));
  const bare = useQuery({
    ...queries.volumeCheck(detail.name, bareWish(kept.sides)),
    enabled: kept.sides.length === 2,
  });
  const lacking = withoutDrbd(bare.data);
  const draft: DatabaseDraft = kept.chosen ? kept : { ...kept, driver: lacking.length > 0 ? "mirror" : "drbd" };
  const hosts = list(useQuery(queries.hosts()).data?.items).filter((h) => list(detail.nodes).includes(h.name));
  const back = () => setAt(at - 1);
  const next = () => setAt(at + 1);
  return (
    <div className="col gap-l">
      <Steps size="small" current={at} items={steps.map((s) => ({ title: t(`kwdb.step.${s}`) }))} />
      {steps[at] === "service" && <DatabaseService detail={detail} draft={draft} onChange={setDraft} onNext={next} />}
      {steps[at] === "data" && (
        <DatabaseData
          detail={detail}
          hosts={hosts}
          lacking={lacking}
          draft={draft}
          onChange={setDraft}
          onBack={back}
          onNext={next}
        />
      )}
      {steps[at] === "behaviour" && <DatabaseBehaviour draft={draft} onChange={setDraft} onBack={back} onNext={next} />}
      {steps[at] === "review" && (
        <DatabaseReview cluster={detail.name} draft={draft} onChange={setDraft} onBack={back} />
      )}
    </div>
  );
}
