import { useQuery } from "@tanstack/react-query";
import { Form, type FormInstance, Input } from "antd";

import { call, type Result } from "../api/client";
import { queries } from "../api/queries";
import type { Body, Fault, Policy } from "../api/types";
import { FaultBox } from "./FaultView";
import { errorsBelow } from "./formErrors";
import { gap, type Translate, useT } from "../lib/i18n";

export type PasswordValues = Body<"password.change"> & { again: string };

/** What a new password has to meet, in words. */
export function passwordRule(t: Translate, policy: Policy | undefined): string {
  if (!policy) return "";
  const { minLength, classes, history } = policy.password;
  return [
    t("user.password_length", { count: minLength }),
    ...(classes > 1 ? [t("user.password_classes", { count: classes })] : []),
    ...(history > 0 ? [t("user.password_history", { count: history })] : []),
  ].join(gap(t));
}

/** Changes the password of whoever is signed in. */
export function changePassword({ current, new: next }: PasswordValues): Promise<Result<unknown>> {
  return call("password.change", { body: { current, new: next } });
}

/** The three fields of a password that is changed by its owner. */
export function PasswordForm({
  form,
  fault,
  onFinish,
}: {
  form: FormInstance<PasswordValues>;
  fault: Fault | undefined;
  onFinish: (values: PasswordValues) => void;
}) {
  const t = useT();
  const { data: policy } = useQuery(queries.policy());
  const errors = errorsBelow(t, fault, "");
  const problem = (field: string) =>
    errors.has(field) ? ({ validateStatus: "error", help: errors.get(field) } as const) : {};
  const needed = { required: true, message: t("form.required") };
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={onFinish}>
      <Form.Item name="current" label={t("user.password_current")} rules={[needed]} {...problem("current")}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item
        name="new"
        label={t("user.password_new")}
        extra={passwordRule(t, policy)}
        rules={[needed]}
        {...problem("new")}
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
      {fault && errors.size === 0 && <FaultBox fault={fault} compact />}
    </Form>
  );
}
