import type { DateMatch, Expression, Rule } from "../api/types";
import { list } from "../lib/list";
import type { Translate } from "../lib/i18n";

// In the order in which a person says them.
export const specUnits = [
  "years",
  "weekyears",
  "months",
  "weeks",
  "monthdays",
  "weekdays",
  "yearsdays",
  "yeardays",
  "hours",
  "minutes",
  "seconds",
  "moon",
] as const;
const durationUnits = ["years", "months", "weeks", "days", "hours", "minutes", "seconds"] as const;

export const emptyRule: Rule = { bool: "and", expressions: [{ attribute: "", operation: "eq", value: "" }] };

/** Whether nothing is missing in a rule; what is wrong with it the server says. */
export function ruleComplete(rule: Rule): boolean {
  return (
    list(rule.expressions).length > 0 &&
    list(rule.expressions).every((e) => {
      if (e.rule) return ruleComplete(e.rule);
      if (e.date) return dateComplete(e.date);
      if (e.agent) return Boolean(e.agent.class ?? e.agent.provider ?? e.agent.type);
      if (e.op) return Boolean(e.op.name);
      const unary = e.operation === "defined" || e.operation === "not_defined";
      return Boolean(e.attribute?.trim()) && (unary || Boolean(e.value));
    })
  );
}

function dateComplete(d: DateMatch): boolean {
  switch (d.operation) {
    case "gt":
      return Boolean(d.start);
    case "lt":
      return Boolean(d.end);
    case "date_spec":
      return Object.values(d.spec ?? {}).some(Boolean) && Object.values(d.spec ?? {}).every(Boolean);
    default:
      return Boolean(d.end) || (Boolean(d.start) && Object.values(d.duration ?? {}).some(Boolean));
  }
}

/** A rule as a sentence, in the words that the command line uses. */
export function ruleSentence(t: Translate, rule: Rule): string {
  return list(rule.expressions)
    .map((e) => expression(t, e))
    .join(t.words(`rule.say.${rule.bool ?? "and"}`));
}

function expression(t: Translate, e: Expression): string {
  if (e.rule) return t.words("rule.say.nested", { rule: ruleSentence(t, e.rule) });
  if (e.date) return date(t, e.date);
  if (e.agent) {
    const agent = [e.agent.class, e.agent.provider, e.agent.type].filter(Boolean).join(":");
    return t.words("rule.say.agent", { agent });
  }
  if (e.op) {
    const { name = "", interval = "" } = e.op;
    return interval ? t.words("rule.say.op_interval", { name, interval }) : t.words("rule.say.op", { name });
  }
  const value =
    e.source === "param" || e.source === "meta" ? t.words(`rule.say.${e.source}`, { name: e.value }) : (e.value ?? "");
  const attribute = e.attribute === "#uname" ? t.words("rule.say.node_name") : (e.attribute ?? "");
  return t.words(`rule.say.${e.operation ?? "eq"}`, { attribute, value });
}

function date(t: Translate, d: DateMatch): string {
  const units = (values: Record<string, string> | undefined, order: readonly string[], prefix: string) =>
    order
      .filter((unit) => values?.[unit])
      .map((unit) => t.words(prefix + unit, { value: values?.[unit] }))
      .join(t.words("rule.say.comma"));
  const { start = "", end = "" } = d;
  switch (d.operation) {
    case "gt":
      return t.words("rule.say.after", { start });
    case "lt":
      return t.words("rule.say.until", { end });
    case "date_spec":
      return t.words("rule.say.spec", { times: units(d.spec, specUnits, "rule.spec.") });
    default:
  }
  const duration = units(d.duration, durationUnits, "rule.duration.");
  if (duration) return t.words("rule.say.for", { start, duration });
  return start ? t.words("rule.say.between", { start, end }) : t.words("rule.say.until", { end });
}
