import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Form, Input, Select, Switch } from "antd";
import { useState } from "react";

import { call, fetchRoute } from "../../api/client";
import { keys } from "../../api/queries";
import type { Channel, ChannelForm, Fault } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Query } from "../../components/Query";
import { useSaving } from "../../components/useSaving";
import { useT } from "../../lib/i18n";
import { type Tried, TestOutcome, tryChannel } from "./ChannelTest";
import { MailFields } from "./MailFields";
import { WebhookFields } from "./WebhookFields";

const kinds = ["mail", "wecom", "dingtalk", "webhook"] as const;
const blanks =
  "{{subject}} {{cluster}} {{severity}} {{title}} {{what}} {{since}} {{followed}} {{outages}} {{link}} {{count}}";

const empty = (language: "zh" | "en"): ChannelForm => ({
  kind: "mail",
  enabled: true,
  language,
  mail: { server: "", port: 587, security: "starttls", sender: "", recipients: [""] },
});

/** Makes a channel, or changes one as it is now. */
export function ChannelDrawer({ channel, onClose }: { channel: Channel | undefined; onClose: () => void }) {
  const t = useT();
  const name = channel?.name ?? "";
  const query = useQuery({
    queryKey: [...keys.channels(), "edit", name],
    queryFn: ({ signal }) => fetchRoute("channel.show", { path: { channel: name }, signal }),
    enabled: channel !== undefined,
    staleTime: Infinity,
    gcTime: 0,
  });
  if (!channel) return <Editor start={empty(t.language)} name="" onClose={onClose} />;
  if (!query.data) {
    return (
      <Drawer open onClose={onClose} size={560} title={t("channel.edit_title", { name })}>
        <Query query={query}>{() => null}</Query>
      </Drawer>
    );
  }
  const { kind, enabled, language, mail, webhook, subject, text } = query.data;
  const start: ChannelForm = {
    kind,
    enabled,
    language,
    ...(mail ? { mail } : {}),
    ...(webhook ? { webhook } : {}),
    ...(subject ? { subject } : {}),
    ...(text ? { text } : {}),
  };
  return <Editor start={start} name={name} onClose={onClose} />;
}

/** What is sent: only the settings of the kind, and an address only where it was typed anew. */
function sent(form: ChannelForm, start: ChannelForm): ChannelForm {
  const { mail, webhook, ...rest } = form;
  if (form.kind === "mail") return { ...rest, ...(mail ? { mail } : {}) };
  const { url, ...other } = webhook ?? {};
  return { ...rest, webhook: { ...other, ...(url && url !== start.webhook?.url ? { url } : {}) } };
}

function Editor({ start, name, onClose }: { start: ChannelForm; name: string; onClose: () => void }) {
  const t = useT();
  const cache = useQueryClient();
  const known = name !== "";
  const [form, setForm] = useState(start);
  const [typedName, setTypedName] = useState(name);
  const [testing, setTesting] = useState(false);
  const [tried, setTried] = useState<Tried>();
  const { busy, fault, save } = useSaving(() => {
    void cache.invalidateQueries({ queryKey: keys.channels() });
    onClose();
  });
  const shown: Fault | undefined = fault ?? tried?.fault;
  const errors = errorsBelow(t, shown, "");
  const problem = (field: string) =>
    errors.has(field) ? ({ validateStatus: "error", help: errors.get(field) } as const) : {};
  const change = (part: Partial<ChannelForm>) => {
    setForm((now) => ({ ...now, ...part }));
    setTried(undefined);
  };
  const send = () => {
    setTried(undefined);
    return save(() =>
      known
        ? call("channel.edit", { path: { channel: name }, body: sent(form, start) })
        : call("channel.create", { body: { name: typedName.trim(), ...sent(form, start) } }),
    );
  };
  const test = async () => {
    setTesting(true);
    setTried(undefined);
    setTried(await tryChannel(typedName.trim() || "test", sent(form, start)));
    setTesting(false);
  };
  const pick = (kind: ChannelForm["kind"]) =>
    change({ kind, ...(kind === "mail" ? {} : { webhook: form.webhook ?? {} }) });
  return (
    <Drawer
      open
      onClose={onClose}
      size={560}
      title={known ? t("channel.edit_title", { name }) : t("channel.create")}
      footer={
        <div className="row">
          <Button loading={testing} onClick={() => void test()}>
            {t("channel.test")}
          </Button>
          <span className="grow" />
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="primary" loading={busy} onClick={() => void send()}>
            {t("common.save")}
          </Button>
        </div>
      }
    >
      <Form layout="vertical" component="div" requiredMark={false}>
        <div className="form-grid two-wide">
          <Form.Item label={t("channel.kind")} htmlFor="channel-kind" {...problem("kind")}>
            <Select
              id="channel-kind"
              value={form.kind}
              disabled={known}
              onChange={pick}
              options={kinds.map((k) => ({ value: k, label: t(`channel.kind.${k}`) }))}
            />
          </Form.Item>
          <Form.Item label={t("channel.name")} htmlFor="channel-name" {...problem("name")}>
            <Input
              id="channel-name"
              value={typedName}
              disabled={known}
              spellCheck={false}
              autoComplete="off"
              maxLength={32}
              placeholder="ops"
              onChange={(ev) => setTypedName(ev.target.value)}
            />
          </Form.Item>
          <Form.Item label={t("channel.switch")} htmlFor="channel-on">
            <span className="row">
              <Switch id="channel-on" checked={form.enabled} onChange={(enabled) => change({ enabled })} />
              <span className="t3 xs">{t(form.enabled ? "channel.on_note" : "channel.off_note")}</span>
            </span>
          </Form.Item>
          <Form.Item label={t("channel.language")} htmlFor="channel-language" {...problem("language")}>
            <Select
              id="channel-language"
              value={form.language}
              onChange={(language: ChannelForm["language"]) => change({ language })}
              options={[
                { value: "zh", label: t("channel.language.zh") },
                { value: "en", label: t("channel.language.en") },
              ]}
            />
          </Form.Item>
        </div>
        {form.kind === "mail" && form.mail ? (
          <MailFields mail={form.mail} errors={errors} onChange={(mail) => change({ mail })} />
        ) : (
          <WebhookFields
            kind={form.kind}
            known={known}
            webhook={form.webhook ?? {}}
            errors={errors}
            onChange={(webhook) => change({ webhook })}
          />
        )}
        <details className="gap-below">
          <summary>{t("channel.texts")}</summary>
          <p className="t2 xs gap-small">
            {t("channel.texts_extra")} <span className="mono">{blanks}</span>
          </p>
          <Form.Item label={t("channel.subject")} htmlFor="channel-subject" {...problem("subject")}>
            <Input
              id="channel-subject"
              value={form.subject ?? ""}
              maxLength={200}
              onChange={(ev) => change({ subject: ev.target.value })}
            />
          </Form.Item>
          <Form.Item label={t("channel.text")} htmlFor="channel-text" {...problem("text")}>
            <Input.TextArea
              id="channel-text"
              rows={4}
              value={form.text ?? ""}
              maxLength={4000}
              onChange={(ev) => change({ text: ev.target.value })}
            />
          </Form.Item>
        </details>
      </Form>
      <div className="col" aria-live="polite">
        {tried?.outcome && <TestOutcome outcome={tried.outcome} />}
        {shown && errors.size === 0 && <FaultBox fault={shown} compact />}
        {errors.size > 0 && <p className="bad">{t("channel.see_fields")}</p>}
      </div>
    </Drawer>
  );
}
