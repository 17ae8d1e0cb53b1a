import { useQueryClient } from "@tanstack/react-query";
import { Button, Form } from "antd";
import { useNavigate } from "react-router";

import { call } from "../../api/client";
import { keys } from "../../api/queries";
import type { Session } from "../../api/types";
import { Icon } from "../../components/Icon";
import { Logo } from "../../components/Logo";
import { useSaving } from "../../components/useSaving";
import { useT } from "../../lib/i18n";
import { changePassword, PasswordForm, type PasswordValues } from "../../components/PasswordForm";
import { SecondFactorSetup } from "./SecondFactor";
import "./account.css";

/** Stands in for every page while something has to be set first: a password of one's own, a second factor. */
export function Settle({ session }: { session: Session }) {
  const t = useT();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [form] = Form.useForm<PasswordValues>();
  const again = () => void cache.invalidateQueries({ queryKey: keys.session() });
  const { busy, fault, save } = useSaving(again);
  const signOut = async () => {
    await call("session.delete");
    cache.clear();
    await navigate("/sign-in");
  };
  return (
    <main className="settle" id="main">
      <section className="card pad">
        <div className="row">
          <Logo size={28} />
          <span className="t2">{session.user.name}</span>
          <span className="grow" />
          <Button type="text" icon={<Icon name="out" />} onClick={() => void signOut()}>
            {t("user.sign_out")}
          </Button>
        </div>
        {session.must === "password" ? (
          <>
            <h1>{t("settle.password")}</h1>
            <p className="t2">{t("settle.password_text")}</p>
            <PasswordForm form={form} fault={fault} onFinish={(values) => void save(() => changePassword(values))} />
            <Button type="primary" loading={busy} onClick={form.submit}>
              {t("user.change_password")}
            </Button>
          </>
        ) : (
          <>
            <h1>{t("settle.second_factor")}</h1>
            <p className="t2">{t("settle.second_factor_text")}</p>
            <SecondFactorSetup onDone={again} />
          </>
        )}
      </section>
    </main>
  );
}
