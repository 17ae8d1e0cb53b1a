import { Button, Progress } from "antd";
import { useState } from "react";

import type { Operation, Step } from "../api/types";
import { useFormat } from "../lib/format";
import { useT } from "../lib/i18n";
import { list } from "../lib/list";
import { FaultBox } from "./FaultView";
import { Icon } from "./Icon";
import { operationDone, stepIcon, stepTone } from "./operation";
import { At, isSet, useNow } from "./Time";

/** How long something took, or has taken up to now. */
function useTook(): (from: string, to: string | undefined) => string {
  const format = useFormat();
  const now = useNow();
  return (from, to) => format.duration(Math.max(0, (isSet(to) ? Date.parse(to) : now) - Date.parse(from)));
}

/** One step; what the node's agent does for it stands within: open while it runs and where it failed, else when asked for. */
function StepLine({ step }: { step: Step }) {
  const t = useT();
  const took = useTook();
  const inner = list(step.steps);
  const [asked, setAsked] = useState<boolean>();
  const open = inner.length > 0 && (asked ?? (step.state === "running" || step.state === "failed"));
  return (
    <li className={`v-${stepTone[step.state]}`} data-state={step.state}>
      <Icon name={stepIcon[step.state]} {...(step.state === "running" ? { className: "spin" } : {})} />
      <div className="grow">
        <div className="row">
          <span className={step.state === "running" ? "b grow" : "grow"}>
            {t.words(`step.${step.name}`, step.args)}
          </span>
          {step.node && <span className="tag">{step.node}</span>}
          {inner.length > 0 ? (
            <Button type="text" size="small" className="fold" aria-expanded={open} onClick={() => setAsked(!open)}>
              {t("operation.inner_steps", { count: inner.length })}
              <Icon name={open ? "down" : "right"} size={14} />
            </Button>
          ) : (
            step.phase && <span className="t3 xs">{t(`phase.${step.phase}`)}</span>
          )}
          <span className="t3 xs num">
            {isSet(step.at) ? took(step.at, step.ended) : t(`step.state.${step.state}`)}
          </span>
        </div>
        {step.fault && <FaultBox fault={step.fault} compact />}
        {open && (
          <ol className="steps">
            {inner.map((within, i) => (
              <StepLine
                key={`${within.name}/${within.phase ?? ""}/${i}`}
                step={within.node === step.node ? { ...within, node: "" } : within}
              />
            ))}
          </ol>
        )}
      </div>
    </li>
  );
}

/** The steps of an operation as they go: plan, commit, verify, roll back. */
export function OperationSteps({ operation }: { operation: Operation }) {
  const t = useT();
  const took = useTook();
  return (
    <div className="col">
      <Progress
        percent={operation.percent}
        status={operation.state === "failed" ? "exception" : operationDone(operation) ? "normal" : "active"}
        aria-label={t("operation.progress")}
      />
      <ol className="steps">
        {list(operation.steps).map((step, i) => (
          <StepLine key={`${step.name}/${step.node ?? ""}/${i}`} step={step} />
        ))}
      </ol>
      {operation.fault && <FaultBox fault={operation.fault} compact />}
      <p className="t3 xs">
        {t("operation.by", { actor: operation.actor })} · <At at={operation.started} />
        {isSet(operation.ended) && ` · ${took(operation.started, operation.ended)}`}
      </p>
    </div>
  );
}
