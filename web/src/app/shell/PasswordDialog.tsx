import { App, Form, Input, Modal } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import type { Body, Fault } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { useT } from "../../lib/i18n";

type Values = Body<"password.change"> & { again: string };

export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const save = async ({ current, new: next }: Values) => {
    setBusy(true);
    const result = await call("password.change", { body: { current, new: next } });
    setBusy(false);
    if (!result.ok) {
      setFault(result.fault);
      return;
    }
    void message.success(t("user.password_changed"));
    onClose();
  };
  return (
    <Modal
      open
      title={t("user.change_password")}
      okText={t("user.change_password")}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
      width={420}
    >
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void save(values)}>
        <Form.Item
          name="current"
          label={t("user.password_current")}
          rules={[{ required: true, message: t("form.required") }]}
        >
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item
          name="new"
          label={t("user.password_new")}
          extra={t("user.password_rule")}
          rules={[{ required: true, min: 10, message: t("user.password_rule") }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="again"
          label={t("user.password_again")}
          dependencies={["new"]}
          rules={[
            {
              validator: (_, value) =>
                value === form.getFieldValue("new")
                  ? Promise.resolve()
                  : Promise.reject(new Error(t("user.password_differs"))),
            },
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Form>
      {fault && <FaultBox fault={fault} compact />}
    </Modal>
  );
}
