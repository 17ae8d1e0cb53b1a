import { useQuery } from "@tanstack/react-query";
import { App, Button, Form, Modal, Select } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { queries } from "../../api/queries";
import type { EnrolmentToken, Fault } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useNow } from "../../components/Time";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

// While the token is shown, a new host should appear although the live stream may be gone.
// The unit's name is that of scripts/hawser-agent.service.
const start = "systemctl enable --now hawser-agent";
const lookEvery = 3000;

/** One argument as a POSIX shell wants it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A token, the command that uses it, and the host as it arrives. */
export function Enrol({ known, onClose }: { known: readonly string[]; onClose: () => void }) {
  const t = useT();
  const [minutes, setMinutes] = useState(60);
  const [token, setToken] = useState<EnrolmentToken>();
  const [before, setBefore] = useState<readonly string[]>(known);
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await call("host.token", { body: { minutes } });
    setBusy(false);
    if (result.ok) {
      setBefore(known);
      setToken(result.data);
    } else setFault(result.fault);
  };
  return (
    <Modal open centered width={640} title={t("hosts.enrol")} onCancel={onClose} footer={null}>
      <ol className="enrol">
        <li>
          <h3>{t("enrol.install")}</h3>
          <p className="t2">{t("enrol.install_text")}</p>
        </li>
        <li>
          <h3>{t("enrol.token")}</h3>
          <p className="t2">{t("enrol.token_text")}</p>
          {!token && (
            <div className="row">
              <Form.Item label={t("enrol.valid")} htmlFor="valid" className="flat">
                <Select
                  id="valid"
                  value={minutes}
                  onChange={setMinutes}
                  popupMatchSelectWidth={false}
                  options={[15, 60, 1440, 10_080].map((m) => ({
                    value: m,
                    label: t(`enrol.minutes.${m as 15 | 60 | 1440 | 10080}`),
                  }))}
                />
              </Form.Item>
              <Button type="primary" loading={busy} onClick={() => void make()}>
                {t("enrol.make")}
              </Button>
            </div>
          )}
          {fault && <FaultBox fault={fault} compact />}
        </li>
        {token && <Run token={token} known={before} onAgain={() => setToken(undefined)} onClose={onClose} />}
      </ol>
    </Modal>
  );
}

function Run({
  token,
  known,
  onAgain,
  onClose,
}: {
  token: EnrolmentToken;
  known: readonly string[];
  onAgain: () => void;
  onClose: () => void;
}) {
  const t = useT();
  const format = useFormat();
  const { message } = App.useApp();
  const now = useNow();
  const { data } = useQuery({ ...queries.hosts(), refetchInterval: lookEvery });
  const arrived = list(data?.items).find((h) => !known.includes(h.id));
  const left = Date.parse(token.expires) - now;
  const command = list(token.command).map(shellWord).join(" ");
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    void message.success(t("common.copied"));
  };
  return (
    <>
      <li>
        <h3>{t("enrol.run")}</h3>
        <p className="t2">{t("enrol.run_text")}</p>
        <code className="code">{command}</code>
        <div className="row">
          <Button icon={<Icon name="copy" />} onClick={() => void copy()}>
            {t("enrol.copy")}
          </Button>
          <span className={left > 0 ? "t3 row" : "bad row"}>
            <Icon name="clock" size={14} />
            {left > 0 ? t("enrol.left", { time: format.duration(left) }) : t("enrol.expired")}
          </span>
          {left <= 0 && <Button onClick={onAgain}>{t("enrol.again")}</Button>}
        </div>
      </li>
      <li>
        <h3>{t("enrol.start")}</h3>
        <p className="t2">{t("enrol.start_text")}</p>
        <code className="code">{start}</code>
      </li>
      <li aria-live="polite">
        <h3>{t("enrol.wait")}</h3>
        {arrived ? (
          <div className="note-box v-ok">
            <Icon name="ok" />
            <span className="grow">{t("enrol.arrived", { name: arrived.name })}</span>
            <Button size="small" onClick={onAgain}>
              {t("enrol.another")}
            </Button>
            <Button size="small" type="primary" onClick={onClose}>
              {t("common.done")}
            </Button>
          </div>
        ) : (
          <p className="t2 row">
            <Icon name="sync" className="spin" />
            {t("enrol.waiting")}
          </p>
        )}
      </li>
    </>
  );
}
