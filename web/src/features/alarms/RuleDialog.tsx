import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Form, Input, InputNumber, Modal, Radio, Select, Switch } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries, useCan } from "../../api/queries";
import type { AlertRule } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { useSaving } from "../../components/useSaving";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { kinds, kindTitle } from "./words";

const fresh: AlertRule = { name: "", enabled: true, severity: "warning", waitSeconds: 10, everySeconds: 300 };

/** Makes a rule, or changes one. */
export function RuleDialog({ rule, onClose }: { rule: AlertRule | undefined; onClose: () => void }) {
  const t = useT();
  const can = useCan();
  const cache = useQueryClient();
  const { data: clusters } = useQuery(queries.clusters());
  const { data: channels } = useQuery({ ...queries.channels(), enabled: can("channel.list") });
  const [form, setForm] = useState<AlertRule>(rule ?? fresh);
  const { busy, fault, save } = useSaving(() => {
    void cache.invalidateQueries({ queryKey: keys.alertRules() });
    onClose();
  });
  const errors = errorsBelow(t, fault, "");
  /** What is wrong with a field, or with one of the entries of its list. */
  const problem = (field: string) => {
    const text = [...errors].find(([path]) => path === field || path.startsWith(`${field}.`))?.[1];
    return text ? ({ validateStatus: "error", help: text } as const) : {};
  };
  const set = (part: Partial<AlertRule>) => setForm({ ...form, ...part });
  const send = () => {
    const { name, ...body } = form;
    return save(() =>
      rule
        ? call("alertrule.edit", { path: { rule: rule.name }, body })
        : call("alertrule.create", { body: { ...body, name: name.trim() } }),
    );
  };
  return (
    <Modal
      open
      width={600}
      title={rule ? t("alertrule.edit_title", { name: rule.name }) : t("alertrule.create")}
      okText={t("common.save")}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={() => void send()}
      onCancel={onClose}
    >
      <Form layout="vertical" component="div" requiredMark={false}>
        <div className="form-grid two-wide">
          <Form.Item label={t("alertrule.name")} htmlFor="rule-name" {...problem("name")}>
            <Input
              id="rule-name"
              value={form.name}
              disabled={Boolean(rule)}
              spellCheck={false}
              maxLength={32}
              onChange={(ev) => set({ name: ev.target.value })}
            />
          </Form.Item>
          <Form.Item label={t("channel.switch")} htmlFor="rule-on">
            <Switch id="rule-on" checked={form.enabled} onChange={(enabled) => set({ enabled })} />
          </Form.Item>
        </div>
        <Form.Item label={t("alarms.severity")} {...problem("severity")}>
          <Radio.Group
            aria-label={t("alarms.severity")}
            optionType="button"
            value={form.severity}
            onChange={(ev) => set({ severity: ev.target.value === "critical" ? "critical" : "warning" })}
            options={[
              { value: "warning", label: t("alarms.severity.warning") },
              { value: "critical", label: t("alertrule.only_critical") },
            ]}
          />
        </Form.Item>
        <Form.Item label={t("alertrule.kinds")} htmlFor="rule-kinds" {...problem("kinds")}>
          <Select
            id="rule-kinds"
            mode="multiple"
            value={[...list(form.kinds)]}
            placeholder={t("alertrule.any_kind")}
            showSearch={{ optionFilterProp: "label" }}
            onChange={(picked: string[]) => set({ kinds: picked })}
            options={kinds.map((k) => ({ value: k, label: kindTitle(t, k) }))}
          />
        </Form.Item>
        <div className="form-grid two-wide">
          <Form.Item label={t("alertrule.clusters")} htmlFor="rule-clusters" {...problem("clusters")}>
            <Select
              id="rule-clusters"
              mode="multiple"
              value={[...list(form.clusters)]}
              placeholder={t("alertrule.any_cluster")}
              onChange={(picked: string[]) => set({ clusters: picked })}
              options={list(clusters?.items).map((c) => ({ value: c.name, label: c.name }))}
            />
          </Form.Item>
          <Form.Item label={t("alertrule.to")} htmlFor="rule-channels" {...problem("channels")}>
            <Select
              id="rule-channels"
              mode="multiple"
              value={[...list(form.channels)]}
              placeholder={t("alertrule.all_channels")}
              onChange={(picked: string[]) => set({ channels: picked })}
              options={list(channels?.items).map((c) => ({ value: c.name, label: c.name }))}
            />
          </Form.Item>
          <Form.Item
            label={t("alertrule.wait")}
            htmlFor="rule-wait"
            extra={t("alertrule.wait_extra")}
            {...problem("waitSeconds")}
          >
            <InputNumber
              id="rule-wait"
              className="full"
              suffix="s"
              value={form.waitSeconds}
              onChange={(waitSeconds) => set({ waitSeconds: waitSeconds ?? 0 })}
            />
          </Form.Item>
          <Form.Item
            label={t("alertrule.every")}
            htmlFor="rule-every"
            extra={t("alertrule.every_extra")}
            {...problem("everySeconds")}
          >
            <InputNumber
              id="rule-every"
              className="full"
              suffix="s"
              value={form.everySeconds}
              onChange={(everySeconds) => set({ everySeconds: everySeconds ?? 0 })}
            />
          </Form.Item>
        </div>
      </Form>
      {fault && errors.size === 0 && <FaultBox fault={fault} compact />}
    </Modal>
  );
}
