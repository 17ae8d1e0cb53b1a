import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Modal, Radio } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries, useSession } from "../../api/queries";
import type { Fault, User } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { passwordRule } from "../../components/PasswordForm";
import { roles, roleText } from "../../components/roles";
import { gap, useT } from "../../lib/i18n";

interface Values {
  name: string;
  role: User["role"];
  password?: string;
}

/** Makes a user, or changes one's role or password. */
export function UserDialog({ user, onClose }: { user: User | undefined; onClose: () => void }) {
  const t = useT();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const { data: policy } = useQuery(queries.policy());
  const session = useSession();
  const self = user?.name === session?.user.name;
  const errors = errorsBelow(t, fault, "");
  const save = async (values: Values) => {
    setBusy(true);
    const result = user
      ? await call("user.edit", {
          path: { user: user.name },
          body: { ...(self ? {} : { role: values.role }), ...(values.password ? { password: values.password } : {}) },
        })
      : await call("user.create", { body: { name: values.name, role: values.role, password: values.password ?? "" } });
    setBusy(false);
    if (!result.ok) {
      setFault(result.fault);
      return;
    }
    await cache.invalidateQueries({ queryKey: keys.users() });
    onClose();
  };
  const problem = (field: string) =>
    errors.has(field) ? ({ validateStatus: "error", help: errors.get(field) } as const) : {};
  return (
    <Modal
      open
      title={user ? t("users.edit_title", { name: user.name }) : t("users.create")}
      okText={user ? t("common.save") : t("users.create")}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: user?.name ?? "", role: user?.role ?? "viewer" }}
        onFinish={(values) => void save(values)}
      >
        <Form.Item
          name="name"
          label={t("user.name")}
          rules={[{ required: true, message: t("form.required") }]}
          {...problem("name")}
        >
          <Input disabled={Boolean(user)} spellCheck={false} autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="role"
          label={t("user.role")}
          {...(self ? { extra: t("user.role_own") } : {})}
          {...problem("role")}
        >
          <Radio.Group
            className="stack"
            disabled={self}
            options={roles.map((r) => ({ value: r, label: `${t(`role.${r}`)} · ${roleText(t, r, session)}` }))}
          />
        </Form.Item>
        {!self && (
          <Form.Item
            name="password"
            label={t(user ? "user.password_new_optional" : "user.password")}
            extra={[passwordRule(t, policy), policy?.password.firstChange ? t("user.password_given") : ""]
              .filter(Boolean)
              .join(gap(t))}
            rules={[{ required: !user, message: t("form.required") }]}
            {...problem("password")}
          >
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        )}
      </Form>
      {fault && errors.size === 0 && <FaultBox fault={fault} compact />}
    </Modal>
  );
}
