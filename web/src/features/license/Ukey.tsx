import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { Fragment, type ReactNode, useState } from "react";

import { call } from "../../api/client";
import { keys } from "../../api/queries";
import type { Fault, License } from "../../api/types";
import { FaultBox, FaultSentence } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Ago, isSet } from "../../components/Time";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { GiveFile } from "./GiveFile";
import { Proposal } from "./Proposal";
import { useActivation } from "./useActivation";

/** The token: what it is, whether it is there, and the document that it proves. Its PIN is never typed into a browser. */
export function Ukey({ license }: { license: License }) {
  const t = useT();
  const format = useFormat();
  const cache = useQueryClient();
  const activation = useActivation("ukey");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const ukey = license.ukey;
  if (!ukey.module) {
    return (
      <div className="pad col">
        <p className="note-box v-off">
          <Icon name="off" />
          <span>{t("license.ukey_none")}</span>
        </p>
        <pre className="code">{"licence:\n  ukey:\n    module: /usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"}</pre>
      </div>
    );
  }
  const ask = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await call("license.ukey", { body: {} });
    setBusy(false);
    if (!result.ok) setFault(result.fault);
    await cache.invalidateQueries({ queryKey: keys.license() });
  };
  const pin = ukey.pinRefused ? "license.pin.refused" : ukey.pinSet ? "license.pin.set" : "license.pin.unset";
  const rows: [string, ReactNode][] = [
    [
      t("license.ukey_module"),
      <span key="m" className="mono wrap">
        {ukey.module}
      </span>,
    ],
    [
      t("license.ukey_token"),
      ukey.token ? (
        <span key="t" className="row">
          {ukey.token} <span className="t3 num">{ukey.serial}</span>
          <Pill tone="ok">{t("license.ukey_there")}</Pill>
        </span>
      ) : (
        <Pill key="t" tone="warn">
          {t("license.ukey_away")}
        </Pill>
      ),
    ],
    [t("license.pin"), t(pin)],
    [t("license.proved"), isSet(ukey.proved) ? <Ago key="p" at={ukey.proved} /> : t("license.proved_never")],
    [t("license.grace"), t("license.grace_hours", { count: ukey.graceHours })],
    ...(isSet(ukey.graceUntil)
      ? [[t("license.grace_end"), format.full(ukey.graceUntil)] satisfies [string, string]]
      : []),
  ];
  return (
    <div className="pad col">
      <dl className="kv">
        {rows.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      {ukey.fault && (
        <p className="note-box v-warn">
          <Icon name="warn" />
          <span>
            <FaultSentence fault={ukey.fault} />
          </span>
        </p>
      )}
      <div className="row wrap">
        <Button icon={<Icon name="sync" />} loading={busy} onClick={() => void ask()}>
          {t("license.ukey_check")}
        </Button>
        <GiveFile
          label={t("license.choose_document")}
          onGiven={(given) => void activation.look(given)}
          onUnreadable={activation.refuse}
        />
      </div>
      {fault && <FaultBox fault={fault} compact />}
      <Proposal activation={activation} />
      <p className="t3 xs">
        {t("license.pin_text")} <code className="mono">hawser license ukey --pin</code>
      </p>
    </div>
  );
}
