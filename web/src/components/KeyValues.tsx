import { AutoComplete, Button, Input } from "antd";
import { useState } from "react";

import { useT } from "../lib/i18n";
import { Icon } from "./Icon";

/** Names and values, with the names that are known at hand. */
export function KeyValues({
  value,
  onChange,
  names,
  label,
  hint,
}: {
  value: Record<string, string>;
  onChange: (value: Record<string, string>) => void;
  names: readonly string[];
  label: string;
  hint?: (name: string) => string;
}) {
  const t = useT();
  const [name, setName] = useState("");
  const entries = Object.entries(value);
  const free = names.filter((n) => !(n in value));
  const add = (chosen: string) => {
    const trimmed = chosen.trim();
    if (trimmed && !(trimmed in value)) onChange({ ...value, [trimmed]: "" });
    setName("");
  };
  return (
    <div className="col tight key-values">
      {entries.map(([key, text]) => (
        <div key={key} className="row">
          <div className="two key">
            <span className="mono">{key}</span>
            <small>{hint?.(key)}</small>
          </div>
          <Input
            className="grow"
            aria-label={key}
            value={text}
            spellCheck={false}
            onChange={(ev) => onChange({ ...value, [key]: ev.target.value })}
          />
          <Button
            type="text"
            aria-label={t("common.remove_of", { name: key })}
            icon={<Icon name="close" size={14} />}
            onClick={() => onChange(Object.fromEntries(entries.filter(([k]) => k !== key)))}
          />
        </div>
      ))}
      <div className="row">
        <AutoComplete
          className="key"
          value={name}
          aria-label={t("form.add_name", { label })}
          placeholder={t("form.name")}
          popupMatchSelectWidth={320}
          options={free
            .filter((n) => n.includes(name))
            .map((n) => ({
              value: n,
              label: (
                <div className="two">
                  <span className="mono">{n}</span>
                  <small>{hint?.(n)}</small>
                </div>
              ),
            }))}
          onChange={setName}
          onSelect={(chosen: string) => add(chosen)}
        />
        <Button icon={<Icon name="plus" size={14} />} disabled={!name.trim()} onClick={() => add(name)}>
          {t("common.add")}
        </Button>
      </div>
    </div>
  );
}
