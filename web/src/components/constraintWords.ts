import type { Constraint, ResourceSet } from "../api/types";
import { list } from "../lib/list";
import type { Translate } from "../lib/i18n";
import { scoreOf } from "./placement";
import { ruleSentence } from "./rules";

/** A relation in words. */
export function constraintSentence(t: Translate, c: Constraint): string {
  if (c.complex) return t("constraint.complex");
  const score = scoreOf(c.score);
  const resource = named(t, c.resource ?? c.pattern, c.role);
  switch (c.kind) {
    case "location": {
      const subject = list(c.sets).length > 0 ? c.sets?.map((s) => setWords(t, s)).join(t("common.comma")) : resource;
      if (c.rule)
        return t(scoreOf(c.rule.score) < 0 ? "constraint.rule_away" : "constraint.rule_to", {
          resource: subject,
          rule: ruleSentence(t, c.rule),
        });
      if (score === -Infinity) return t("constraint.never_on", { resource: subject, node: c.node });
      if (score === Infinity) return t("constraint.only_on", { resource: subject, node: c.node });
      return t(score < 0 ? "constraint.avoids" : "constraint.prefers", {
        resource: subject,
        node: c.node,
        score: c.score,
      });
    }
    case "colocation": {
      if (list(c.sets).length > 0)
        return t(score < 0 ? "constraint.sets_apart" : "constraint.sets_together", {
          // The set that leads stands last in the CIB.
          sets: list(c.sets)
            .map((s) => setWords(t, s))
            .join(t("constraint.set_follows")),
          score: c.score,
        });
      const args = { resource, with: named(t, c.with, c.withRole), score: c.score };
      if (score === Infinity) return t("constraint.with", args);
      if (score === -Infinity) return t("constraint.apart", args);
      return t(score < 0 ? "constraint.rather_apart" : "constraint.rather_with", args);
    }
    case "order": {
      const kind = c.orderKind ?? "Mandatory";
      if (list(c.sets).length > 0)
        return t(`constraint.sets_order.${kind}`, {
          sets: list(c.sets)
            .map((s) => setWords(t, s))
            .join(t("constraint.set_then")),
        });
      const doing = (action: string | undefined) => t(`constraint.action.${isAction(action) ? action : "start"}`);
      return t(`constraint.order.${kind}`, {
        first: c.first,
        action: doing(c.action),
        then: c.then,
        thenAction: doing(c.thenAction ?? c.action),
      });
    }
    default:
      return t("constraint.ticket", { resource, ticket: c.ticket });
  }
}

export const orderActions = ["start", "stop", "promote", "demote"] as const;
function isAction(action: string | undefined): action is (typeof orderActions)[number] {
  return orderActions.some((a) => a === action);
}

function named(t: Translate, id: string | undefined, role: string | undefined): string {
  return role && role !== "Started" ? t("constraint.in_role", { id, role }) : (id ?? "");
}

function setWords(t: Translate, s: ResourceSet): string {
  const members = list(s.resources).join(s.sequential === "false" ? t("constraint.set_any") : t("constraint.set_next"));
  return list(s.resources).length > 1 ? t("constraint.set", { members }) : members;
}
