import { useQuery } from "@tanstack/react-query";
import { Steps } from "antd";
import { useState } from "react";
import { useParams } from "react-router";

import { queries } from "../../api/queries";
import type { ClusterDetail, ResourceConfig } from "../../api/types";
import { Card } from "../../components/Card";
import { Query } from "../../components/Query";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { ChooseTemplate } from "./ChooseTemplate";
import { FillParts } from "./FillParts";
import { Placement } from "./Placement";
import { ReviewService } from "./ReviewService";
import { type Template, templates } from "./templates";
import "./protect.css";

export interface Service {
  template: Template;
  name: string;
  parts: readonly ResourceConfig[];
  /** In order: the main node, then those that stand by. Empty lets the cluster choose. */
  nodes: readonly string[];
  /** Whether it moves back when an earlier node in the order recovers, which interrupts it once more. */
  failback: boolean;
  /** Reference addresses for the ping rule; empty for none. */
  ping: string;
}

const steps = ["template", "parts", "placement", "review"] as const;

/** Protects a service: its parts as one group, where it runs, and what decides that a node may not run it. */
export function Protect() {
  const t = useT();
  const { cluster = "" } = useParams();
  const query = useQuery(queries.cluster(cluster));
  return (
    <div className="page narrow">
      <Card title={t("protect.title")} note={t("protect.note")} pad>
        <Query query={query}>{(detail) => <Wizard detail={detail} />}</Query>
      </Card>
    </div>
  );
}

function Wizard({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const [at, setAt] = useState(0);
  const [service, setService] = useState<Service>(() => {
    const [template] = templates;
    if (!template) throw new Error("there are no templates");
    return { template, name: "", parts: [], nodes: list(detail.nodes), failback: false, ping: "" };
  });
  const back = () => setAt(at - 1);
  const next = () => setAt(at + 1);
  return (
    <div className="col gap-l">
      <Steps size="small" current={at} items={steps.map((s) => ({ title: t(`protect.step.${s}`) }))} />
      {steps[at] === "template" && (
        <ChooseTemplate detail={detail} service={service} onChange={setService} onNext={next} />
      )}
      {steps[at] === "parts" && (
        <FillParts detail={detail} service={service} onChange={setService} onBack={back} onNext={next} />
      )}
      {steps[at] === "placement" && (
        <Placement detail={detail} service={service} onChange={setService} onBack={back} onNext={next} />
      )}
      {steps[at] === "review" && <ReviewService detail={detail} service={service} onBack={back} />}
    </div>
  );
}
