import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, InputNumber, Radio, Select, Switch } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, useCan } from "../../api/queries";
import type { Fault, Policy } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { useT } from "../../lib/i18n";

const secondFactors = ["optional", "administrators", "everybody"] as const;
const limits = {
  minLength: [8, 64],
  history: [0, 24],
  maxAgeDays: [0, 3650],
  failures: [3, 20],
  firstSeconds: [1, 3600],
  longestMinutes: [1, 1440],
  idleMinutes: [5, 10_080],
  lifeHours: [1, 720],
  cliHours: [1, 8760],
  tokenMaxDays: [1, 3650],
} as const;

/** What holds for everybody who signs in. */
export function PolicyForm({ policy }: { policy: Policy }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [draft, setDraft] = useState(policy);
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const changed = JSON.stringify(draft) !== JSON.stringify(policy);
  const errors = errorsBelow(t, fault, "");
  const problem = (field: string) =>
    errors.has(field) ? ({ validateStatus: "error", help: errors.get(field) } as const) : {};

  const send = async () => {
    const result = await call("policy.edit", { body: draft });
    if (result.ok) {
      void message.success(t("policy.saved"));
      await cache.invalidateQueries({ queryKey: keys.policy() });
      // What one may do oneself may be something else now.
      await cache.invalidateQueries({ queryKey: keys.session() });
    }
    return result;
  };
  const save = async () => {
    if (draft.separation !== policy.separation) {
      ask({
        title: t(draft.separation ? "policy.separate_title" : "policy.unite_title"),
        consequence: <p className="b">{t(draft.separation ? "policy.separate_text" : "policy.unite_text")}</p>,
        act: t(draft.separation ? "policy.separate" : "policy.unite"),
        tone: "danger",
        run: send,
      });
      return;
    }
    setBusy(true);
    setFault(undefined);
    const result = await send();
    setBusy(false);
    if (!result.ok) setFault(result.fault);
  };
  const number = <K extends keyof Policy, F extends keyof Policy[K] & keyof typeof limits>(part: K, field: F) => (
    <Form.Item key={String(field)} label={t(`policy.${field}`)} {...problem(`${part}.${field}`)}>
      <InputNumber
        aria-label={t(`policy.${field}`)}
        className="full"
        min={limits[field][0]}
        max={limits[field][1]}
        value={draft[part][field] as number}
        onChange={(value) => {
          if (value !== null) setDraft({ ...draft, [part]: { ...(draft[part] as object), [field]: value } });
        }}
      />
    </Form.Item>
  );
  return (
    <Form layout="vertical" component="div" requiredMark={false} disabled={!can("policy.edit")} className="col">
      <Card title={t("policy.separation")} label={t("policy.separation")} pad>
        <Form.Item {...problem("separation")} className="flat">
          <div className="row">
            <Switch
              aria-label={t("policy.separation")}
              checked={draft.separation}
              onChange={(separation) => setDraft({ ...draft, separation })}
            />
            <span className="t2">{t("policy.separation_text")}</span>
          </div>
        </Form.Item>
      </Card>
      <Card title={t("account.second_factor")} label={t("account.second_factor")} pad>
        <Form.Item className="flat" {...problem("secondFactor")}>
          <Radio.Group
            value={draft.secondFactor}
            onChange={(ev) => setDraft({ ...draft, secondFactor: ev.target.value })}
            options={secondFactors.map((s) => ({ value: s, label: t(`policy.second_factor.${s}`) }))}
          />
        </Form.Item>
      </Card>
      <Card title={t("policy.password")} label={t("policy.password")} pad>
        <div className="form-grid two-wide">
          {number("password", "minLength")}
          <Form.Item label={t("policy.classes")} {...problem("password.classes")}>
            <Select
              aria-label={t("policy.classes")}
              value={draft.password.classes}
              onChange={(classes: number) => setDraft({ ...draft, password: { ...draft.password, classes } })}
              options={[1, 2, 3, 4].map((n) => ({ value: n, label: t("policy.classes_of", { count: n }) }))}
            />
          </Form.Item>
          {number("password", "history")}
          {number("password", "maxAgeDays")}
        </div>
        <div className="row">
          <Switch
            aria-label={t("policy.firstChange")}
            checked={draft.password.firstChange}
            onChange={(firstChange) => setDraft({ ...draft, password: { ...draft.password, firstChange } })}
          />
          <span className="t2">{t("policy.firstChange")}</span>
        </div>
      </Card>
      <Card title={t("policy.lock")} note={t("policy.lock_note")} label={t("policy.lock")} pad>
        <div className="form-grid two-wide">
          {number("lock", "failures")}
          {number("lock", "firstSeconds")}
          {number("lock", "longestMinutes")}
        </div>
      </Card>
      <Card title={t("policy.session")} label={t("policy.session")} pad>
        <div className="form-grid two-wide">
          {number("session", "idleMinutes")}
          {number("session", "lifeHours")}
          {number("session", "cliHours")}
          {number("session", "tokenMaxDays")}
        </div>
      </Card>
      {fault && errors.size === 0 && <FaultBox fault={fault} compact />}
      <div className="row">
        <Button type="primary" loading={busy} disabled={!changed} onClick={() => void save()}>
          {t("common.save")}
        </Button>
        <Button disabled={!changed} onClick={() => setDraft(policy)}>
          {t("common.reset")}
        </Button>
        {!changed && <span className="t3 xs">{t("form.unchanged")}</span>}
      </div>
    </Form>
  );
}
