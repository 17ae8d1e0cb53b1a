import { Button } from "antd";
import { useState } from "react";

import type { Budget, BudgetEvent, BudgetPart } from "../api/types";
import { useFormat } from "../lib/format";
import { gap, useT } from "../lib/i18n";
import { list } from "../lib/list";
import "./budget.css";
import { Icon } from "./Icon";
import { Pill } from "./Pill";
import type { Tone } from "./tone";

const tones: Record<NonNullable<BudgetEvent["answer"]>, Tone> = { met: "ok", missed: "bad", unknown: "warn" };

/** How many milliseconds the whole width stands for: everything that is to be expected, and every target. */
function scaleOf(events: readonly BudgetEvent[]): number {
  return Math.max(1000, ...events.flatMap((e) => [e.typical.ms, (e.targetSeconds ?? 0) * 1000])) * 1.05;
}

/**
 * The failover budget of a service: a stacked bar for each event, all on one scale, with the target as a line.
 *
 * Its data are what `budget.list` (for each service) and `budget.show` answer, `Budget` of api/types:
 *
 *     { service: "pg",
 *       events: [{
 *         event: "planned" | "node" | "application" | "threshold",
 *         never?: "no_taker" | …,          // it does not come back by itself: no bar, a sentence
 *         typical: { ms, exact, resource?, parts: [{ kind, object?, by?, ms, source, at?, count? }] },
 *         worst: the same,                  // what time-outs allow; not drawn, because it would flatten the bar
 *         targetSeconds?, answer?: "met" | "missed" | "unknown",
 *         finding?: Finding                 // why the target is not met: finding.<code> and finding.<code>.do
 *       }] }
 *
 * `BudgetBar` alone draws one event; give several of them the same `scale` (milliseconds) to compare them.
 */
export function BudgetBars({ budget }: { budget: Budget }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const events = list(budget.events);
  const scale = scaleOf(events);
  const kinds = [...new Set(events.flatMap((e) => list(e.typical.parts).map((p) => p.kind)))];
  const findings = events.flatMap((e) => (e.finding ? [e.finding] : []));
  return (
    <div className="col budget">
      <ul className="col">
        {events.map((e) => (
          <li key={e.event} className="col tight">
            <BudgetBar event={e} scale={scale} />
            {open && <Parts event={e} />}
          </li>
        ))}
      </ul>
      <ul className="row wrap xs t2 legend">
        {kinds.map((kind) => (
          <li key={kind} className="row">
            <i className={`key part-${kind}`} />
            {t.words(`budget.part.${kind}`)}
          </li>
        ))}
      </ul>
      {findings.map((f) => (
        <div key={`${f.code}/${f.args?.event}`} className={`note-box v-${f.severity === "info" ? "info" : "warn"}`}>
          <Icon name={f.severity === "info" ? "info" : "warn"} />
          <p className="grow">
            {t.words(`finding.${f.code}`, f.args)}
            {gap(t)}
            {t.words(`finding.${f.code}.do`, f.args)}
          </p>
        </div>
      ))}
      <Button
        type="link"
        size="small"
        className="flush"
        aria-expanded={open}
        icon={<Icon name={open ? "down" : "right"} size={14} />}
        onClick={() => setOpen(!open)}
      >
        {t("budget.parts")}
      </Button>
    </div>
  );
}

/** One event as a bar: what is to be expected part by part, and the target as a line. */
export function BudgetBar({ event: e, scale }: { event: BudgetEvent; scale?: number }) {
  const t = useT();
  const format = useFormat();
  const whole = scale ?? scaleOf([e]);
  const parts = list(e.typical.parts);
  const percent = (ms: number) => `${Math.min(100, (ms / whole) * 100)}%`;
  const known = format.duration(e.typical.ms);
  const least = e.typical.ms === 0 ? t.words("budget.source.unknown") : t("budget.at_least", { time: known });
  const time = e.typical.exact ? known : least;
  const words = [
    ...parts.map((p) => `${partName(t.words(`budget.part.${p.kind}`), p)} ${partTime(p, t, format.duration)}`),
    ...(e.targetSeconds === undefined ? [] : [t("budget.target", { time: format.duration(e.targetSeconds * 1000) })]),
  ];
  return (
    <div className="col tight budget-bar">
      <div className="row wrap">
        <span className="b">{t.words(`budget.event.${e.event}`)}</span>
        {e.answer && <Pill tone={tones[e.answer]}>{t.words(`budget.answer.${e.answer}`)}</Pill>}
        <span className="end num">
          {e.never ? t("budget.stays_away") : <b>{time}</b>}{" "}
          {!e.never && <span className="t3">{t("budget.worst", { time: format.duration(e.worst.ms) })}</span>}
        </span>
      </div>
      {e.never ? (
        <p className="t2">{t.words(`budget.never.${e.never}`, { object: e.because })}</p>
      ) : (
        <div className="track" role="img" aria-label={format.list(words)}>
          <div className="bar">
            {parts.map((p, i) => (
              <i
                key={i}
                className={`part-${p.kind}${p.source === "unknown" ? " unknown" : ""}`}
                style={{ width: percent(p.ms) }}
              />
            ))}
          </div>
          {e.targetSeconds !== undefined && (
            <span className="target" style={{ left: percent(e.targetSeconds * 1000) }} />
          )}
        </div>
      )}
    </div>
  );
}

function partName(kind: string, p: BudgetPart): string {
  return p.object ? `${kind} ${p.object}` : kind;
}

function partTime(p: BudgetPart, t: ReturnType<typeof useT>, duration: (ms: number) => string): string {
  return p.source === "unknown" ? t.words("budget.source.unknown") : duration(p.ms);
}

/** The steps of an event, each with its time and where that comes from. */
function Parts({ event: e }: { event: BudgetEvent }) {
  const t = useT();
  const format = useFormat();
  return (
    <ol className="budget-parts xs">
      {list(e.typical.parts).map((p, i) => (
        <li key={i}>
          <span>{partName(t.words(`budget.part.${p.kind}`), p)}</span>
          <span className="num">{p.source === "unknown" ? "–" : format.duration(p.ms)}</span>
          <span className="t3">
            {p.source === "measured" && p.at
              ? t("budget.measured", { count: p.count ?? 1, at: format.time(p.at) })
              : t.words(`budget.source.${p.source}`)}
          </span>
        </li>
      ))}
    </ol>
  );
}
