import { Form, Input, Radio } from "antd";
import { useState } from "react";

import type { Constraint, Resource, Version } from "../../api/types";
import { constraintSentence } from "../../components/constraintWords";
import { pingRule } from "../../components/constraints";
import { ForecastOnDemand } from "../../components/ForecastOnDemand";
import { SaveDialog } from "../../components/SaveDialog";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { ConstraintFields } from "./ConstraintFields";
import { blank, type ConstraintForm, formOf, forms, named, wanting } from "./constraintForm";

/** Makes a constraint, or changes one: then its kind stays, and the version that was read goes back with it. */
export function ConstraintDialog({
  cluster,
  resources,
  nodes,
  tags,
  attributes,
  focus,
  taken,
  edited,
  version,
  onClose,
}: {
  cluster: string;
  resources: readonly Resource[];
  nodes: readonly string[];
  tags: readonly string[];
  /** Names of node attributes, for rules. */
  attributes: readonly string[];
  focus: string | undefined;
  taken: readonly string[];
  edited?: Constraint;
  version?: Version;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const [form, setForm] = useState<ConstraintForm>(edited ? formOf(edited) : "location");
  const [value, setValue] = useState<Constraint>(edited ?? blank("location", focus));
  const [id, setID] = useState("");
  const [opened] = useState(version);
  const choose = (next: ConstraintForm) => {
    setForm(next);
    setValue(next === "ping" ? pingRule(value.resource ?? focus ?? "", taken) : blank(next, focus));
  };
  const { xml: _, ...plain } = value;
  const constraint: Constraint = edited ? plain : { ...plain, id: id.trim() || named(form, plain, taken) };
  const lacks = wanting(t, constraint);
  const same = edited !== undefined && JSON.stringify(value) === JSON.stringify(edited);
  const why = same ? t("form.unchanged") : lacks.length > 0 ? t("form.needs", { names: lacks.join(", ") }) : "";
  const send = () =>
    edited
      ? act("constraint.edit", {
          path: { cluster, constraint: edited.id },
          body: { constraint, ...(opened ? { version: opened } : {}) },
        })
      : act("constraint.create", { path: { cluster }, body: constraint });
  return (
    <SaveDialog
      title={edited ? t("constraint.edit_title", { id: edited.id }) : t("constraint.create")}
      act={t(edited ? "common.save" : "constraint.create")}
      why={why}
      width={640}
      send={send}
      onClose={onClose}
    >
      <Form layout="vertical" component="div" className="col">
        {!edited && (
          <Radio.Group
            optionType="button"
            aria-label={t("constraint.kind")}
            value={form}
            onChange={(ev) => choose(forms.find((k) => k === ev.target.value) ?? "location")}
            options={forms.map((k) => ({ value: k, label: t(`constraint.kind.${k}`) }))}
          />
        )}
        <p className="t2">{t(`constraint.help.${form}`)}</p>
        <ConstraintFields
          form={form}
          value={value}
          onChange={setValue}
          resources={resources.map((r) => r.id)}
          nodes={nodes}
          tags={tags}
          attributes={attributes}
        />
        {!edited && (
          <Form.Item className="flat" label={t("constraint.id")} htmlFor="constraint-id">
            <Input
              id="constraint-id"
              className="half"
              spellCheck={false}
              placeholder={lacks.length === 0 ? named(form, plain, taken) : ""}
              value={id}
              onChange={(ev) => setID(ev.target.value)}
            />
          </Form.Item>
        )}
        {lacks.length === 0 && (
          <p className="note-box v-info">
            <span className="grow">{constraintSentence(t, constraint)}</span>
          </p>
        )}
        {why === "" && (
          <ForecastOnDemand
            cluster={cluster}
            scenario={{
              edits: [{ op: edited ? "constraint.update" : "constraint.create", id: constraint.id, constraint }],
            }}
          />
        )}
      </Form>
    </SaveDialog>
  );
}
