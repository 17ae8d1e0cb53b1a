import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries, useSession } from "../../api/queries";
import type { Session } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { Ago, isSet } from "../../components/Time";
import { useSaving } from "../../components/useSaving";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { AccessTable } from "../../components/AccessTable";
import { PasswordDialog } from "./PasswordDialog";
import { SecondFactorSetup } from "./SecondFactor";
import { TokenDialog } from "./TokenDialog";
import "./account.css";

type Open = "password" | "setup" | "recovery" | "remove" | "token";

/** One's own account: password, second factor, sessions, API tokens. */
export function Account() {
  const session = useSession();
  return session ? <Ready session={session} /> : null;
}

function Ready({ session }: { session: Session }) {
  const t = useT();
  const cache = useQueryClient();
  const [open, setOpen] = useState<Open>();
  const sessions = useQuery(queries.sessions());
  const tokens = useQuery(queries.tokens());
  const close = () => setOpen(undefined);
  const settled = () => {
    close();
    void cache.invalidateQueries({ queryKey: keys.session() });
    void cache.invalidateQueries({ queryKey: keys.sessions() });
  };
  const { user } = session;
  return (
    <div className="page">
      <div className="account-cards">
        <Card title={t("user.password")} label={t("user.password")} pad>
          <p className="t2">
            {isSet(user.passwordSet) ? (
              <>
                {t("account.password_since")} <Ago at={user.passwordSet} />
              </>
            ) : (
              t("account.password_text")
            )}
          </p>
          <Button icon={<Icon name="key" />} onClick={() => setOpen("password")}>
            {t("user.change_password")}
          </Button>
        </Card>
        <Card
          title={t("account.second_factor")}
          label={t("account.second_factor")}
          extra={
            <Pill tone={user.secondFactor ? "ok" : "off"}>{t(user.secondFactor ? "account.on" : "account.off")}</Pill>
          }
          pad
        >
          <p className="t2">{t(user.secondFactor ? "account.second_factor_on" : "account.second_factor_off")}</p>
          <div className="row wrap">
            {user.secondFactor ? (
              <>
                <Button onClick={() => setOpen("recovery")}>{t("totp.renew")}</Button>
                <Button onClick={() => setOpen("setup")}>{t("totp.replace")}</Button>
                <Button danger onClick={() => setOpen("remove")}>
                  {t("totp.remove")}
                </Button>
              </>
            ) : (
              <Button type="primary" icon={<Icon name="shield" />} onClick={() => setOpen("setup")}>
                {t("totp.setup")}
              </Button>
            )}
          </div>
        </Card>
      </div>
      <Card title={t("account.sessions")} note={t("account.sessions_note")} label={t("account.sessions")}>
        <Query query={sessions}>{(page) => <AccessTable items={list(page.items)} />}</Query>
      </Card>
      <Card
        title={t("account.tokens")}
        note={t("account.tokens_note")}
        label={t("account.tokens")}
        extra={
          <Button icon={<Icon name="plus" />} onClick={() => setOpen("token")}>
            {t("token.create")}
          </Button>
        }
      >
        <Query query={tokens}>{(page) => <AccessTable items={list(page.items)} />}</Query>
      </Card>
      {open === "password" && <PasswordDialog onClose={close} />}
      {(open === "setup" || open === "recovery") && (
        <Modal
          open
          title={t(open === "setup" ? "totp.setup" : "totp.renew")}
          footer={null}
          onCancel={settled}
          width={460}
          mask={{ closable: false }}
        >
          <SecondFactorSetup renew={open === "recovery"} onDone={settled} />
        </Modal>
      )}
      {open === "remove" && <RemoveDialog onClose={close} onDone={settled} />}
      {open === "token" && <TokenDialog onClose={close} />}
    </div>
  );
}

function RemoveDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const t = useT();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ password: string }>();
  const { busy, fault, save } = useSaving(() => {
    void message.success(t("totp.removed"));
    onDone();
  });
  const errors = errorsBelow(t, fault, "");
  return (
    <Modal
      open
      title={t("totp.remove")}
      okText={t("totp.remove")}
      okButtonProps={{ danger: true }}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
      width={420}
    >
      <p className="t2">{t("totp.remove_text")}</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={({ password }) => void save(() => call("totp.remove", { body: { password } }))}
      >
        <Form.Item
          name="password"
          label={t("user.password_current")}
          rules={[{ required: true, message: t("form.required") }]}
          {...(errors.has("password") ? { validateStatus: "error", help: errors.get("password") } : {})}
        >
          <Input.Password autoComplete="current-password" />
        </Form.Item>
      </Form>
      {fault && errors.size === 0 && <FaultBox fault={fault} compact />}
    </Modal>
  );
}
