import { Button, Form, Input } from "antd";

import type { ManifestContents } from "../../api/types";
import { DevicePicker } from "../../components/DevicePicker";
import type { SharedDevice } from "../../components/devices";
import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";
import { type Answers, needsOf } from "./mapping";

export type ValueKind = "address" | "device" | "secret";

/** Addresses, devices or secrets in parameters, each with who uses it. What stays is said to stay: it is not taken for granted. */
export function MapValues({
  kind,
  contents,
  answers,
  devices,
  errors,
  onChange,
}: {
  kind: ValueKind;
  contents: ManifestContents;
  answers: Answers;
  /** What the chosen hosts share. */
  devices: readonly SharedDevice[];
  errors: ReadonlyMap<string, string>;
  onChange: (answers: Answers) => void;
}) {
  const t = useT();
  const needs = needsOf(contents, kind);
  if (needs.length === 0) return null;
  const set = (value: string, to: string) => onChange({ ...answers, [kind]: { ...answers[kind], [value]: to } });
  return (
    <section className="col tight">
      <div className="row">
        <h3>{t(`import.${kind}`)}</h3>
        <span className="t3 xs">{t(`import.${kind}_text`)}</span>
      </div>
      <ul className="map-values">
        {needs.map(({ value, uses }, i) => {
          const id = `map-${kind}-${i}`;
          const error = errors.get(`${kind}/${value}`);
          const to = answers[kind][value] ?? "";
          return (
            <li key={value}>
              <label htmlFor={id} className="two">
                <span className="mono">{value}</span>
                {kind !== "secret" && (
                  <small>{uses.map((u) => `${u.resource} · ${u.parameter}`).join(t("common.comma"))}</small>
                )}
              </label>
              <Icon name="arrow" size={14} className="t3" />
              <Form.Item className="flat" {...(error ? { validateStatus: "error", help: error } : {})}>
                <div className="row">
                  {kind === "device" ? (
                    <DevicePicker
                      id={id}
                      text={to}
                      devices={devices}
                      onText={(text) => set(value, text)}
                      onChosen={(device) => set(value, device)}
                    />
                  ) : kind === "secret" ? (
                    <Input.Password
                      id={id}
                      autoComplete="new-password"
                      value={to}
                      onChange={(ev) => set(value, ev.target.value)}
                    />
                  ) : (
                    <Input
                      id={id}
                      spellCheck={false}
                      placeholder={t("import.new_address")}
                      value={to}
                      onChange={(ev) => set(value, ev.target.value.trim())}
                    />
                  )}
                  {kind !== "secret" && (
                    <Button
                      type="link"
                      className="flush"
                      disabled={to === value}
                      aria-label={t("import.same_of", { value })}
                      onClick={() => set(value, value)}
                    >
                      {t("import.same")}
                    </Button>
                  )}
                </div>
              </Form.Item>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
