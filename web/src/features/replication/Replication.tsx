import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { VolumeShown } from "../../api/types";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { OperationSteps } from "../../components/Steps";
import { operationTitle } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { useCurves } from "./curves";
import { Exposures } from "./Exposures";
import { ReadText } from "./ReadText";
import { SplitAssistant } from "./SplitAssistant";
import { useVolumeOperation } from "./useVolumeOperation";
import { VolumeCard } from "./VolumeCard";
import { VolumeFacts } from "./VolumeFacts";
import { VolumesVerdict } from "./VolumesVerdict";
import { VolumeTable } from "./VolumeTable";
import { byNeed } from "./volumes";
import "./replication.css";

/** Replicated volumes: how they are, what is being copied, and what a person has to decide. */
export function Replication() {
  const { cluster = "" } = useParams();
  const query = useQuery(queries.volumes(cluster));
  return (
    <div className="page">
      <Query query={query}>
        {(page) => <Ready cluster={cluster} volumes={list(page.items)} at={query.dataUpdatedAt} />}
      </Query>
    </div>
  );
}

function Ready({ cluster, volumes, at }: { cluster: string; volumes: readonly VolumeShown[]; at: number }) {
  const t = useT();
  const navigate = useNavigate();
  const { volume } = useParams();
  const curves = useCurves(volumes, at);
  const base = `/c/${encodeURIComponent(cluster)}/replication`;
  const named = volumes.find((v) => v.volume.name === volume);
  const chosen = named ?? byNeed(volumes)[0];
  // One that is being made is not among the volumes yet: its operation is what there is to see.
  const operation = useVolumeOperation(cluster, named ? undefined : volume);
  const making = operation && (
    <Card title={operationTitle(t.words, operation)} pad>
      <OperationSteps operation={operation} />
    </Card>
  );
  if (volumes.length === 0)
    return (
      <>
        {making}
        <section className="card">
          <Empty
            icon="replica"
            title={t("replication.empty")}
            text={t("replication.empty_text")}
            action={<Actions base={base} first />}
          />
        </section>
      </>
    );
  return (
    <>
      <VolumesVerdict base={base} volumes={volumes} actions={<Actions base={base} />} />
      {making}
      <VolumeTable
        volumes={volumes}
        chosen={chosen?.volume.name}
        onChoose={(name) => void navigate(`${base}/${encodeURIComponent(name)}`)}
      />
      {chosen && (
        <One key={chosen.volume.name} cluster={cluster} shown={chosen} samples={curves[chosen.volume.name] ?? []} />
      )}
    </>
  );
}

function One({
  cluster,
  shown,
  samples,
}: {
  cluster: string;
  shown: VolumeShown;
  samples: readonly { at: number; rate: number }[];
}) {
  const t = useT();
  const operation = useVolumeOperation(cluster, shown.volume.name);
  const resolving = operation?.kind === "volume.resolve" ? operation : undefined;
  const split = shown.verdict === "split" || resolving !== undefined;
  const facts = (
    <>
      <VolumeFacts cluster={cluster} shown={shown} />
      <Exposures cluster={cluster} volume={shown.volume.name} />
    </>
  );
  return (
    <div className="volume-split">
      <div className="col">
        <VolumeCard cluster={cluster} shown={shown} samples={samples} />
      </div>
      <div className="col beside">
        {split && <SplitAssistant cluster={cluster} shown={shown} operation={resolving} />}
        {operation && !resolving && (
          <Card title={operationTitle(t.words, operation)} pad>
            <OperationSteps operation={operation} />
          </Card>
        )}
        {!split && facts}
      </div>
      {split && <div className="col below">{facts}</div>}
    </div>
  );
}

function Actions({ base, first }: { base: string; first?: boolean }) {
  const t = useT();
  const can = useCan();
  const [reading, setReading] = useState(false);
  const allowed = can("volume.create");
  const make = (
    <Button
      type={first ? "primary" : "default"}
      icon={<Icon name="plus" />}
      disabled={!allowed}
      title={allowed ? undefined : t("replication.no_permission")}
    >
      {t("replication.new")}
    </Button>
  );
  return (
    <>
      <Button icon={<Icon name="audit" />} onClick={() => setReading(true)}>
        {t("replication.read")}
      </Button>
      {allowed ? <Link to={`${base}/new/volume`}>{make}</Link> : make}
      {reading && <ReadText onClose={() => setReading(false)} />}
    </>
  );
}
