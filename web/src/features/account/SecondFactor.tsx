import { Button, Form, Input } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import type { Fault, TOTPSetup } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { saveFile } from "../../components/saveFile";
import { useT } from "../../lib/i18n";

type Step = { at: "password" } | { at: "scan"; setup: TOTPSetup } | { at: "codes"; codes: string[] };

/** Sets up a second factor, step by step: the password, the QR code and a code made of it, the recovery codes. */
export function SecondFactorSetup({ renew, onDone }: { renew?: boolean; onDone: () => void }) {
  const t = useT();
  const [step, setStep] = useState<Step>({ at: "password" });
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const errors = errorsBelow(t, fault, "");
  const problem = (field: string) =>
    errors.has(field) ? ({ validateStatus: "error", help: errors.get(field) } as const) : {};

  const start = async (password: string) => {
    setBusy(true);
    setFault(undefined);
    if (renew) {
      const result = await call("totp.recovery", { body: { password } });
      if (result.ok) setStep({ at: "codes", codes: result.data.codes ?? [] });
      else setFault(result.fault);
    } else {
      const result = await call("totp.setup", { body: { password } });
      if (result.ok) setStep({ at: "scan", setup: result.data });
      else setFault(result.fault);
    }
    setBusy(false);
  };
  const confirm = async (code: string) => {
    setBusy(true);
    setFault(undefined);
    const result = await call("totp.confirm", { body: { code: code.replaceAll(/\s/g, "") } });
    setBusy(false);
    if (result.ok) setStep({ at: "codes", codes: result.data.codes ?? [] });
    else setFault(result.fault);
  };
  const needed = { required: true, message: t("form.required") };
  const wrong = fault && errors.size === 0 && <FaultBox fault={fault} compact />;

  if (step.at === "password") {
    return (
      <Form
        key="password"
        layout="vertical"
        requiredMark={false}
        onFinish={(v: { password: string }) => void start(v.password)}
      >
        <p className="t2">{t(renew ? "totp.renew_text" : "totp.setup_text")}</p>
        <Form.Item name="password" label={t("user.password_current")} rules={[needed]} {...problem("password")}>
          <Input.Password autoFocus autoComplete="current-password" />
        </Form.Item>
        {wrong}
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("common.next")}
        </Button>
      </Form>
    );
  }
  if (step.at === "scan") {
    return (
      <Form key="scan" layout="vertical" requiredMark={false} onFinish={(v: { code: string }) => void confirm(v.code)}>
        <p className="t2">{t("totp.scan")}</p>
        <div className="qr">
          <img src={`data:image/png;base64,${step.setup.qr}`} alt={t("totp.qr_alt")} width={200} height={200} />
          <div className="two">
            <small>{t("totp.by_hand")}</small>
            <code className="mono wrap">{step.setup.secret.replaceAll(/(.{4})/g, "$1 ")}</code>
          </div>
        </div>
        <Form.Item
          name="code"
          label={t("totp.code")}
          extra={t("totp.code_extra")}
          rules={[needed]}
          {...problem("code")}
        >
          <Input autoFocus inputMode="numeric" autoComplete="one-time-code" maxLength={8} className="code-input" />
        </Form.Item>
        {wrong}
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("totp.confirm")}
        </Button>
      </Form>
    );
  }
  const text = `${step.codes.join("\n")}\n`;
  return (
    <div>
      <p className="b">{t("totp.codes")}</p>
      <p className="t2">{t("totp.codes_text")}</p>
      <ul className="codes mono">
        {step.codes.map((c) => (
          <li key={c}>{c}</li>
        ))}
      </ul>
      <div className="row">
        <Button icon={<Icon name="down" />} onClick={() => saveFile("hawser-recovery-codes.txt", text)}>
          {t("totp.codes_save")}
        </Button>
        <Button type="primary" onClick={onDone}>
          {t("totp.codes_kept")}
        </Button>
      </div>
    </div>
  );
}
