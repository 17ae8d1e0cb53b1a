import { AutoComplete, Button, Input, Segmented, Select } from "antd";
import { useState } from "react";

import type { DateMatch, Expression, Rule } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { Icon } from "./Icon";
import { KeyValues } from "./KeyValues";
import { emptyRule, specUnits } from "./rules";

/** Where a rule stands decides what it may ask: node attributes and time everywhere, the agent and the operation of defaults only. */
export type RulePlace = "location" | "values" | "resource_defaults" | "op_defaults";

// As deep as a person still reads it; the server allows more, and more is shown.
const deepest = 4;

const operations = ["eq", "ne", "lt", "lte", "gt", "gte", "defined", "not_defined"] as const;
const valueTypes = ["string", "integer", "number", "version"] as const;
const dateOperations = ["gt", "lt", "in_range", "date_spec"] as const;

/** Conditions joined by and or by or, with groups of conditions in them, to any depth. */
export function RuleEditor({
  value,
  onChange,
  attributes,
  place,
  depth = 0,
}: {
  value: Rule;
  onChange: (rule: Rule) => void;
  /** Names of node attributes that there are. */
  attributes: readonly string[];
  place: RulePlace;
  depth?: number;
}) {
  const t = useT();
  const all = list(value.expressions);
  // Conditions have no names of their own: each row keeps its number for as long as it is there, and with it what is typed in it.
  const [rows, setRows] = useState(() => all.map((_, i) => i));
  const set = (expressions: Expression[]) => onChange({ ...value, expressions });
  const add = (e: Expression) => {
    setRows([...rows, Math.max(-1, ...rows) + 1]);
    set([...all, e]);
  };
  const remove = (at: number) => {
    setRows(rows.filter((_, n) => n !== at));
    set(all.filter((_, n) => n !== at));
  };
  return (
    <fieldset className="rule" aria-label={t("rule.conditions")}>
      <div className="row wrap">
        <Segmented
          size="small"
          value={value.bool ?? "and"}
          onChange={(bool) => onChange({ ...value, bool })}
          options={[
            { value: "and" as const, label: t("rule.all") },
            { value: "or" as const, label: t("rule.any") },
          ]}
        />
        <span className="grow" />
        <Button size="small" type="text" icon={<Icon name="plus" size={14} />} onClick={() => add(attribute)}>
          {t("rule.kind.attribute")}
        </Button>
        <Button size="small" type="text" icon={<Icon name="plus" size={14} />} onClick={() => add(date)}>
          {t("rule.kind.date")}
        </Button>
        {place === "resource_defaults" || place === "op_defaults" ? (
          <Button size="small" type="text" icon={<Icon name="plus" size={14} />} onClick={() => add(agent)}>
            {t("rule.kind.agent")}
          </Button>
        ) : null}
        {place === "op_defaults" && (
          <Button size="small" type="text" icon={<Icon name="plus" size={14} />} onClick={() => add(operation)}>
            {t("rule.kind.op")}
          </Button>
        )}
        {depth < deepest && (
          <Button
            size="small"
            type="text"
            icon={<Icon name="plus" size={14} />}
            onClick={() => add({ rule: { ...emptyRule, bool: value.bool === "or" ? "and" : "or" } })}
          >
            {t("rule.kind.rule")}
          </Button>
        )}
      </div>
      {all.map((e, i) => (
        <div key={rows[i] ?? i} className="row rule-line">
          <div className="grow">
            <Condition
              value={e}
              onChange={(next) => set(all.map((old, n) => (n === i ? next : old)))}
              attributes={attributes}
              place={place}
              depth={depth}
            />
          </div>
          <Button
            type="text"
            size="small"
            disabled={all.length === 1}
            aria-label={t("rule.remove", { number: i + 1 })}
            icon={<Icon name="close" size={14} />}
            onClick={() => remove(i)}
          />
        </div>
      ))}
    </fieldset>
  );
}

const attribute: Expression = { attribute: "", operation: "eq", value: "" };
const date: Expression = { date: { operation: "date_spec", spec: { hours: "" } } };
const agent: Expression = { agent: {} };
const operation: Expression = { op: { name: "monitor" } };

