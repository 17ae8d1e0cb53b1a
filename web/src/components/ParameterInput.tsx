import { AutoComplete, Input, Select } from "antd";

import type { AgentParameter } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";

/** The field that fits a parameter's type; empty means the agent's own default. */
export function ParameterInput({
  id,
  parameter,
  suggestions,
  value,
  onChange,
}: {
  id: string;
  parameter: AgentParameter;
  suggestions?: readonly string[] | undefined;
  value: string;
  onChange: (value: string) => void;
}) {
  const t = useT();
  const fallback = parameter.default ? t("form.default", { value: parameter.default }) : "";
  if (parameter.secret) {
    return (
      <Input.Password
        id={id}
        autoComplete="new-password"
        value={value === "***" ? "" : value}
        placeholder={value === "***" ? t("form.secret_kept") : fallback}
        onChange={(ev) => onChange(ev.target.value)}
      />
    );
  }
  const choices = parameter.type === "boolean" ? ["true", "false"] : list(parameter.options);
  if (choices.length > 0) {
    return (
      <Select
        id={id}
        value={value}
        onChange={onChange}
        options={[{ value: "", label: fallback || t("form.unset") }, ...choices.map((o) => ({ value: o, label: o }))]}
      />
    );
  }
  if (suggestions && suggestions.length > 0) {
    return (
      <AutoComplete
        id={id}
        value={value}
        placeholder={fallback}
        onChange={(next: string | undefined) => onChange(next ?? "")}
        options={suggestions.filter((s) => s.includes(value)).map((s) => ({ value: s }))}
      />
    );
  }
  return (
    <Input
      id={id}
      spellCheck={false}
      value={value}
      placeholder={fallback}
      inputMode={parameter.type === "integer" ? "numeric" : "text"}
      onChange={(ev) => onChange(ev.target.value)}
    />
  );
}
