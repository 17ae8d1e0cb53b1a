import { Button, Input, Select } from "antd";

import type { AgentAction, AgentMetadata, ResourceOperation } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { Icon } from "./Icon";

const editable = [
  "start",
  "stop",
  "monitor",
  "promote",
  "demote",
  "migrate_to",
  "migrate_from",
  "reload",
  "reload-agent",
];
const onFail = ["ignore", "block", "stop", "restart", "standby", "fence", "demote"] as const;

/** The operations that an agent advises for a new resource. */
export function advisedOperations(metadata: AgentMetadata | undefined): ResourceOperation[] {
  return list(metadata?.actions)
    .filter((a) => ["start", "stop", "monitor"].includes(a.name))
    .filter((a) => !a.depth || a.depth === "0")
    .map((a) => ({
      name: a.name,
      interval: a.name === "monitor" ? a.interval || "10s" : "0s",
      ...(a.timeout ? { timeout: a.timeout } : {}),
      ...(a.role ? { role: a.role } : {}),
    }));
}

export function OperationsEditor({
  value,
  onChange,
  actions,
}: {
  value: readonly ResourceOperation[];
  onChange: (value: ResourceOperation[]) => void;
  actions: readonly AgentAction[];
}) {
  const t = useT();
  const names = list(actions)
    .map((a) => a.name)
    .filter((n) => editable.includes(n));
  const set = (at: number, change: Partial<ResourceOperation>) =>
    onChange(value.map((o, i) => (i === at ? { ...o, ...change } : o)));
  const stop = value.find((o) => o.name === "stop");
  return (
    <div className="col tight">
      <div className="operations" role="group" aria-label={t("form.operations")}>
        {value.length > 0 && (
          <div className="operation head xs t2" aria-hidden>
            <span>{t("form.operation")}</span>
            <span>{t("form.interval")}</span>
            <span>{t("form.timeout")}</span>
            <span>{t("form.on_fail")}</span>
          </div>
        )}
        {value.map((o, i) => (
          <div className="operation" key={i}>
            <Select
              value={o.name}
              aria-label={t("form.operation")}
              onChange={(name: string) => set(i, { name })}
              options={[...new Set([...names, o.name])].map((n) => ({ value: n, label: n }))}
            />
            <Input
              value={o.interval}
              aria-label={`${o.name} ${t("form.interval")}`}
              onChange={(ev) => set(i, { interval: ev.target.value })}
            />
            <Input
              value={o.timeout}
              aria-label={`${o.name} ${t("form.timeout")}`}
              onChange={(ev) => set(i, { timeout: ev.target.value })}
            />
            <Select
              value={o.onFail ?? ""}
              aria-label={`${o.name} ${t("form.on_fail")}`}
              onChange={(v) => set(i, { onFail: onFail.find((f) => f === v) })}
              options={[
                { value: "", label: t("form.on_fail_default") },
                ...onFail.map((f) => ({ value: f as string, label: f })),
              ]}
            />
            <Button
              type="text"
              aria-label={t("common.remove_of", { name: o.name })}
              icon={<Icon name="close" size={14} />}
              onClick={() => onChange(value.filter((_, n) => n !== i))}
            />
          </div>
        ))}
      </div>
      <div className="row">
        <Button
          icon={<Icon name="plus" size={14} />}
          onClick={() => onChange([...value, { name: "monitor", interval: "10s", timeout: "20s" }])}
        >
          {t("form.add_operation")}
        </Button>
      </div>
      {stop?.timeout && (
        <p className="t2 xs row">
          <Icon name="warn" size={14} className="warn" />
          {t("form.stop_note", { timeout: stop.timeout })}
        </p>
      )}
    </div>
  );
}