function Condition({
  value: e,
  onChange,
  attributes,
  place,
  depth,
}: {
  value: Expression;
  onChange: (e: Expression) => void;
  attributes: readonly string[];
  place: RulePlace;
  depth: number;
}) {
  const t = useT();
  if (e.rule)
    return (
      <RuleEditor
        value={e.rule}
        onChange={(rule) => onChange({ rule })}
        attributes={attributes}
        place={place}
        depth={depth + 1}
      />
    );
  if (e.date) return <DateCondition value={e.date} onChange={(next) => onChange({ date: next })} />;
  if (e.agent) {
    const whole = [e.agent.class, e.agent.provider, e.agent.type].filter(Boolean).join(":");
    return (
      <div className="row">
        <span className="rule-what">{t("rule.agent")}</span>
        <Input
          className="grow"
          aria-label={t("rule.agent")}
          placeholder="ocf:heartbeat:IPaddr2"
          spellCheck={false}
          defaultValue={whole}
          onChange={(ev) => onChange({ agent: agentMatch(ev.target.value) })}
        />
      </div>
    );
  }
  if (e.op) {
    const { op } = e;
    return (
      <div className="row">
        <span className="rule-what">{t("rule.op")}</span>
        <Input
          className="grow"
          aria-label={t("rule.op")}
          placeholder="monitor"
          value={op.name}
          onChange={(ev) => onChange({ op: { ...op, name: ev.target.value } })}
        />
        <Input
          className="short"
          aria-label={t("form.interval")}
          placeholder={t("form.interval")}
          value={op.interval ?? ""}
          onChange={(ev) =>
            onChange({ op: { name: op.name, ...(ev.target.value ? { interval: ev.target.value } : {}) } })
          }
        />
      </div>
    );
  }
  const unary = e.operation === "defined" || e.operation === "not_defined";
  return (
    <div className="row">
      <AutoComplete
        className="grow"
        value={e.attribute ?? ""}
        aria-label={t("rule.attribute")}
        placeholder={t("rule.attribute")}
        options={attributes.filter((a) => a.includes(e.attribute ?? "")).map((a) => ({ value: a }))}
        onChange={(name: string) => onChange({ ...e, attribute: name })}
      />
      <Select
        className="rule-op"
        value={e.operation ?? "eq"}
        aria-label={t("rule.operation")}
        onChange={(next) => onChange(compare(e, next))}
        options={operations.map((o) => ({ value: o, label: t(`op.${o}`) }))}
      />
      {!unary && (
        <>
          <Input
            className="grow"
            aria-label={t("rule.value")}
            placeholder={t("rule.value")}
            spellCheck={false}
            value={e.value ?? ""}
            onChange={(ev) => onChange({ ...e, value: ev.target.value })}
          />
          <Select
            className="rule-op"
            value={e.type ?? ""}
            aria-label={t("rule.type")}
            onChange={(type: "" | (typeof valueTypes)[number]) => onChange(typed(e, type))}
            options={[
              { value: "" as const, label: t("rule.type.any") },
              ...valueTypes.map((v) => ({ value: v, label: t(`rule.type.${v}`) })),
            ]}
          />
        </>
      )}
    </div>
  );
}

/** The same condition with another comparison; whether an attribute is there is asked without a value. */
function compare(e: Expression, operation: (typeof operations)[number]): Expression {
  const attributeOnly = { attribute: e.attribute ?? "", operation };
  if (operation === "defined" || operation === "not_defined") return attributeOnly;
  return { ...e, ...attributeOnly, value: e.value ?? "" };
}

function typed(e: Expression, type: "" | (typeof valueTypes)[number]): Expression {
  const { type: _, ...rest } = e;
  return type ? { ...rest, type } : rest;
}

/** class:provider:type, class:type, or the type alone. */
function agentMatch(text: string): NonNullable<Expression["agent"]> {
  const parts = text.trim().split(":");
  const [first = "", second = "", third = ""] = parts;
  if (parts.length >= 3) return { class: first, provider: second, type: third };
  if (parts.length === 2) return { class: first, type: second };
  return first ? { type: first } : {};
}

function DateCondition({ value: d, onChange }: { value: DateMatch; onChange: (d: DateMatch) => void }) {
  const t = useT();
  const change = (to: DateMatch["operation"]) => {
    if (to === "date_spec") onChange({ operation: to, spec: { hours: "" } });
    else
      onChange({
        operation: to,
        ...(to === "lt" ? {} : { start: d.start ?? "" }),
        ...(to === "gt" ? {} : { end: d.end ?? "" }),
      });
  };
  const time = (name: "start" | "end") => (
    <Input
      className="grow"
      aria-label={t(name === "start" ? "rule.from" : "rule.until")}
      placeholder="2026-01-31 08:00:00Z"
      spellCheck={false}
      value={d[name] ?? ""}
      onChange={(ev) => onChange({ ...d, [name]: ev.target.value })}
    />
  );
  return (
    <div className="col tight">
      <div className="row">
        <span className="rule-what">{t("rule.time")}</span>
        <Select
          className="rule-date"
          value={d.operation}
          aria-label={t("rule.time")}
          onChange={change}
          options={dateOperations.map((o) => ({ value: o, label: t(`rule.date.${o}`) }))}
        />
        {(d.operation === "gt" || d.operation === "in_range") && time("start")}
        {(d.operation === "lt" || (d.operation === "in_range" && !d.duration)) && time("end")}
      </div>
      {d.operation === "in_range" && d.duration && (
        <KeyValues
          value={d.duration}
          onChange={(duration) => onChange({ ...d, duration })}
          names={["hours", "minutes", "days", "weeks", "months", "years", "seconds"]}
          label={t("rule.duration")}
        />
      )}
      {d.operation === "date_spec" && (
        <KeyValues
          value={d.spec ?? {}}
          onChange={(spec) => onChange({ ...d, spec })}
          names={specUnits}
          label={t("rule.date.date_spec")}
          hint={(name) => t.words(`rule.spec.${name}`, { value: name === "weekdays" ? "1-5" : "9-16" })}
        />
      )}
    </div>
  );
}
