import { useQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { Constraint, Resource } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { scoreOf } from "../../components/placement";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { type Translate, useT } from "../../lib/i18n";
import { ConstraintDialog } from "./ConstraintDialog";

/** Says more than the sentences below: sets of resources, rules over more than node attributes. */
function beyondWords(c: Constraint): boolean {
  return Boolean(c.complex) || list(c.sets).length > 0 || list(c.rule?.expressions).some((e) => !e.operation);
}

/** A relation in words. */
export function constraintSentence(t: Translate, c: Constraint): string {
  if (beyondWords(c)) return t("constraint.complex");
  const score = scoreOf(c.score);
  switch (c.kind) {
    case "location": {
      if (c.rule) {
        const rule = list(c.rule.expressions)
          .map((e) => [e.attribute, t(`op.${e.operation ?? "eq"}`), e.value].filter(Boolean).join(" "))
          .join(` ${t(`bool.${c.rule.bool ?? "and"}`)} `);
        return t(scoreOf(c.rule.score) < 0 ? "constraint.rule_away" : "constraint.rule_to", {
          resource: c.resource,
          rule,
        });
      }
      if (score === -Infinity) return t("constraint.never_on", { resource: c.resource, node: c.node });
      if (score === Infinity) return t("constraint.only_on", { resource: c.resource, node: c.node });
      return t(score < 0 ? "constraint.avoids" : "constraint.prefers", {
        resource: c.resource,
        node: c.node,
        score: c.score,
      });
    }
    case "colocation":
      if (score === Infinity) return t("constraint.with", { resource: c.resource, with: c.with });
      if (score === -Infinity) return t("constraint.apart", { resource: c.resource, with: c.with });
      return t(score < 0 ? "constraint.rather_apart" : "constraint.rather_with", {
        resource: c.resource,
        with: c.with,
        score: c.score,
      });
    case "order":
      return t("constraint.order", { first: c.first, then: c.then });
    default:
      return c.id;
  }
}

export function Constraints({
  cluster,
  resources,
  focus,
}: {
  cluster: string;
  resources: readonly Resource[];
  focus: string | undefined;
}) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const [adding, setAdding] = useState(false);
  const [onlyFocus, setOnlyFocus] = useState(true);
  const { data } = useQuery(queries.cluster(cluster));
  const all = list(data?.config?.constraints);
  const related = (c: Constraint) => [c.resource, c.with, c.first, c.then].includes(focus ?? "");
  const shown = focus && onlyFocus ? all.filter(related) : all;
  return (
    <Card
      title={t("constraint.title")}
      note={t("constraint.note")}
      extra={
        <>
          {focus && (
            <Segmented
              size="small"
              value={onlyFocus ? "one" : "all"}
              onChange={(value) => setOnlyFocus(value === "one")}
              options={[
                { value: "one", label: focus },
                { value: "all", label: t("common.all") },
              ]}
            />
          )}
          {can("constraint.create") && (
            <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => setAdding(true)}>
              {t("constraint.create")}
            </Button>
          )}
        </>
      }
    >
      {shown.length === 0 ? (
        <p className="pad t2">{t("constraint.none")}</p>
      ) : (
        <ul className="lines">
          {shown.map((c) => (
            <li key={c.id}>
              <span className="tag kind">{t(c.rule ? "constraint.kind.rule" : `constraint.kind.${c.kind}`)}</span>
              <span className="grow">{constraintSentence(t, c)}</span>
              <span className="mono t3">{c.id}</span>
              {can("constraint.delete") && (
                <Button
                  type="text"
                  size="small"
                  aria-label={t("constraint.delete_of", { id: c.id })}
                  icon={<Icon name="trash" size={14} />}
                  onClick={() =>
                    ask({
                      title: t("constraint.delete_title"),
                      consequence: (
                        <>
                          <p className="b">{constraintSentence(t, c)}</p>
                          <p className="t2">{t("constraint.delete_text")}</p>
                        </>
                      ),
                      act: t("constraint.delete"),
                      forecast: { cluster, scenario: { edits: [{ op: "constraint.delete", id: c.id }] } },
                      run: () => act("constraint.delete", { path: { cluster, constraint: c.id } }),
                    })
                  }
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <ConstraintDialog
          cluster={cluster}
          resources={resources}
          nodes={list(data?.nodes)}
          focus={focus}
          taken={all.map((c) => c.id)}
          onClose={() => setAdding(false)}
        />
      )}
    </Card>
  );
}
