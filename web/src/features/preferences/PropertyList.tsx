import { Button, Input, Select } from "antd";

import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";
import type { Property } from "./properties";

/** Every value that people set: what it does, and what holds where it is not set. */
export function PropertyList({
  known,
  words,
  before,
  value,
  onChange,
  disabled,
  errors,
}: {
  known: readonly Property[];
  /** What the keys of the sentences begin with. */
  words: string;
  /** As the cluster has them. */
  before: Readonly<Record<string, string>>;
  value: Readonly<Record<string, string>>;
  onChange: (value: Record<string, string>) => void;
  disabled: boolean;
  errors: ReadonlyMap<string, string>;
}) {
  const t = useT();
  const names = new Set(known.map((p) => p.name));
  const others = [...new Set([...Object.keys(before), ...Object.keys(value)])].filter((name) => !names.has(name));
  const all: readonly Property[] = [...known, ...others.map((name) => ({ name, standard: "" }))];
  const put = (name: string, text: string | undefined) => {
    const rest = Object.fromEntries(Object.entries(value).filter(([n]) => n !== name));
    onChange(text ? { ...rest, [name]: text } : rest);
  };
  return (
    <ul className="properties">
      {all.map(({ name, standard, values }) => {
        const text = value[name];
        const unset = standard ? t("form.default", { value: standard }) : t("form.unset");
        const help = t.words(`${words}.${name}.help`, {}, "");
        const error = errors.get(name);
        return (
          <li key={name} className={text === before[name] ? undefined : "changed"}>
            <div className="grow words">
              <span className="row">
                <span>{t.words(`${words}.${name}`, {}, name)}</span>
                <small className="mono t3">{name}</small>
              </span>
              {help && <p className="t2 xs">{help}</p>}
              {error && (
                <p className="bad xs row" role="alert">
                  <Icon name="bad" size={14} />
                  {error}
                </p>
              )}
            </div>
            {values ? (
              <Select
                className="value"
                aria-label={name}
                disabled={disabled}
                value={text ?? ""}
                {...(error ? { status: "error" as const } : {})}
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
                placeholder={unset}
                {...(error ? { status: "error" as const } : {})}
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
