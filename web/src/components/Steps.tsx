import { Progress } from "antd";

import type { Operation } from "../api/types";
import { useFormat } from "../lib/format";
import { useT } from "../lib/i18n";
import { list } from "../lib/list";
import { FaultBox } from "./FaultView";
import { Icon } from "./Icon";
import { operationDone, stepIcon, stepTone } from "./operation";
import { At, isSet, useNow } from "./Time";

/** The steps of an operation as they go: plan, commit, verify, roll back. */
export function OperationSteps({ operation }: { operation: Operation }) {
  const t = useT();
  const format = useFormat();
  const now = useNow();
  const steps = list(operation.steps);
  const took = (from: string, to: string | undefined) =>
    format.duration(Math.max(0, (isSet(to) ? Date.parse(to) : now) - Date.parse(from)));
  return (
    <div className="col">
      <Progress
        percent={operation.percent}
        status={operation.state === "failed" ? "exception" : operationDone(operation) ? "normal" : "active"}
        aria-label={t("operation.progress")}
      />
      <ol className="steps">
        {steps.map((step, i) => (
          <li
            key={`${step.name}/${step.node ?? ""}/${step.phase ?? ""}/${i}`}
            className={`v-${stepTone[step.state]}`}
            data-state={step.state}
          >
            <Icon name={stepIcon[step.state]} {...(step.state === "running" ? { className: "spin" } : {})} />
            <div className="grow">
              <div className="row">
                <span className={step.state === "running" ? "b grow" : "grow"}>
                  {t.words(`step.${step.name}`, step.args)}
                </span>
                {step.node && <span className="tag">{step.node}</span>}
                {step.phase && <span className="t3 xs">{t(`phase.${step.phase}`)}</span>}
                <span className="t3 xs num">
                  {isSet(step.at) ? took(step.at, step.ended) : t(`step.state.${step.state}`)}
                </span>
              </div>
              {step.fault && <FaultBox fault={step.fault} compact />}
            </div>
          </li>
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
