import type { Constraint, ResourceSet } from "../../api/types";
import { freeID } from "../../components/constraints";
import { emptyRule, ruleComplete } from "../../components/rules";
import type { Translate } from "../../lib/i18n";
import { list } from "../../lib/list";

/** What a person wants to say; a rule and a ping rule are locations to Pacemaker. */
export const forms = ["location", "rule", "colocation", "order", "ping"] as const;
export type ConstraintForm = (typeof forms)[number] | "ticket";

export function formOf(c: Constraint): ConstraintForm {
  return c.kind === "location" && c.rule ? "rule" : c.kind;
}

/** Whether the forms can say all that a constraint says. */
export function editable(c: Constraint): boolean {
  return !c.complex && !c.pattern && (c.kind !== "location" || list(c.sets).length === 0);
}

export function blank(form: ConstraintForm, focus: string | undefined): Constraint {
  const resource = focus ?? "";
  switch (form) {
    case "rule":
      return { id: "", kind: "location", resource, rule: { ...emptyRule, score: "-INFINITY" } };
    case "colocation":
      return { id: "", kind: "colocation", resource, with: "", score: "INFINITY" };
    case "order":
      return { id: "", kind: "order", first: "", then: resource, orderKind: "Mandatory" };
    case "ticket":
      return { id: "", kind: "ticket", resource, ticket: "", lossPolicy: "stop" };
    default:
      return { id: "", kind: "location", resource, node: "", score: "100" };
  }
}

/** The ID that a constraint gets where nobody chooses one. */
export function named(form: ConstraintForm, c: Constraint, taken: readonly string[]): string {
  const sets = list(c.sets).flatMap((s) => list(s.resources));
  switch (form) {
    case "rule":
      return freeID([c.resource ?? "", "rule"], taken);
    case "ping":
      return freeID([c.resource ?? "", "needs-ping"], taken);
    case "colocation":
      return freeID(sets.length > 0 ? [...sets, "together"] : [c.resource ?? "", "with", c.with ?? ""], taken);
    case "order":
      return freeID(sets.length > 0 ? [...sets, "order"] : [c.first ?? "", "then", c.then ?? ""], taken);
    case "ticket":
      return freeID([c.resource ?? "", "needs", c.ticket ?? ""], taken);
    default:
      return freeID([c.resource ?? "", "on", c.node ?? ""], taken);
  }
}

const score = /^[+-]?(INFINITY|\d{1,7})$/;

/** Names of the fields that are still missing. */
export function wanting(t: Translate, c: Constraint): string[] {
  const sets = list(c.sets);
  const bySets = sets.length > 0;
  const lacks: (string | false)[] = [];
  const need = (there: unknown, name: string) => lacks.push(!there && name);
  if (bySets) {
    const filled = sets.every((s) => list(s.resources).length > 0);
    const count = sets.reduce((sum, s) => sum + list(s.resources).length, 0);
    need(filled && count > 1, t("constraint.sets"));
  }
  switch (c.kind) {
    case "location":
      if (!bySets) need(c.resource, t("constraint.resource"));
      if (c.rule) {
        need(ruleComplete(c.rule), t("constraint.kind.rule"));
        need(c.rule.scoreAttribute ?? score.test(c.rule.score ?? ""), t("constraint.score"));
      } else {
        need(c.node, t("constraint.node"));
        need(score.test(c.score ?? ""), t("constraint.score"));
      }
      break;
    case "colocation":
      if (!bySets) {
        need(c.resource, t("constraint.resource"));
        need(c.with, t("constraint.with_resource"));
      }
      need(score.test(c.score ?? ""), t("constraint.score"));
      break;
    case "order":
      if (!bySets) {
        need(c.first, t("constraint.first"));
        need(c.then, t("constraint.then"));
      }
      break;
    default:
      need(c.resource ?? bySets, t("constraint.resource"));
      need(c.ticket, t("constraint.kind.ticket"));
  }
  return lacks.filter((name) => name !== false);
}

/** The same relation between two resources said by sets, and back where there are just two. */
export function toSets(c: Constraint): Constraint {
  const set = (id: string | undefined): ResourceSet => ({ resources: id ? [id] : [] });
  const { resource, role: _r, with: leader, withRole: _w, first, then, action: _a, thenAction: _t, ...rest } = c;
  return { ...rest, sets: c.kind === "order" ? [set(first), set(then)] : [set(resource), set(leader)] };
}

export function toPair(c: Constraint): Constraint {
  const [one, two] = list(c.sets).flatMap((s) => list(s.resources));
  const { sets: _, ...rest } = c;
  return c.kind === "order"
    ? { ...rest, first: one ?? "", then: two ?? "" }
    : { ...rest, resource: one ?? "", with: two ?? "" };
}
