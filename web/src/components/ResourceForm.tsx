import { Button, Form, Input } from "antd";
import { useState } from "react";

import type { AgentMetadata, AgentParameter, ResourceConfig } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { agentType, isFenceAgent } from "./agents";
import { Icon } from "./Icon";
import { KeyValues } from "./KeyValues";
import { OperationsEditor } from "./OperationsEditor";
import { ParameterInput } from "./ParameterInput";

export interface ResourceFormProps {
  value: ResourceConfig;
  onChange: (value: ResourceConfig) => void;
  metadata: AgentMetadata | undefined;
  /** Whether the agent is still being asked for it. */
  loading?: boolean;
  /** What is wrong, by the field's path within the resource, for example parameters.ip. */
  errors?: ReadonlyMap<string, string>;
  /** The ID can be chosen only while the resource does not exist. */
  fixedID?: boolean;
  /** Parameters that are shown at once although they are not required. */
  prominent?: readonly string[];
  /** Values to choose from, by parameter, besides what is typed. */
  suggestions?: Readonly<Record<string, readonly string[]>>;
  /** Without meta attributes and operations, for wizards. */
  brief?: boolean;
}

const metaNames = [
  "target-role",
  "is-managed",
  "resource-stickiness",
  "migration-threshold",
  "failure-timeout",
  "priority",
  "critical",
  "maintenance",
  "multiple-active",
];

/** Whether every parameter that the agent asks for has a value. */
export function missingParameters(value: ResourceConfig, metadata: AgentMetadata | undefined): string[] {
  return list(metadata?.parameters)
    .filter((p) => p.required && !p.default && !value.parameters?.[p.name])
    .map((p) => p.name);
}

/** A resource's form, built from what its agent says of itself; the same for making and for editing. */
export function ResourceForm({
  value,
  onChange,
  metadata,
  loading,
  errors,
  fixedID,
  prominent = [],
  suggestions,
  brief,
}: ResourceFormProps) {
  const t = useT();
  const [all, setAll] = useState(false);
  // A field that was shown stays, also while it is empty.
  const [kept, setKept] = useState<readonly string[]>(() => Object.keys(value.parameters ?? {}));
  const parameters = list(metadata?.parameters).filter((p) => !p.deprecated || value.parameters?.[p.name]);
  const first = (p: AgentParameter) =>
    p.required || prominent.includes(p.name) || kept.includes(p.name) || value.parameters?.[p.name] !== undefined;
  const shown = all ? parameters : parameters.filter(first);
  const rest = parameters.length - parameters.filter(first).length;
  // What is set although the agent knows nothing of it must not be lost.
  const unknown = Object.keys(value.parameters ?? {}).filter(
    (name) => metadata && !parameters.some((p) => p.name === name),
  );
  const setParameter = (name: string, next: string) => {
    const parameters = { ...value.parameters };
    setKept((old) => (old.includes(name) ? old : [...old, name]));
    if (next === "") delete parameters[name];
    else parameters[name] = next;
    onChange({ ...value, parameters });
  };
  // Stock agents speak English; of those that most services need the console says in its own words what a parameter is.
  const family = isFenceAgent(value.agent) ? "fence" : agentType(value.agent);
  const about = (p: AgentParameter) =>
    value.agent?.startsWith("ocf:hawser:") ? p.short : t.words(`param.${family}.${p.name}`, {}, p.short);
  const problem = (path: string) => {
    const text = errors?.get(path);
    return text ? ({ validateStatus: "error", help: text } as const) : {};
  };

  return (
    <Form layout="vertical" component="div" requiredMark={false} className="resource-form">
      {!fixedID && (
        <Form.Item
          label={t("form.id")}
          htmlFor={`id-${value.agent ?? value.kind}`}
          extra={t("form.id_extra")}
          {...problem("id")}
        >
          <Input
            id={`id-${value.agent ?? value.kind}`}
            spellCheck={false}
            value={value.id}
            onChange={(ev) => onChange({ ...value, id: ev.target.value })}
          />
        </Form.Item>
      )}
      {value.kind === "primitive" && (
        <section>
          <h3>{t("form.parameters")}</h3>
          {loading ? (
            <div className="skeleton-rows" role="status" aria-label={t("common.loading")}>
              <div className="skeleton line" />
              <div className="skeleton line" />
            </div>
          ) : (
            parameters.length === 0 && <p className="t2">{t("form.no_parameters")}</p>
          )}
          <div className="form-grid">
            {shown.map((p) => (
              <Form.Item
                key={p.name}
                htmlFor={`p-${value.agent ?? ""}-${p.name}`}
                label={
                  <span>
                    <span className="mono b">{p.name}</span>
                    {p.required && <span className="bad xs"> {t("form.is_required")}</span>}
                  </span>
                }
                extra={<span title={p.long}>{about(p)}</span>}
                {...problem(`parameters.${p.name}`)}
              >
                <ParameterInput
                  id={`p-${value.agent ?? ""}-${p.name}`}
                  parameter={p}
                  {...(suggestions?.[p.name] ? { suggestions: suggestions[p.name] } : {})}
                  value={value.parameters?.[p.name] ?? ""}
                  onChange={(next) => setParameter(p.name, next)}
                />
              </Form.Item>
            ))}
            {unknown.map((name) => (
              <Form.Item
                key={name}
                htmlFor={`p-${name}`}
                label={<span className="mono b">{name}</span>}
                extra={t("form.unknown_parameter")}
              >
                <Input
                  id={`p-${name}`}
                  value={value.parameters?.[name]}
                  onChange={(ev) => setParameter(name, ev.target.value)}
                />
              </Form.Item>
            ))}
          </div>
          {rest > 0 && (
            <Button
              type="link"
              className="flush"
              icon={<Icon name={all ? "down" : "right"} size={14} />}
              onClick={() => setAll(!all)}
            >
              {all ? t("form.fewer") : t("form.more", { count: rest })}
            </Button>
          )}
        </section>
      )}
      {!brief && (
        <section>
          <h3>{t("form.meta")}</h3>
          <KeyValues
            value={value.meta ?? {}}
            onChange={(meta) => onChange({ ...value, meta })}
            names={metaNames}
            label={t("form.meta")}
            hint={(name) => (metaNames.includes(name) ? t.words(`meta.${name}`, {}, "") : "")}
          />
        </section>
      )}
      {!brief && value.kind === "primitive" && (
        <section>
          <h3>{t("form.operations")}</h3>
          <OperationsEditor
            value={list(value.operations)}
            onChange={(operations) => onChange({ ...value, operations })}
            actions={list(metadata?.actions)}
          />
        </section>
      )}
    </Form>
  );
}
