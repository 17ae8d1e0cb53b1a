import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { call } from "../../api/client";
import { keys } from "../../api/queries";
import type { Fault } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Logo } from "../../components/Logo";
import { useLanguage, useT } from "../../lib/i18n";
import { useTheme } from "../../lib/theme";
import { Mooring } from "./Mooring";
import "./signin.css";

interface Values {
  name: string;
  password: string;
  code?: string;
}

/** Only a path of our own may be gone back to. */
function safeNext(next: string | null): string {
  return next && next.startsWith("/") && !next.startsWith("//") ? next : "/";
}

export function SignIn() {
  const t = useT();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const { language, change } = useLanguage();
  const { theme, toggle } = useTheme();
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);

  const [coded, setCoded] = useState(false);

  const signIn = async ({ name, password, code }: Values) => {
    setBusy(true);
    setFault(undefined);
    const result = await call("session.create", {
      body: { name, password, ...(coded && code ? { code: code.replaceAll(/\s/g, "") } : {}) },
    });
    setBusy(false);
    if (!result.ok) {
      // A code is asked for only once the password was right.
      if (result.fault.reason === "login.code_needed") setCoded(true);
      else setFault(result.fault);
      return;
    }
    cache.setQueryData(keys.session(), result.data);
    await navigate(safeNext(search.get("next")), { replace: true });
  };

  return (
    <div className="signin">
      <aside>
        <div className="brand">
          <Logo size={36} />
          <span>Hawser</span>
        </div>
        <div className="motto">
          <p className="big">{t("signin.motto")}</p>
          <p>{t("signin.promise")}</p>
        </div>
        <Mooring />
      </aside>
      <main>
        <div className="row corner">
          <Button
            type="text"
            lang={language === "zh" ? "en" : "zh-CN"}
            onClick={() => void change(language === "zh" ? "en" : "zh")}
          >
            {language === "zh" ? "English" : "中文"}
          </Button>
          <Button
            type="text"
            aria-label={t(theme === "light" ? "top.to_dark" : "top.to_light")}
            icon={<Icon name="half" />}
            onClick={toggle}
          />
        </div>
        <div className="panel">
          {search.get("expired") && (
            <div className="note-box v-info">
              <Icon name="clock" />
              <div className="grow">{t("signin.expired")}</div>
            </div>
          )}
          <h1>{t("signin.title")}</h1>
          <Form layout="vertical" requiredMark={false} size="large" onFinish={(values: Values) => void signIn(values)}>
            <Form.Item name="name" label={t("user.name")} rules={[{ required: true, message: t("form.required") }]}>
              <Input autoFocus autoComplete="username" spellCheck={false} prefix={<Icon name="user" />} />
            </Form.Item>
            <Form.Item
              name="password"
              label={t("user.password")}
              rules={[{ required: true, message: t("form.required") }]}
            >
              <Input.Password autoComplete="current-password" prefix={<Icon name="key" />} />
            </Form.Item>
            {coded && (
              <Form.Item
                name="code"
                label={t("totp.code")}
                extra={t("signin.code_extra")}
                rules={[{ required: true, message: t("form.required") }]}
              >
                <Input autoFocus autoComplete="one-time-code" maxLength={24} prefix={<Icon name="shield" />} />
              </Form.Item>
            )}
            {fault && (
              <Form.Item>
                <FaultBox fault={fault} compact />
              </Form.Item>
            )}
            <Button type="primary" htmlType="submit" block loading={busy}>
              {t("signin.submit")}
            </Button>
          </Form>
          <p className="t3 xs foot">
            <Icon name="shield" size={14} /> {t("signin.audited")}
          </p>
        </div>
      </main>
    </div>
  );
}
