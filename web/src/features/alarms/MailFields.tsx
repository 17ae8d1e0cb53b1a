import { Button, Checkbox, Form, Input, InputNumber, Radio } from "antd";

import type { ChannelForm } from "../../api/types";
import { Icon } from "../../components/Icon";
import { IconButton } from "../../components/IconButton";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

type Mail = NonNullable<ChannelForm["mail"]>;

const securities = ["starttls", "tls", "none"] as const;
/** The usual port of each, put in where the port was the usual one of the other. */
const ports: Record<Mail["security"], number> = { starttls: 587, tls: 465, none: 25 };

/** How mail is sent: server, encryption, login, sender and recipients. */
export function MailFields({
  mail,
  errors,
  onChange,
}: {
  mail: Mail;
  errors: Map<string, string>;
  onChange: (mail: Mail) => void;
}) {
  const t = useT();
  const recipients = list(mail.recipients);
  const problem = (field: string) =>
    errors.has(`mail.${field}`) ? ({ validateStatus: "error", help: errors.get(`mail.${field}`) } as const) : {};
  const set = (part: Partial<Mail>) => onChange({ ...mail, ...part });
  const setRecipient = (at: number, address: string) =>
    set({ recipients: recipients.map((r, i) => (i === at ? address : r)) });
  return (
    <>
      <div className="form-grid server-port">
        <Form.Item label={t("channel.server")} htmlFor="mail-server" {...problem("server")}>
          <Input
            id="mail-server"
            value={mail.server}
            spellCheck={false}
            placeholder="smtp.example.com"
            onChange={(ev) => set({ server: ev.target.value.trim() })}
          />
        </Form.Item>
        <Form.Item label={t("channel.port")} htmlFor="mail-port" {...problem("port")}>
          <InputNumber
            id="mail-port"
            className="full"
            controls={false}
            value={mail.port}
            onChange={(port) => set({ port: port ?? 0 })}
          />
        </Form.Item>
      </div>
      <Form.Item
        label={t("channel.security")}
        extra={t(`channel.security.${mail.security}.text`)}
        {...problem("security")}
      >
        <Radio.Group
          aria-label={t("channel.security")}
          optionType="button"
          value={mail.security}
          onChange={(ev) => {
            const security = securities.find((s) => s === ev.target.value) ?? "starttls";
            set({ security, ...(mail.port === ports[mail.security] ? { port: ports[security] } : {}) });
          }}
          options={securities.map((s) => ({ value: s, label: t(`channel.security.${s}`) }))}
        />
      </Form.Item>
      <div className="form-grid two-wide">
        <Form.Item
          label={t("channel.login")}
          htmlFor="mail-login"
          extra={t("channel.login_extra")}
          {...problem("login")}
        >
          <Input
            id="mail-login"
            value={mail.login ?? ""}
            spellCheck={false}
            autoComplete="off"
            onChange={(ev) => set({ login: ev.target.value })}
          />
        </Form.Item>
        <Form.Item
          label={t("channel.password")}
          htmlFor="mail-password"
          extra={t("channel.password_extra")}
          {...problem("password")}
        >
          <Input.Password
            id="mail-password"
            value={mail.password ?? ""}
            disabled={!mail.login}
            autoComplete="new-password"
            placeholder={mail.passwordSet ? t("form.secret_kept") : ""}
            onChange={(ev) => {
              // An empty field leaves the password as it was.
              const { password: _, ...rest } = mail;
              onChange(ev.target.value ? { ...rest, password: ev.target.value } : rest);
            }}
          />
        </Form.Item>
      </div>
      <Form.Item label={t("channel.sender")} htmlFor="mail-sender" {...problem("sender")}>
        <Input
          id="mail-sender"
          value={mail.sender}
          spellCheck={false}
          placeholder="ha@example.com"
          onChange={(ev) => set({ sender: ev.target.value.trim() })}
        />
      </Form.Item>
      <Form.Item label={t("channel.recipients")} extra={t("channel.recipients_extra")} {...problem("recipients")}>
        <div className="col tight">
          {recipients.map((address, i) => (
            // Two may be the same while they are typed: only their place tells them apart.
            // eslint-disable-next-line react/no-array-index-key
            <Form.Item key={i} className="flat" {...problem(`recipients.${i}`)}>
              <span className="row">
                <Input
                  aria-label={t("channel.recipient", { number: i + 1 })}
                  value={address}
                  spellCheck={false}
                  placeholder="ops@example.com"
                  onChange={(ev) => setRecipient(i, ev.target.value.trim())}
                />
                <IconButton
                  icon="trash"
                  label={t("channel.recipient_remove", { number: i + 1 })}
                  disabled={recipients.length === 1}
                  onClick={() => set({ recipients: recipients.filter((_, other) => other !== i) })}
                />
              </span>
            </Form.Item>
          ))}
          <span>
            <Button
              size="small"
              icon={<Icon name="plus" size={14} />}
              onClick={() => set({ recipients: [...recipients, ""] })}
            >
              {t("channel.recipient_add")}
            </Button>
          </span>
        </div>
      </Form.Item>
      <Form.Item extra={t("channel.from_nodes_extra")}>
        <Checkbox checked={mail.fromNodes ?? false} onChange={(ev) => set({ fromNodes: ev.target.checked })}>
          {t("channel.from_nodes")}
        </Checkbox>
      </Form.Item>
      <details className="gap-below" {...(mail.ca || errors.has("mail.ca") ? { open: true } : {})}>
        <summary>{t("channel.ca")}</summary>
        <Form.Item extra={t("channel.ca_extra")} {...problem("ca")}>
          <Input.TextArea
            aria-label={t("channel.ca")}
            className="mono"
            rows={4}
            value={mail.ca ?? ""}
            spellCheck={false}
            placeholder="-----BEGIN CERTIFICATE-----"
            onChange={(ev) => set({ ca: ev.target.value })}
          />
        </Form.Item>
      </details>
    </>
  );
}
