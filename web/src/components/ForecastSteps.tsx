import { Button } from "antd";
import { useState } from "react";

import type { ForecastStep } from "../api/types";
import { useFormat } from "../lib/format";
import { useT } from "../lib/i18n";
import { Icon } from "./Icon";

/** Every single operation on one axis of time, in the order in which it would begin; folded until asked for. */
export function ForecastSteps({ steps }: { steps: readonly ForecastStep[] }) {
  const t = useT();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  if (steps.length === 0) return null;
  const end = Math.max(1, ...steps.map((s) => s.beginMs + s.durationMs));
  return (
    <div className="col tight">
      <Button
        type="link"
        size="small"
        className="flush"
        aria-expanded={open}
        icon={<Icon name={open ? "down" : "right"} size={14} />}
        onClick={() => setOpen(!open)}
      >
        {t("whatif.steps", { count: steps.length })}
      </Button>
      {open && (
        <ol className="forecast-steps">
          {steps.map((s, i) => (
            <li key={i} className={/^(stop|demote|fence|reboot|off)/.test(s.operation) ? "v-warn" : "v-info"}>
              <span>
                {t.words(`whatif.action.${s.operation}`, {}, s.operation)} {s.resource && <b>{s.resource}</b>}
              </span>
              <span className="t3">{s.node}</span>
              <span className="num">
                {s.measured ? format.duration(s.durationMs) : t.words("whatif.never_measured")}
              </span>
              <span className="bar" aria-hidden>
                <i style={{ marginLeft: `${(s.beginMs / end) * 97}%`, width: `${(s.durationMs / end) * 97}%` }} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
