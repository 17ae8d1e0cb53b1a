import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";

import { queries } from "../api/queries";
import type { Forecast, ForecastAction, Interruption, Scenario } from "../api/types";
import { useFormat } from "../lib/format";
import { gap, useT } from "../lib/i18n";
import { list } from "../lib/list";
import { Differences } from "./Differences";
import { FaultBox, toFault } from "./FaultView";
import { Figures } from "./Figures";
import { ForecastSteps } from "./ForecastSteps";
import { Icon, type IconName } from "./Icon";
import { Pill } from "./Pill";
import type { Tone } from "./tone";

/** What the scheduler would do, asked anew whenever the cluster changes; nothing is done. */
export function WhatIf({ cluster, scenario }: { cluster: string; scenario: Scenario }) {
  const t = useT();
  const query = useQuery({ ...queries.whatif(cluster, scenario), placeholderData: keepPreviousData });
  if (query.error) return <FaultBox fault={toFault(query.error)} onRetry={() => void query.refetch()} compact />;
  if (!query.data || query.isPlaceholderData)
    return (
      <p className="row t2" role="status">
        <Icon name="sync" size={14} className="spin" />
        {t("whatif.playing")}
      </p>
    );
  return <ForecastView forecast={query.data} />;
}

/**
 * The forecast in a dialog, in a place of one height: what it says and when it comes moves no button under a hand.
 * Without a scenario the place stands empty.
 */
export function ForecastBox({ cluster, scenario }: { cluster: string; scenario?: Scenario | undefined }) {
  const t = useT();
  return (
    <div className="forecast-box" role="group" aria-label={t("whatif.box")} tabIndex={0}>
      {scenario ? <WhatIf cluster={cluster} scenario={scenario} /> : <p className="t3">{t("whatif.nothing_chosen")}</p>}
    </div>
  );
}

const kinds: Record<ForecastAction["kind"], { icon: IconName; tone: Tone }> = {
  fence: { icon: "bolt", tone: "bad" },
  unfence: { icon: "bolt", tone: "info" },
  stop: { icon: "stop", tone: "warn" },
  demote: { icon: "down", tone: "warn" },
  restart: { icon: "restart", tone: "warn" },
  recover: { icon: "restart", tone: "warn" },
  move: { icon: "arrow", tone: "warn" },
  migrate: { icon: "arrow", tone: "info" },
  start: { icon: "play", tone: "info" },
  promote: { icon: "star", tone: "info" },
  reload: { icon: "sync", tone: "info" },
};

// As many as are taken in at one look.
const few = 8;

