import { Progress } from "antd";
import type { ReactNode } from "react";

import type { Operation, Step } from "../api/types";
import { useFormat } from "../lib/format";
import { useT } from "../lib/i18n";
import { list } from "../lib/list";
import { FaultBox } from "./FaultView";
import { Icon } from "./Icon";
import { operationDone, stepIcon, stepTone } from "./operation";
import { At, isSet, useNow } from "./Time";

/** One step; what the node's agent does for it stands within. */
function StepLine({ step, children }: { step: Step; children?: ReactNode }) {
  const t = useT();
  const took = useTook();
  return (
    <li className={`v-${stepTone[step.state]}`} data-state={step.state}>
      <Icon name={stepIcon[step.state]} {...(step.state === "running" ? { className: "spin" } : {})} />
      <div className="grow">
        <div className="row">
          <span className={step.state === "running" ? "b grow" : "grow"}>
            {t.words(`step.${step.name}`, step.args)}
          </span>
          {step.node && <span className="tag">{step.node}</span>}
          {step.phase && !children && <span className="t3 xs">{t(`phase.${step.phase}`)}</span>}
          <span className="t3 xs num">
            {isSet(step.at) ? took(step.at, step.ended) : t(`step.state.${step.state}`)}
          </span>
        </div>
        {step.fault && <FaultBox fault={step.fault} compact />}
        {children}
      </div>
    </li>
  );
}

/** How long something took, or has taken up to now. */
function useTook(): (from: string, to: string | undefined) => string {
  const format = useFormat();
  const now = useNow();
  return (from, to) => format.duration(Math.max(0, (isSet(to) ? Date.parse(to) : now) - Date.parse(from)));
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
          <StepLine key={`${step.name}/${step.node ?? ""}/${i}`} step={step}>
            {list(step.steps).length > 0 && (
              <ol className="steps">
                {list(step.steps).map((within, n) => (
                  <StepLine
                    key={`${within.name}/${within.phase ?? ""}/${n}`}
                    step={within.node === step.node ? { ...within, node: "" } : within}
                  />
                ))}
              </ol>
            )}
          </StepLine>
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
