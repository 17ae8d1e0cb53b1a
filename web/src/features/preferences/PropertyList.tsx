import { Button, Input, Select } from "antd";

import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";
import { properties, type Property } from "./properties";

/** Every property that people set, with what holds where it is not set. */
export function PropertyList({
  value,
  onChange,
  disabled,
}: {
  value: Readonly<Record<string, string>>;
  onChange: (value: Record<string, string>) => void;
  disabled: boolean;
}) {
  const t = useT();
  const known = new Set(properties.map((p) => p.name));
  const others = Object.keys(value).filter((name) => !known.has(name));
  const all: readonly Property[] = [...properties, ...others.map((name) => ({ name, standard: "" }))];
  const put = (name: string, text: string | undefined) => {
    const rest = Object.fromEntries(Object.entries(value).filter(([n]) => n !== name));
    onChange(text ? { ...rest, [name]: text } : rest);
  };
  return (
    <ul className="properties">
      {all.map(({ name, standard, values }) => {
        const text = value[name];
        const unset = t("form.default", { value: standard });
        return (
          <li key={name}>
            <div className="two grow">
              <span>{t.words(`property.${name}`, {}, name)}</span>
              <small className="mono">{name}</small>
            </div>
            {values ? (
              <Select
                className="value"
                aria-label={name}
                disabled={disabled}
                value={text ?? ""}
                onChange={(chosen: string) => put(name, chosen || undefined)}
                options={[
                  { value: "", label: <span className="t3">{unset}</span> },
                  ...[...new Set(text ? [...values, text] : values)].map((v) => ({ value: v, label: v })),
                ]}
              />
            ) : (
              <Input
                className="value"
                aria-label={name}
                disabled={disabled}
                spellCheck={false}
                value={text ?? ""}
                placeholder={standard && unset}
                onChange={(ev) => put(name, ev.target.value)}
              />
            )}
            <Button
              type="text"
              className={text === undefined ? "unseen" : undefined}
              disabled={disabled}
              aria-label={t("preferences.unset_of", { name })}
              title={t("preferences.unset")}
              icon={<Icon name="undo" size={14} />}
              onClick={() => put(name, undefined)}
            />
          </li>
        );
      })}
    </ul>
  );
}