/** How long services are away, what happens to each resource, when each step begins, and what is written. */
export function ForecastView({ forecast }: { forecast: Forecast }) {
  const t = useT();
  const format = useFormat();
  const [all, setAll] = useState(false);
  const actions = list(forecast.actions);
  const services = list(forecast.services);
  const bad = !forecast.quorate || services.some((s) => !s.ends) || actions.some((a) => a.blocked);
  const tone: Tone = bad ? "bad" : services.length > 0 ? "warn" : actions.length > 0 ? "info" : "ok";
  const counts = (["fence", "stop", "start", "move", "restart", "promote", "demote"] as const)
    .map((kind) => ({ kind, count: actions.filter((a) => grouped(a.kind) === kind).length }))
    .filter((c) => c.count > 0);
  return (
    <section className="col forecast" aria-label={t("whatif.title")} aria-live="polite">
      <div className={`note-box v-${tone}`}>
        <Icon name={tone === "info" ? "info" : tone} />
        <div className="grow col tight">
          {!forecast.quorate && <p className="b">{t.words("whatif.no_quorum")}</p>}
          {services.map((s) => (
            <Outage key={s.service} of={s} />
          ))}
          {services.length === 0 && (
            <p className="b">{t.words(actions.length > 0 ? "whatif.no_interruption" : "whatif.nothing")}</p>
          )}
          {forecast.detection && (
            <p className="t2">
              {t(`whatif.detection.${forecast.detection.kind}`, {
                expected: format.duration(forecast.detection.expectedMs),
                worst: format.duration(forecast.detection.worstMs),
              })}
            </p>
          )}
          {list(forecast.doubtful).length > 0 && (
            <p className="t2">{t.words("whatif.doubtful", { resources: list(forecast.doubtful).join(", ") })}</p>
          )}
          {forecast.busy && <p className="t2">{t.words("whatif.busy")}</p>}
          {!forecast.rest && actions.length > 0 && <p className="t2">{t.words("whatif.more")}</p>}
        </div>
      </div>
      {list(forecast.warnings).map((f) => (
        <div key={`${f.code}/${f.object}/${f.args?.event}`} className="note-box v-warn">
          <Icon name="warn" />
          <p className="grow">
            <b>{t("whatif.breaks_target")}</b>
            {gap(t)}
            {t.words(`finding.${f.code}`, f.args)}
            {gap(t)}
            {t.words(`finding.${f.code}.do`, f.args)}
          </p>
        </div>
      ))}
      {counts.length > 1 && (
        <Figures
          label={t("whatif.counts")}
          items={counts.map((c) => ({
            key: c.kind,
            label: t.words(`whatif.action.${c.kind}`),
            value: c.count,
          }))}
        />
      )}
      {actions.length > 0 && (
        <>
          <h3>{t("whatif.actions")}</h3>
          <ul className="forecast-actions">
            {(all ? actions : actions.slice(0, few)).map((a, i) => (
              <Action key={`${a.kind}/${a.resource ?? ""}/${a.from ?? ""}/${a.to ?? ""}/${i}`} action={a} />
            ))}
          </ul>
          {!all && actions.length > few && (
            <Button type="link" size="small" className="flush" onClick={() => setAll(true)}>
              {t("whatif.all_actions", { count: actions.length })}
            </Button>
          )}
        </>
      )}
      <ForecastSteps steps={list(forecast.steps).filter((s) => s.operation !== "monitor")} />
      {list(forecast.differences).length > 0 && (
        <>
          <h3>{t("whatif.differences")}</h3>
          <Differences differences={list(forecast.differences)} />
        </>
      )}
      <p className="t3 xs">{t(forecast.engine === "simulated" ? "whatif.by_simulated" : "whatif.by_pacemaker")}</p>
    </section>
  );
}

/** Kinds that a reader counts as one. */
function grouped(kind: ForecastAction["kind"]): ForecastAction["kind"] {
  return kind === "migrate" ? "move" : kind === "recover" ? "restart" : kind;
}

function Outage({ of: s }: { of: Interruption }) {
  const t = useT();
  const format = useFormat();
  const seconds = (ms: number | undefined) => ({ time: format.duration(ms ?? 0) });
  if (!s.ends) return <p className="b">{t.words("whatif.stays_down", { service: s.service })}</p>;
  return (
    <div>
      <p className="b">
        {!s.exact && s.outageMs === 0
          ? t("whatif.outage_unknown", { service: s.service })
          : t.words(s.exact ? "whatif.outage" : "whatif.outage_least", { service: s.service, ...seconds(s.outageMs) })}
      </p>
      {(s.detectMs || s.fenceMs || list(s.missing).length > 0) && (
        <p className="t2">
          {[
            s.detectMs && t.words("whatif.of_it_detection", seconds(s.detectMs)),
            s.fenceMs && t.words("whatif.of_it_fencing", seconds(s.fenceMs)),
            list(s.missing).length > 0 && t.words("whatif.missing", { what: list(s.missing).join(", ") }),
          ]
            .filter(Boolean)
            .join(gap(t))}
        </p>
      )}
    </div>
  );
}

function Action({ action: a }: { action: ForecastAction }) {
  const t = useT();
  const look = kinds[a.kind];
  const where = [...new Set([a.from, a.to].filter(Boolean))];
  return (
    <li>
      <Pill tone={look.tone} icon={look.icon} plan>
        {t.words(`whatif.action.${a.kind}`)}
      </Pill>
      {a.resource && <b>{a.resource}</b>}
      <span className="row t2">
        {where.map((node, i) => (
          <span key={node} className="row">
            {i > 0 && <Icon name="arrow" size={12} label={t("whatif.to")} />}
            {node}
          </span>
        ))}
      </span>
      {a.role && <span className="tag">{a.role}</span>}
      {a.blocked && <Pill tone="bad">{t.words("whatif.blocked")}</Pill>}
      {a.reason && <span className="mono t3 xs">{a.reason}</span>}
    </li>
  );
}
