import { Checkbox, Form, InputNumber, Select, Switch } from "antd";

import type { HealthRule } from "../../api/types";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import type { Kind } from "./health";

// What iowait begins with: the manual's example.
const iowaitBegin = { yellow: 30, red: 60 };

type Numbers = "yellow" | "red" | "lastsSeconds" | "backSeconds" | "margin";
const fields: readonly (readonly [Numbers, "%" | "s"])[] = [
  ["yellow", "%"],
  ["red", "%"],
  ["lastsSeconds", "s"],
  ["backSeconds", "s"],
  ["margin", "%"],
];

/** The rule of one kind: the cluster's, or a node's own, which there need not be. */
export function RuleFields({
  kind,
  node,
  rule,
  inherited,
  errors,
  path,
  onChange,
}: {
  kind: Kind;
  /** Whose own rule it is; empty: the cluster's. */
  node: string;
  rule: HealthRule | undefined;
  inherited: HealthRule;
  errors: ReadonlyMap<string, string>;
  /** Where its errors begin. */
  path: string;
  onChange: (rule: HealthRule | undefined) => void;
}) {
  const t = useT();
  const name = t(`health.kind_name.${kind}`);
  const shown = rule ?? inherited;
  const id = (field: string) => `health-${node || "all"}-${kind}-${field}`;
  const put = (change: Partial<HealthRule>) => onChange({ ...shown, ...change });
  const problem = (field: string) => {
    const text = [...errors].find(([at]) => at === `${path}.${field}` || at.startsWith(`${path}.${field}.`))?.[1];
    return text === undefined ? {} : ({ validateStatus: "error", help: text } as const);
  };
  return (
    <section className="pad rule-of" aria-label={name}>
      <div className="row">
        <Switch
          size="small"
          checked={shown.on}
          disabled={rule ? undefined : true}
          aria-label={t("health.on_of", { kind: name })}
          onChange={(on) => put({ on })}
        />
        <b className="kind">{name}</b>
        <Ranges rule={shown} />
        {node !== "" && (
          <Checkbox checked={rule !== undefined} onChange={(ev) => onChange(ev.target.checked ? inherited : undefined)}>
            {t("health.own")}
          </Checkbox>
        )}
      </div>
      {rule ? (
        <div className="rule-fields">
          {fields.map(([field, unit]) => (
            <Form.Item key={field} label={t(`health.field.${field}`)} htmlFor={id(field)} {...problem(field)}>
              <InputNumber
                id={id(field)}
                value={rule[field]}
                precision={0}
                suffix={unit}
                onChange={(value) => put({ [field]: value ?? 0 })}
              />
            </Form.Item>
          ))}
          {kind === "disk" && (
            <>
              <Form.Item
                className="wide"
                label={t("health.field.mounts")}
                htmlFor={id("mounts")}
                {...problem("mounts")}
              >
                <Select
                  id={id("mounts")}
                  mode="tags"
                  open={false}
                  suffixIcon={null}
                  tokenSeparators={[" ", ",", "，"]}
                  placeholder="/"
                  value={[...list(rule.mounts)]}
                  onChange={(mounts: string[]) => put({ mounts })}
                />
              </Form.Item>
              <div className="wide row wrap further">
                <Checkbox
                  checked={rule.iowait !== undefined}
                  onChange={(ev) => onChange(withIowait(rule, ev.target.checked))}
                >
                  {t("health.field.iowait")}
                </Checkbox>
                <Checkbox checked={rule.smart === true} onChange={(ev) => put({ smart: ev.target.checked })}>
                  {t("health.field.smart")}
                </Checkbox>
              </div>
              {rule.iowait &&
                (["yellow", "red"] as const).map((field) => (
                  <Form.Item
                    key={field}
                    label={t(`health.field.iowait_${field}`)}
                    htmlFor={id(`iowait-${field}`)}
                    {...problem(`iowait.${field}`)}
                  >
                    <InputNumber
                      id={id(`iowait-${field}`)}
                      value={rule.iowait?.[field] ?? 0}
                      precision={0}
                      suffix="%"
                      onChange={(value) => put({ iowait: { ...(rule.iowait ?? iowaitBegin), [field]: value ?? 0 } })}
                    />
                  </Form.Item>
                ))}
            </>
          )}
        </div>
      ) : (
        <p className="t3 xs">{t("health.inherits", { yellow: inherited.yellow, red: inherited.red })}</p>
      )}
    </section>
  );
}

function withIowait(rule: HealthRule, on: boolean): HealthRule {
  const rest = { ...rule };
  delete rest.iowait;
  return on ? { ...rest, iowait: iowaitBegin } : rest;
}

/** Which values are green, yellow and red, as lengths. */
function Ranges({ rule }: { rule: HealthRule }) {
  const yellow = Math.min(100, Math.max(0, rule.yellow));
  const red = Math.min(100, Math.max(yellow, rule.red));
  return (
    <span className={rule.on ? "ranges" : "ranges quiet"} aria-hidden>
      <i className="green" style={{ width: `${yellow}%` }} />
      <i className="yellow" style={{ width: `${red - yellow}%` }} />
      <i className="red" style={{ width: `${100 - red}%` }} />
    </span>
  );
}
