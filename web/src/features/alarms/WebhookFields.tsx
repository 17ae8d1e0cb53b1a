import { Form, Input } from "antd";

import type { ChannelForm } from "../../api/types";
import { useT } from "../../lib/i18n";

type Webhook = NonNullable<ChannelForm["webhook"]>;

const examples = {
  wecom: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
  dingtalk: "https://oapi.dingtalk.com/robot/send?access_token=…",
  webhook: "https://hooks.example.com/ha",
} as const;

/** Where a webhook is; its address and secret are never shown again. */
export function WebhookFields({
  kind,
  known,
  webhook,
  errors,
  onChange,
}: {
  kind: ChannelForm["kind"];
  known: boolean;
  webhook: Webhook;
  errors: Map<string, string>;
  onChange: (webhook: Webhook) => void;
}) {
  const t = useT();
  const preset = kind === "mail" ? "webhook" : kind;
  const problem = (field: string) =>
    errors.has(`webhook.${field}`) ? ({ validateStatus: "error", help: errors.get(`webhook.${field}`) } as const) : {};
  return (
    <>
      <Form.Item
        label={t("channel.url")}
        htmlFor="webhook-url"
        extra={t(known ? "channel.url_kept" : `channel.url_extra.${preset}`)}
        {...problem("url")}
      >
        <Input
          id="webhook-url"
          className="mono"
          value={webhook.url ?? ""}
          spellCheck={false}
          autoComplete="off"
          placeholder={examples[preset]}
          onChange={(ev) => onChange({ ...webhook, url: ev.target.value.trim() })}
        />
      </Form.Item>
      {kind !== "wecom" && (
        <Form.Item
          label={t("channel.secret")}
          htmlFor="webhook-secret"
          extra={t(`channel.secret_extra.${preset === "dingtalk" ? "dingtalk" : "webhook"}`)}
          {...problem("secret")}
        >
          <Input.Password
            id="webhook-secret"
            value={webhook.secret ?? ""}
            autoComplete="new-password"
            placeholder={webhook.secretSet ? t("form.secret_kept") : ""}
            onChange={(ev) => {
              const { secret: _, ...rest } = webhook;
              onChange(ev.target.value ? { ...rest, secret: ev.target.value } : rest);
            }}
          />
        </Form.Item>
      )}
    </>
  );
}
