import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Select } from "antd";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { AttributeSet, ClusterDetail, Resource, Version } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { freeID } from "../../components/constraints";
import { ForecastOnDemand } from "../../components/ForecastOnDemand";
import { Icon } from "../../components/Icon";
import { IconButton } from "../../components/IconButton";
import { KeyValues } from "../../components/KeyValues";
import { nodeAttributes } from "../../components/node";
import type { RulePlace } from "../../components/RuleEditor";
import { RuleField } from "../../components/RuleField";
import { emptyRule, ruleComplete, ruleSentence } from "../../components/rules";
import { SaveDialog } from "../../components/SaveDialog";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

const kinds = ["parameters", "meta", "resource_defaults", "op_defaults", "properties"] as const;

/** Of a resource, or of the cluster. */
function ofResource(kind: AttributeSet["kind"]): boolean {
  return kind === "parameters" || kind === "meta";
}

/** Values that hold only while a rule is true: other parameters at night, another stickiness in working hours. */
export function AttributeSets({ cluster, resources }: { cluster: string; resources: readonly Resource[] }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const [open, setOpen] = useState<"new" | AttributeSet>();
  const { data } = useQuery(queries.cluster(cluster));
  const sets = list(data?.config?.attributeSets);
  const version = data?.config?.version;
  return (
    <Card
      title={t("attributes.title")}
      note={t("attributes.note")}
      extra={
        can("attributes.create") && (
          <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => setOpen("new")}>
            {t("attributes.create")}
          </Button>
        )
      }
    >
      {sets.length === 0 ? (
        <p className="pad t2">{t("attributes.none")}</p>
      ) : (
        <ul className="lines">
          {sets.map((s) => (
            <li key={s.id}>
              <span className="tag kind">{t(`attributes.kind.${s.kind}`)}</span>
              <span className="grow">
                {s.resource && <b>{s.resource} </b>}
                <span className="mono">
                  {Object.entries(s.values)
                    .map(([name, value]) => `${name}=${value}`)
                    .join(" ")}
                </span>{" "}
                <span className="t2">{t("attributes.while", { rule: ruleSentence(t, s.rule) })}</span>
              </span>
              <span className="mono t3">{s.id}</span>
              {can("attributes.edit") && (
                <IconButton icon="edit" label={t("attributes.edit_of", { id: s.id })} onClick={() => setOpen(s)} />
              )}
              {can("attributes.delete") && (
                <IconButton
                  icon="trash"
                  label={t("attributes.delete_of", { id: s.id })}
                  onClick={() =>
                    ask({
                      title: t("attributes.delete_title"),
                      consequence: <p>{t("attributes.delete_text")}</p>,
                      act: t("attributes.delete"),
                      forecast: { cluster, scenario: { edits: [{ op: "attributes.delete", id: s.id }] } },
                      run: () => act("attributes.delete", { path: { cluster, set: s.id } }),
                    })
                  }
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {data && open && (
        <SetDialog
          detail={data}
          resources={resources}
          {...(open === "new" ? {} : { edited: open })}
          {...(version ? { version } : {})}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Card>
  );
}

function SetDialog({
  detail,
  resources,
  edited,
  version,
  onClose,
}: {
  detail: ClusterDetail;
  resources: readonly Resource[];
  edited?: AttributeSet;
  version?: Version;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const [value, setValue] = useState<AttributeSet>(
    edited ?? { id: "", kind: "parameters", resource: "", rule: emptyRule, values: {} },
  );
  // What was there when the dialog was opened: whoever is faster is not overwritten.
  const [opened] = useState(version);
  const taken = list(detail.config?.attributeSets).map((s) => s.id);
  const own = ofResource(value.kind);
  const place: RulePlace = value.kind === "resource_defaults" || value.kind === "op_defaults" ? value.kind : "values";
  const { resource, ...rest } = value;
  const set: AttributeSet = {
    ...rest,
    ...(own && resource ? { resource } : {}),
    id: edited?.id ?? freeID([...(own && resource ? [resource] : []), value.kind.replace("_", "-"), "rule"], taken),
  };
  const lacks = [
    own && !resource && t("constraint.resource"),
    !ruleComplete(value.rule) && t("constraint.kind.rule"),
    Object.keys(value.values).length === 0 && t("attributes.values"),
  ].filter((name) => name !== false);
  const same = edited !== undefined && JSON.stringify(value) === JSON.stringify(edited);
  const why = same ? t("form.unchanged") : lacks.length > 0 ? t("form.needs", { names: lacks.join(", ") }) : "";
  const send = () =>
    edited
      ? act("attributes.edit", {
          path: { cluster: detail.name, set: edited.id },
          body: { set, ...(opened ? { version: opened } : {}) },
        })
      : act("attributes.create", { path: { cluster: detail.name }, body: set });
  return (
    <SaveDialog
      title={edited ? t("attributes.edit_title", { id: edited.id }) : t("attributes.create")}
      act={t(edited ? "common.save" : "attributes.create")}
      why={why}
      width={640}
      send={send}
      onClose={onClose}
    >
      <Form layout="vertical" component="div" className="col">
        <div className="row">
          <Form.Item className="flat grow" label={t("attributes.kind")} htmlFor="attributes-kind">
            <Select
              id="attributes-kind"
              disabled={edited !== undefined}
              value={value.kind}
              onChange={(kind) => setValue({ ...value, kind })}
              options={kinds.map((k) => ({ value: k, label: t(`attributes.kind.${k}`) }))}
            />
          </Form.Item>
          {own && (
            <Form.Item className="flat grow" label={t("constraint.resource")} htmlFor="attributes-resource">
              <Select
                id="attributes-resource"
                showSearch
                disabled={edited !== undefined}
                value={resource || null}
                onChange={(id: string) => setValue({ ...value, resource: id })}
                options={resources.map((r) => ({ value: r.id, label: r.id }))}
              />
            </Form.Item>
          )}
        </div>
        <Form.Item className="flat" label={t("attributes.rule")}>
          <RuleField
            value={value.rule}
            onChange={(rule) => setValue({ ...value, rule })}
            attributes={nodeAttributes(detail)}
            place={place}
          />
        </Form.Item>
        <Form.Item className="flat" label={t("attributes.values")}>
          <KeyValues
            value={value.values}
            onChange={(values) => setValue({ ...value, values })}
            names={[]}
            label={t("attributes.values")}
          />
        </Form.Item>
        <Form.Item
          className="flat"
          label={t("attributes.score")}
          htmlFor="attributes-score"
          extra={t("attributes.score_extra")}
        >
          <Input
            id="attributes-score"
            className="short"
            value={value.score ?? ""}
            placeholder="1"
            onChange={(ev) => {
              const { score: _, ...others } = value;
              setValue(ev.target.value ? { ...others, score: ev.target.value } : others);
            }}
          />
        </Form.Item>
        {why === "" && (
          <ForecastOnDemand
            cluster={detail.name}
            scenario={{ edits: [{ op: "attributes.put", id: set.id, attributes: set }] }}
          />
        )}
      </Form>
    </SaveDialog>
  );
}
