import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { queries } from "../../api/queries";
import type { HealthShown } from "../../api/types";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { Ago, isSet } from "../../components/Time";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { gap, useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { ChangesCard } from "./Changes";
import { blindness, colourTone, kindOf, kinds, mainReading, notWell } from "./health";
import { Held, MovesCard } from "./Moves";
import { NodeCard } from "./NodeCard";
import { PolicyCard } from "./PolicyCard";
import "./health.css";

/** Smart migration: how the nodes are, what moves because of it, and by which rules. */
export function Health() {
  const { cluster = "" } = useParams();
  const query = useQuery(queries.health(cluster));
  return (
    <div className="page">
      <Query query={query}>{(shown) => <Ready cluster={cluster} shown={shown} />}</Query>
    </div>
  );
}

function Ready({ cluster, shown }: { cluster: string; shown: HealthShown }) {
  const t = useT();
  const nodes = list(shown.nodes);
  const running = useQuery(queries.nodes(cluster));
  if (!shown.version)
    return (
      <section className="card">
        <Empty icon="arrow" title={t("preferences.empty")} text={t("preferences.empty_text")} />
      </section>
    );
  return (
    <>
      <HealthVerdict shown={shown} />
      <Notes shown={shown} />
      <div className="health-nodes">
        {nodes.map((node) => (
          <NodeCard
            key={node.node}
            cluster={cluster}
            node={node}
            services={running.data && list(list(running.data.items).find((n) => n.name === node.node)?.resources)}
          />
        ))}
      </div>
      <div className="health-split">
        <PolicyCard key={JSON.stringify(shown.policy)} cluster={cluster} shown={shown} />
        <MovesCard cluster={cluster} shown={shown} />
      </div>
      <ChangesCard cluster={cluster} />
    </>
  );
}

/** Who is not well comes first; then who cannot measure, then what smart migration does. */
function HealthVerdict({ shown }: { shown: HealthShown }) {
  const t = useT();
  const format = useFormat();
  const nodes = list(shown.nodes);
  const does = t.words(`health.move.${shown.policy.move}`);
  const bad = notWell(nodes);
  const worst = bad[0];
  if (worst) {
    const reasons = kinds.flatMap((kind) => {
      const health = kindOf(worst, kind);
      const reading = mainReading(health);
      if (!health?.colour || health.colour === "green" || !reading) return [];
      return [`${t(`health.kind_name.${kind}`)} ${Math.round(reading.percent)} %`];
    });
    const since = kinds
      .map((kind) => kindOf(worst, kind))
      .find((k) => k?.colour === worst.colour && isSet(k.since))?.since;
    const rest = nodes.filter((n) => n.online).length - bad.length;
    return (
      <Verdict
        tone={colourTone[worst.colour]}
        head={t(worst.colour === "red" ? "health.head.red" : "health.head.yellow", { node: worst.node })}
        sentence={
          reasons.length > 0 ? t("health.because", { reasons: format.list(reasons) }) : t("health.because_others")
        }
        detail={
          <>
            {since && (
              <>
                {t("health.since_head")} <Ago at={since} />
                {t("common.stop")}
              </>
            )}
            {[
              bad.length > 1 && t("health.also", { nodes: format.list(bad.slice(1).map((n) => n.node)) }),
              rest > 0 && t("health.rest", { count: rest }),
              does,
            ]
              .filter(Boolean)
              .join(gap(t))}
          </>
        }
      />
    );
  }
  const blind = nodes.filter((n) => n.online && kinds.some((kind) => blindness(kindOf(n, kind))));
  if (blind.length > 0)
    return (
      <Verdict
        tone="warn"
        head={t("health.head.blind")}
        sentence={t("health.blind_nodes", { nodes: format.list(blind.map((n) => n.node)) })}
        detail={t("health.blind_text")}
      />
    );
  if (shown.policy.move === "off")
    return (
      <Verdict tone="off" head={t("health.head.off")} sentence={t("health.off_text")} detail={t("health.off_next")} />
    );
  return <Verdict tone="ok" head={t("health.head.ok")} sentence={does} detail={t("health.by_themselves")} />;
}

/** What somebody else has a hand in: other health agents, values that cannot be read, services that stay. */
function Notes({ shown }: { shown: HealthShown }) {
  const t = useT();
  const mistakes = list(shown.mistakes);
  const agents = list(shown.agents);
  const held = list(shown.held);
  const tone = mistakes.length > 0 ? "warn" : "info";
  if (mistakes.length + agents.length + (shown.policy.move === "off" ? 0 : held.length) === 0) return null;
  return (
    <div className={`note-box v-${tone}`} role="status">
      <Icon name={tone} />
      <div className="grow col tight">
        {mistakes.map((m) => (
          <p key={`${m.node ?? ""}/${m.name}`} className="b">
            {m.node && `${m.node}${t("common.colon")}`}
            {t.words("finding.health_unread", { name: m.name, value: m.value, why: m.why })}
          </p>
        ))}
        {agents.map((a) => (
          <p key={a.resource}>
            {t.words("finding.health_agent", {
              resource: a.resource,
              agent: a.agent,
              kind: list(a.measures)
                .map((m) => t.words(`health.measure.${m}`))
                .join(t("common.comma")),
            })}
          </p>
        ))}
        <Held move={shown.policy.move} held={held} />
      </div>
    </div>
  );
}
