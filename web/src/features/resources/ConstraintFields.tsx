import { Checkbox, Form, Input, Segmented, Select } from "antd";

import type { Constraint } from "../../api/types";
import { orderActions } from "../../components/constraintWords";
import { pingRule } from "../../components/constraints";
import { RuleField } from "../../components/RuleField";
import { emptyRule } from "../../components/rules";
import { ScoreInput } from "../../components/ScoreInput";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { type ConstraintForm, toPair, toSets } from "./constraintForm";
import { ResourceSets } from "./ResourceSets";

const roles = ["Started", "Promoted", "Unpromoted", "Stopped"] as const;
const orderKinds = ["Mandatory", "Optional", "Serialize"] as const;
const lossPolicies = ["stop", "demote", "fence", "freeze"] as const;

/** The fields of one form of constraint. */
export function ConstraintFields({
  form,
  value: c,
  onChange,
  resources,
  nodes,
  tags,
  attributes,
}: {
  form: ConstraintForm;
  value: Constraint;
  onChange: (c: Constraint) => void;
  resources: readonly string[];
  nodes: readonly string[];
  tags: readonly string[];
  attributes: readonly string[];
}) {
  const t = useT();
  const set = (fields: Partial<Constraint>) => onChange({ ...c, ...fields });
  const bySets = list(c.sets).length > 0;
  const pick = (name: "resource" | "with" | "first" | "then", label: string, withTags = false) => (
    <Form.Item className="flat grow" label={label} htmlFor={`constraint-${name}`}>
      <Select
        id={`constraint-${name}`}
        showSearch
        value={c[name] || null}
        onChange={(id: string) => (form === "ping" ? onChange({ ...pingRule(id, []), id: "" }) : set({ [name]: id }))}
        options={[...resources, ...(withTags ? tags : [])].map((r) => ({ value: r, label: r }))}
      />
    </Form.Item>
  );
  // "Started" is any role that runs: the same as saying nothing.
  const role = (name: "role" | "withRole", label: string) => (
    <Form.Item className="flat" label={label} htmlFor={`constraint-${name}`}>
      <Select
        id={`constraint-${name}`}
        className="short"
        popupMatchSelectWidth={false}
        value={c[name] ?? ""}
        onChange={(to: string) => {
          const { [name]: _, ...rest } = c;
          onChange(to ? { ...rest, [name]: to } : rest);
        }}
        options={[
          { value: "", label: t("constraint.any_role") },
          ...roles.map((r) => ({ value: r as string, label: t(`constraint.role.${r}`) })),
          ...(c[name] && !roles.some((r) => r === c[name]) ? [{ value: c[name], label: c[name] }] : []),
        ]}
      />
    </Form.Item>
  );
  const action = (name: "action" | "thenAction", label: string) => (
    <Form.Item className="flat" label={label} htmlFor={`constraint-${name}`}>
      <Select
        id={`constraint-${name}`}
        className="short"
        value={c[name] ?? (name === "thenAction" ? c.action : undefined) ?? "start"}
        onChange={(to: string) => set({ [name]: to })}
        options={orderActions.map((a) => ({ value: a as string, label: t(`constraint.action.${a}`) }))}
      />
    </Form.Item>
  );
  const score = (choices: { value: string; label: string }[], now: string, change: (to: string) => void) => (
    <Form.Item className="flat" label={t("constraint.score")} htmlFor="constraint-score">
      <ScoreInput id="constraint-score" value={now} onChange={change} choices={choices} />
    </Form.Item>
  );
  const sets = (
    <>
      <div>
        <Segmented
          size="small"
          value={bySets ? "sets" : "pair"}
          onChange={(to) => onChange(to === "sets" ? toSets(c) : toPair(c))}
          options={[
            { value: "pair", label: t("constraint.pair") },
            { value: "sets", label: t("constraint.sets") },
          ]}
        />
      </div>
      {bySets && (
        <ResourceSets
          value={list(c.sets)}
          onChange={(next) => set({ sets: next })}
          names={[...resources, ...tags]}
          kind={c.kind}
        />
      )}
    </>
  );

  switch (form) {
    case "location":
      return (
        <>
          <div className="row">
            {pick("resource", t("constraint.resource"), true)}
            {role("role", t("constraint.role"))}
          </div>
          <Form.Item className="flat" label={t("constraint.node")} htmlFor="constraint-node">
            <Select
              id="constraint-node"
              value={c.node || null}
              onChange={(node: string) => set({ node })}
              options={nodes.map((n) => ({ value: n, label: n }))}
            />
          </Form.Item>
          {score(
            [
              { value: "200", label: t("score.main") },
              { value: "100", label: t("score.spare") },
              { value: "INFINITY", label: t("score.only") },
              { value: "-INFINITY", label: t("score.never") },
            ],
            c.score ?? "",
            (to) => set({ score: to }),
          )}
        </>
      );
    case "rule": {
      const rule = c.rule ?? emptyRule;
      return (
        <>
          {pick("resource", t("constraint.resource"), true)}
          <Form.Item className="flat" label={t("constraint.where")}>
            <RuleField value={rule} onChange={(to) => set({ rule: to })} attributes={attributes} place="location" />
          </Form.Item>
          {rule.scoreAttribute === undefined &&
            score(
              [
                { value: "-INFINITY", label: t("score.never_there") },
                { value: "INFINITY", label: t("score.only_there") },
                { value: "100", label: t("score.rather_there") },
              ],
              rule.score ?? "",
              (to) => set({ rule: { ...rule, score: to } }),
            )}
        </>
      );
    }
    case "colocation":
      return (
        <>
          {sets}
          {!bySets && (
            <>
              <div className="row">
                {pick("resource", t("constraint.resource"), true)}
                {role("role", t("constraint.role"))}
              </div>
              <div className="row">
                {pick("with", t("constraint.with_resource"), true)}
                {role("withRole", t("constraint.role"))}
              </div>
            </>
          )}
          {score(
            [
              { value: "INFINITY", label: t("score.together") },
              { value: "-INFINITY", label: t("score.apart") },
            ],
            c.score ?? "",
            (to) => set({ score: to }),
          )}
        </>
      );
    case "order":
      return (
        <>
          {sets}
          {!bySets && (
            <>
              <div className="row">
                {pick("first", t("constraint.first"))}
                {action("action", t("constraint.action"))}
              </div>
              <div className="row">
                {pick("then", t("constraint.then"))}
                {action("thenAction", t("constraint.action"))}
              </div>
            </>
          )}
          {c.score === undefined && (
            <Form.Item className="flat" label={t("constraint.order_kind")} htmlFor="constraint-order-kind">
              <Select
                id="constraint-order-kind"
                value={c.orderKind ?? "Mandatory"}
                onChange={(orderKind) => set({ orderKind })}
                options={orderKinds.map((k) => ({ value: k, label: t(`constraint.order_kind.${k}`) }))}
              />
            </Form.Item>
          )}
          {/* What must not happen at the same time has no reverse. */}
          {c.orderKind !== "Serialize" && (
            <Checkbox
              checked={c.symmetrical !== "false"}
              onChange={(ev) => {
                const { symmetrical: _, ...rest } = c;
                onChange(ev.target.checked ? rest : { ...rest, symmetrical: "false" });
              }}
            >
              {t("constraint.symmetrical")}
            </Checkbox>
          )}
        </>
      );
    case "ticket":
      return (
        <>
          {!bySets && pick("resource", t("constraint.resource"), true)}
          <Form.Item className="flat" label={t("constraint.kind.ticket")} htmlFor="constraint-ticket">
            <Input id="constraint-ticket" value={c.ticket ?? ""} onChange={(ev) => set({ ticket: ev.target.value })} />
          </Form.Item>
          <Form.Item className="flat" label={t("constraint.loss_policy")} htmlFor="constraint-loss">
            <Select
              id="constraint-loss"
              value={c.lossPolicy ?? "stop"}
              onChange={(lossPolicy) => set({ lossPolicy })}
              options={lossPolicies.map((p) => ({ value: p, label: t(`constraint.loss.${p}`) }))}
            />
          </Form.Item>
        </>
      );
    default:
      return pick("resource", t("constraint.resource"));
  }
}
