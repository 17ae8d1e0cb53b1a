import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Segmented, Select } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { HealthPlan, HealthQuestion, HealthShown } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox, toFault } from "../../components/FaultView";
import { ForecastView } from "../../components/Forecast";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { type Colour, colours, colourTone, type Kind, kinds } from "./health";

/** What would move as the nodes are, or with a colour that is thought of. */
export function MovesCard({ cluster, shown }: { cluster: string; shown: HealthShown }) {
  const t = useT();
  const [node, setNode] = useState<string>();
  const [kind, setKind] = useState<Kind>("cpu");
  const [colour, setColour] = useState<Colour>("red");
  const there = list(shown.nodes).filter((n) => n.online);
  const thought = there.find((n) => n.node === node);
  return (
    <Card title={t("health.moves")} note={t("health.moves_note")} label={t("health.moves")} pad>
      <div className="col">
        <div className="row wrap" role="group" aria-label={t("health.suppose")}>
          <span className="t2">{t("health.suppose")}</span>
          <Select
            className="suppose"
            aria-label={t("health.suppose_node")}
            value={thought ? node : ""}
            onChange={(chosen: string) => setNode(chosen || undefined)}
            options={[
              { value: "", label: t("health.as_they_are") },
              ...there.map((n) => ({ value: n.node, label: n.node })),
            ]}
          />
          {thought && (
            <>
              <Segmented<Kind>
                aria-label={t("health.suppose_kind")}
                value={kind}
                onChange={setKind}
                options={kinds.map((k) => ({ value: k, label: t(`health.kind_name.${k}`) }))}
              />
              <Segmented<Colour>
                aria-label={t("health.suppose_colour")}
                value={colour}
                onChange={setColour}
                options={colours.map((c) => ({ value: c, label: t.words(`health.colour.${c}`) }))}
              />
            </>
          )}
        </div>
        {shown.policy.move === "off" ? (
          <p className="t2">{t("health.moves_off")}</p>
        ) : (
          <HealthForecast
            cluster={cluster}
            question={thought ? { colours: [{ node: thought.node, kind, colour }] } : {}}
          />
        )}
      </div>
    </Card>
  );
}

/** What the scheduler makes of colours, asked anew whenever the cluster changes. */
export function HealthForecast({ cluster, question }: { cluster: string; question: HealthQuestion }) {
  const t = useT();
  const query = useQuery({ ...queries.healthPlan(cluster, question), placeholderData: keepPreviousData });
  if (query.error) return <FaultBox fault={toFault(query.error)} onRetry={() => void query.refetch()} compact />;
  if (!query.data || query.isPlaceholderData)
    return (
      <p className="row t2" role="status">
        <Icon name="sync" size={14} className="spin" />
        {t("whatif.playing")}
      </p>
    );
  return <HealthPlanView plan={query.data} />;
}

/** The colours that were reckoned with, and what follows from them. */
export function HealthPlanView({ plan }: { plan: HealthPlan }) {
  const t = useT();
  const format = useFormat();
  const bad = list(plan.colours).filter((c) => c.colour !== "green");
  return (
    <div className="col">
      <div className="row wrap">
        {bad.length === 0 && <Pill tone="ok">{t("health.all_green")}</Pill>}
        {bad.map((c) => (
          <Pill key={`${c.node}/${c.kind}`} tone={colourTone[c.colour]} plan>
            {c.node} · {t(`health.kind_name.${c.kind}`)} · {t.words(`health.colour.${c.colour}`)}
          </Pill>
        ))}
      </div>
      {list(plan.unknown).length > 0 && (
        <p className="t2">{t("health.unknown", { nodes: format.list(list(plan.unknown)) })}</p>
      )}
      <Held move={plan.policy.move} held={list(plan.held)} />
      <ForecastView forecast={plan.forecast} />
    </div>
  );
}

/** Services that stay (or, with prefer, follow) because of their stickiness. */
export function Held({ move, held }: { move: HealthShown["policy"]["move"]; held: readonly string[] }) {
  const t = useT();
  const format = useFormat();
  if (held.length === 0 || move === "off") return null;
  return (
    <p className="t2">{t(move === "prefer" ? "health.follow" : "health.held", { services: format.list(held) })}</p>
  );
}
