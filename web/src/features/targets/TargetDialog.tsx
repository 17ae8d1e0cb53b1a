import { useQueryClient } from "@tanstack/react-query";
import { Form, InputNumber } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys } from "../../api/queries";
import type { Fault, Target, TargetShown } from "../../api/types";
import { errorsBelow } from "../../components/formErrors";
import { SaveDialog } from "../../components/SaveDialog";
import { type GoalName, goalNames, goalsOf, goalWord, span, standsText } from "../../components/targets";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

type Draft = Record<GoalName, number | null>;

// As long as the server takes: a year.
const mostSeconds = 365 * 24 * 3600;

/** What is promised for a service, in seconds; what is left empty is not promised. */
export function TargetDialog({
  cluster,
  shown,
  onClose,
}: {
  cluster: string;
  shown: TargetShown;
  onClose: () => void;
}) {
  const t = useT();
  const cache = useQueryClient();
  const { service, target } = shown;
  const [draft, setDraft] = useState<Draft>({
    rtoUnplanned: target?.rtoUnplanned ?? null,
    rtoPlanned: target?.rtoPlanned ?? null,
    rpoUnplanned: target?.rpoUnplanned ?? null,
    rpoPlanned: target?.rpoPlanned ?? null,
  });
  const body: Target = {};
  for (const name of goalNames) {
    const value = draft[name];
    if (value !== null) body[name] = value;
  }
  const why = goalNames.some((name) => outside(draft[name]))
    ? t.words("target.range")
    : goalNames.every((name) => draft[name] === null)
      ? t("targets.needs_any")
      : goalNames.every((name) => body[name] === target?.[name])
        ? t("form.unchanged")
        : "";
  const send = async () => {
    const result = await call("target.set", { path: { cluster, service }, body });
    if (result.ok) await cache.invalidateQueries({ queryKey: keys.targets(cluster) });
    return result;
  };
  return (
    <SaveDialog
      width={640}
      title={t("targets.dialog.title", { service })}
      act={t("targets.dialog.act")}
      why={why}
      hint={t("targets.dialog.hint")}
      send={send}
      onClose={onClose}
      nameOf={(path) => {
        const name = goalNames.find((n) => n === path);
        return name && t.words(`target.${goalWord[name]}`);
      }}
    >
      {(fault) => <Fields shown={shown} draft={draft} fault={fault} onChange={setDraft} />}
    </SaveDialog>
  );
}

function outside(value: number | null): boolean {
  return value !== null && (value < 0 || value > mostSeconds);
}

function Fields({
  shown,
  draft,
  fault,
  onChange,
}: {
  shown: TargetShown;
  draft: Draft;
  fault: Fault | undefined;
  onChange: (draft: Draft) => void;
}) {
  const t = useT();
  const format = useFormat();
  const errors = errorsBelow(t, fault, "");
  return (
    <>
      <p className="t2">{t("targets.dialog.text")}</p>
      <Form layout="vertical" component="div" requiredMark={false}>
        <div className="goal-fields">
          {goalsOf(shown).map((goal) => {
            const value = draft[goal.name];
            const wrong = outside(value) ? t.words("target.range") : errors.get(goal.name);
            return (
              <Form.Item
                key={goal.name}
                label={t.words(`target.${goalWord[goal.name]}`)}
                htmlFor={`target-${goal.name}`}
                extra={
                  <>
                    {t(`targets.means.${goal.name}`)}
                    <br />
                    {t("targets.now", { stands: standsText(t, format, goal) })}
                  </>
                }
                {...(wrong ? { validateStatus: "error", help: wrong } : {})}
              >
                <InputNumber
                  id={`target-${goal.name}`}
                  precision={0}
                  value={value}
                  placeholder={t("targets.none")}
                  suffix={value !== null && value >= 60 && !outside(value) ? `s = ${span(format, value)}` : "s"}
                  onChange={(next) => onChange({ ...draft, [goal.name]: next })}
                />
              </Form.Item>
            );
          })}
        </div>
      </Form>
    </>
  );
}
