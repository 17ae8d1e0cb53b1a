import { useQuery } from "@tanstack/react-query";
import { Steps } from "antd";
import { useState } from "react";
import { useParams } from "react-router";

import { queries } from "../../api/queries";
import type { ClusterDetail } from "../../api/types";
import { Card } from "../../components/Card";
import { Query } from "../../components/Query";
import { bareWish, withoutDrbd } from "../../components/replicas";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { firstDraft, type VolumeDraft, wishOf } from "./newVolume";
import { VolumeContents } from "./VolumeContents";
import { VolumePlace } from "./VolumePlace";
import { VolumeReview } from "./VolumeReview";
import "./replication.css";

const steps = ["place", "contents", "review"] as const;

/** Makes a replicated volume: where it is, what is on the disks, and what would become of it before it is made. */
export function NewVolume() {
  const t = useT();
  const { cluster = "" } = useParams();
  const query = useQuery(queries.cluster(cluster));
  return (
    <div className="page narrow">
      <Card title={t("replication.new")} note={t("replication.new_note")} pad>
        <Query query={query}>{(detail) => <Wizard detail={detail} />}</Query>
      </Card>
    </div>
  );
}

function Wizard({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const [at, setAt] = useState(0);
  const [kept, setDraft] = useState(() => firstDraft(detail));
  const bare = useQuery({
    ...queries.volumeCheck(detail.name, bareWish(kept.sides)),
    enabled: kept.sides.length === 2,
  });
  const lacking = withoutDrbd(bare.data);
  const draft: VolumeDraft = kept.chosen ? kept : { ...kept, driver: lacking.length > 0 ? "mirror" : "drbd" };
  const hosts = list(useQuery(queries.hosts()).data?.items).filter((h) => list(detail.nodes).includes(h.name));
  // Without what is to be destroyed: this only looks at what is there.
  const look = useQuery({
    ...queries.volumeCheck(detail.name, wishOf({ ...draft, typed: {}, sync: "full" })),
    enabled: steps[at] !== "place",
  });
  const back = () => setAt(at - 1);
  const next = () => setAt(at + 1);
  return (
    <div className="col gap-l">
      <Steps size="small" current={at} items={steps.map((s) => ({ title: t(`replication.wizard.${s}`) }))} />
      {steps[at] === "place" && (
        <VolumePlace detail={detail} hosts={hosts} lacking={lacking} draft={draft} onChange={setDraft} onNext={next} />
      )}
      {steps[at] === "contents" && (
        <VolumeContents look={look} draft={draft} onChange={setDraft} onBack={back} onNext={next} />
      )}
      {steps[at] === "review" && <VolumeReview cluster={detail.name} draft={draft} look={look.data} onBack={back} />}
    </div>
  );
}
