import { useQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { Constraint, Resource } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { constraintSentence } from "../../components/constraintWords";
import { Icon } from "../../components/Icon";
import { IconButton } from "../../components/IconButton";
import { nodeAttributes } from "../../components/node";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { ConstraintDialog } from "./ConstraintDialog";
import { editable } from "./constraintForm";
import { SpreadDialog } from "./SpreadDialog";

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
  const [open, setOpen] = useState<"new" | "spread" | Constraint>();
  const [onlyFocus, setOnlyFocus] = useState(true);
  const { data } = useQuery(queries.cluster(cluster));
  const all = list(data?.config?.constraints);
  const related = (c: Constraint) =>
    [c.resource, c.with, c.first, c.then, ...list(c.sets).flatMap((s) => list(s.resources))].includes(focus ?? "");
  const shown = focus && onlyFocus ? all.filter(related) : all;
  const version = data?.config?.version;
  const close = () => setOpen(undefined);
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
          {can("service.spread") && (
            <Button size="small" icon={<Icon name="nodes" size={14} />} onClick={() => setOpen("spread")}>
              {t("spread.short")}
            </Button>
          )}
          {can("constraint.create") && (
            <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => setOpen("new")}>
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
              {can("constraint.edit") && (
                <IconButton
                  icon="edit"
                  disabled={!editable(c)}
                  title={editable(c) ? "" : t("constraint.complex")}
                  label={t("constraint.edit_of", { id: c.id })}
                  onClick={() => setOpen(c)}
                />
              )}
              {can("constraint.delete") && (
                <IconButton
                  icon="trash"
                  label={t("constraint.delete_of", { id: c.id })}
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
      {data && open === "spread" && <SpreadDialog detail={data} onClose={close} />}
      {data && open !== undefined && open !== "spread" && (
        <ConstraintDialog
          cluster={cluster}
          resources={resources}
          nodes={list(data.nodes)}
          tags={list(data.config?.tags).map((tag) => tag.id)}
          attributes={nodeAttributes(data)}
          focus={focus}
          taken={all.map((c) => c.id)}
          {...(open === "new" ? {} : { edited: open })}
          {...(version ? { version } : {})}
          onClose={close}
        />
      )}
    </Card>
  );
}
