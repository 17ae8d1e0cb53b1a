import { Button, Checkbox, Select } from "antd";

import type { Constraint, ResourceSet } from "../../api/types";
import { orderActions } from "../../components/constraintWords";
import { Icon } from "../../components/Icon";
import { IconButton } from "../../components/IconButton";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

/** Sets of resources: within a set in sequence or all alike, one set after the other. */
export function ResourceSets({
  value,
  onChange,
  names,
  kind,
}: {
  value: readonly ResourceSet[];
  onChange: (sets: ResourceSet[]) => void;
  /** IDs of resources and tags. */
  names: readonly string[];
  kind: Constraint["kind"];
}) {
  const t = useT();
  const change = (at: number, to: ResourceSet) => onChange(value.map((old, i) => (i === at ? to : old)));
  return (
    <ol className="col tight" aria-label={t("constraint.sets")}>
      {value.map((s, i) => {
        const { sequential: _, ...rest } = s;
        const { requireAll: __, ...all } = s;
        const { action: ___, ...plain } = s;
        return (
          // Sets have no names of their own.
          <li key={i} className="rule">
            <div className="row">
              <span className="t3">{i + 1}</span>
              <Select
                mode="multiple"
                className="grow"
                aria-label={t("constraint.set_of", { number: i + 1 })}
                value={[...list(s.resources)]}
                onChange={(resources: string[]) => change(i, { ...s, resources })}
                options={names.map((n) => ({ value: n, label: n }))}
              />
              <IconButton
                icon="close"
                disabled={value.length === 1}
                label={t("constraint.set_remove", { number: i + 1 })}
                onClick={() => onChange(value.filter((_s, n) => n !== i))}
              />
            </div>
            <div className="row wrap">
              <Checkbox
                checked={s.sequential !== "false"}
                onChange={(ev) => change(i, ev.target.checked ? rest : { ...rest, sequential: "false" })}
              >
                {t("constraint.sequential")}
              </Checkbox>
              {kind === "order" && (
                <>
                  <Checkbox
                    checked={s.requireAll !== "false"}
                    onChange={(ev) => change(i, ev.target.checked ? all : { ...all, requireAll: "false" })}
                  >
                    {t("constraint.require_all")}
                  </Checkbox>
                  <Select
                    size="small"
                    className="short"
                    aria-label={t("constraint.action")}
                    value={s.action ?? "start"}
                    onChange={(action: string) => change(i, action === "start" ? plain : { ...plain, action })}
                    options={orderActions.map((a) => ({ value: a as string, label: t(`constraint.action.${a}`) }))}
                  />
                </>
              )}
            </div>
          </li>
        );
      })}
      <li>
        <Button
          size="small"
          icon={<Icon name="plus" size={14} />}
          onClick={() => onChange([...value, { resources: [] }])}
        >
          {t("constraint.set_add")}
        </Button>
      </li>
    </ol>
  );
}
