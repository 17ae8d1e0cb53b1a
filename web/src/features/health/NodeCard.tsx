import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { HealthNode, HealthReading, HealthSample } from "../../api/types";
import { Card } from "../../components/Card";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Ago, isSet } from "../../components/Time";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { Gauge } from "./Gauge";
import { blindness, colourTone, type Kind, kindOf, kinds, limitsOf, mainReading } from "./health";
import { isHistory, Sparkline } from "./Sparkline";

/** How one node is: its colour, each kind's value on a dial with the last hour below it, and what runs there. */
export function NodeCard({
  cluster,
  node,
  services,
}: {
  cluster: string;
  node: HealthNode;
  /** undefined: not known yet. */
  services: readonly string[] | undefined;
}) {
  const t = useT();
  const can = useCan();
  const told = node.online && node.health !== undefined;
  const history = useQuery({
    ...queries.healthHistory(cluster, node.node),
    enabled: told && can("health.history"),
  });
  const tone = colourTone[node.colour];
  const own = list(node.own);
  return (
    <Card
      label={node.node}
      className={`health-node v-${node.online ? tone : "off"}`}
      title={node.node}
      note={
        own.length > 0 &&
        t("health.own_of", { kinds: own.map((k) => t.words(`health.kind.${k}`)).join(t("common.comma")) })
      }
      extra={
        node.online ? (
          <Pill tone={tone}>{t(`health.node.${node.colour}`)}</Pill>
        ) : (
          <Pill tone="off">{t("node.state.offline")}</Pill>
        )
      }
    >
      {told ? (
        <div className="dials">
          {kinds.map((kind) => (
            <Dial key={kind} node={node} kind={kind} samples={list(history.data?.samples)} />
          ))}
        </div>
      ) : (
        <p className="pad t2">{t(node.online ? "health.untold" : "health.offline")}</p>
      )}
      {services && node.online && (
        <p className="runs row wrap" role="group" aria-label={t("health.runs_of", { node: node.node })}>
          <span className="t3">{services.length > 0 ? t("health.runs") : t("node.runs_nothing")}</span>
          {services.map((id) => (
            <Link key={id} to={`/c/${encodeURIComponent(cluster)}/resources?resource=${encodeURIComponent(id)}`}>
              {id}
            </Link>
          ))}
        </p>
      )}
    </Card>
  );
}

function Dial({ node, kind, samples }: { node: HealthNode; kind: Kind; samples: readonly HealthSample[] }) {
  const t = useT();
  const health = kindOf(node, kind);
  const reading = mainReading(health);
  const limits = limitsOf(node.rules[kind], reading);
  const colour = health?.colour;
  const tone = colour ? colourTone[colour] : "off";
  const name = t(`health.kind_name.${kind}`);
  const word = colour ? t.words(`health.colour.${colour}`) : "";
  const blind = blindness(health);
  const measure = reading?.measure ?? "";
  const others = list(health?.readings).filter((r) => r !== reading && !r.error);
  return (
    <figure className={`dial v-${tone}`}>
      <Gauge
        percent={reading?.percent}
        {...limits}
        word={word}
        quiet={!colour}
        label={t("health.gauge", {
          kind: name,
          value: reading ? Math.round(reading.percent) : "–",
          colour: word || t("health.uncoloured"),
          yellow: limits.yellow,
          red: limits.red,
        })}
      />
      <figcaption>
        {name}
        {reading?.object && <span className="mono t3"> {reading.object}</span>}
      </figcaption>
      {isHistory(samples, measure) && (
        <Sparkline samples={samples} measure={measure} {...limits} label={t("health.hour", { kind: name })} />
      )}
      {colour && isSet(health?.since) && (
        <small className="t3">
          {t("health.since")} <Ago at={health.since} />
        </small>
      )}
      {health?.off && (
        <small className="t3">{t.words(`health.off.${health.off}`, { resource: health.agent ?? "" })}</small>
      )}
      {others.map((r) => (
        <small key={r.measure} className="t3">
          <Other reading={r} />
        </small>
      ))}
      {blind && (
        <small className="warn wrap">
          <Icon name="warn" size={12} /> {t("health.blind", { why: blind })}
        </small>
      )}
    </figure>
  );
}

/** A further measure of a kind; what a disk says of itself is a word and no number. */
function Other({ reading: r }: { reading: HealthReading }) {
  const t = useT();
  if (r.measure === "smart")
    return t(r.percent >= 100 ? "health.smart_bad" : "health.smart_ok", { disk: r.object ?? "" });
  return `${t.words(`health.measure.${r.measure}`)} ${Math.round(r.percent)} %`;
}
