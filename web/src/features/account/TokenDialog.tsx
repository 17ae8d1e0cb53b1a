import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, InputNumber, Modal, Select } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries, useSession } from "../../api/queries";
import type { Body, Fault } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { roles } from "../../components/roles";

type Values = Body<"token.create">;

const usualDays = 90;

/** Makes an API token and shows it this once. */
export function TokenDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const cache = useQueryClient();
  const session = useSession();
  const { data: clusters } = useQuery(queries.clusters());
  const { data: policy } = useQuery(queries.policy());
  const [form] = Form.useForm<Values>();
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const [token, setToken] = useState<string>();
  const [copied, setCopied] = useState(false);
  const most = policy?.session.tokenMaxDays ?? usualDays;
  const errors = errorsBelow(t, fault, "");
  const problem = (field: string) =>
    errors.has(field) ? ({ validateStatus: "error", help: errors.get(field) } as const) : {};
  const make = async (values: Values) => {
    setBusy(true);
    setFault(undefined);
    const result = await call("token.create", { body: values });
    setBusy(false);
    if (!result.ok) {
      setFault(result.fault);
      return;
    }
    setToken(result.data.token);
    await cache.invalidateQueries({ queryKey: keys.tokens() });
  };
  const copy = async () => {
    await navigator.clipboard.writeText(token ?? "");
    setCopied(true);
  };
  if (token) {
    return (
      <Modal
        open
        title={t("token.made")}
        footer={
          <Button type="primary" onClick={onClose}>
            {t("common.close")}
          </Button>
        }
        onCancel={onClose}
      >
        <Alert type="warning" showIcon title={t("token.once")} />
        <p className="row token-shown">
          <code className="mono wrap grow">{token}</code>
          <Button icon={<Icon name={copied ? "check" : "copy"} />} onClick={() => void copy()}>
            {t(copied ? "common.copied" : "common.copy")}
          </Button>
        </p>
        <p className="t2 xs">{t("token.use")}</p>
      </Modal>
    );
  }
  return (
    <Modal
      open
      title={t("token.create")}
      okText={t("token.create")}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ role: "viewer", days: Math.min(usualDays, most), clusters: [] }}
        onFinish={(values) => void make(values)}
      >
        <Form.Item
          name="label"
          label={t("token.label")}
          rules={[{ required: true, message: t("form.required") }]}
          {...problem("label")}
        >
          <Input maxLength={64} placeholder={t("token.label_placeholder")} spellCheck={false} />
        </Form.Item>
        <div className="form-grid two-wide">
          <Form.Item name="role" label={t("user.role")} extra={t("token.role_extra")} {...problem("role")}>
            <Select
              options={roles
                .filter((r) => session?.user.role === "admin" || r === "viewer" || r === session?.user.role)
                .map((r) => ({ value: r, label: t(`role.${r}`) }))}
            />
          </Form.Item>
          <Form.Item
            name="days"
            label={t("token.days")}
            extra={t("token.days_extra", { count: most })}
            {...problem("days")}
          >
            <InputNumber min={1} max={most} />
          </Form.Item>
        </div>
        <Form.Item
          name="clusters"
          label={t("token.clusters")}
          extra={t("token.clusters_extra")}
          {...problem("clusters")}
        >
          <Select
            mode="multiple"
            placeholder={t("access.all_clusters")}
            options={list(clusters?.items).map((c) => ({
              value: c.name,
              label: c.label ? `${c.label} ${c.name}` : c.name,
            }))}
          />
        </Form.Item>
      </Form>
      {fault && errors.size === 0 && <FaultBox fault={fault} compact />}
    </Modal>
  );
}
