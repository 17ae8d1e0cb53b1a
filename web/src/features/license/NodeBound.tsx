import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, InputNumber } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries } from "../../api/queries";
import type { Body, Fault, LicenseRequest } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { Ago } from "../../components/Time";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { Activate } from "./Activate";

/** The way without internet: a request as a QR code, and the code that answers it. */
export function NodeBound() {
  const query = useQuery(queries.licenseRequests());
  return (
    <div className="pad">
      <Query query={query}>{(page) => <Ready requests={list(page.items)} />}</Query>
    </div>
  );
}

function Ready({ requests }: { requests: readonly LicenseRequest[] }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const newest = requests[0];
  return (
    <div className="license-steps">
      {newest && !asking ? (
        <RequestPicture request={newest} onNew={() => setAsking(true)} />
      ) : (
        <Ask onDone={() => setAsking(false)} {...(newest ? { onCancel: () => setAsking(false) } : {})} />
      )}
      <ol className="enrol">
        <li>
          <b>{t("license.step.ask")}</b>
          <p className="t2">{t("license.step.ask_text")}</p>
        </li>
        <li>
          <b>{t("license.step.send")}</b>
          <p className="t2">{t("license.step.send_text")}</p>
        </li>
        <li>
          <b>{t("license.step.enter")}</b>
          <p className="t2">{t("license.step.enter_text")}</p>
          <Activate waiting={requests.length} />
        </li>
      </ol>
      <p className="t3 xs license-foot">
        {t("license.offline")} <code className="mono">hawser license request</code>
        {t("common.comma")}
        <code className="mono">hawser license activate</code>
      </p>
    </div>
  );
}

function Ask({ onDone, onCancel }: { onDone: () => void; onCancel?: () => void }) {
  const t = useT();
  const cache = useQueryClient();
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const errors = errorsBelow(t, fault, "");
  const ask = async (body: Body<"license.request">) => {
    setBusy(true);
    const result = await call("license.request", { body });
    setBusy(false);
    if (!result.ok) {
      setFault(result.fault);
      return;
    }
    await cache.invalidateQueries({ queryKey: keys.license() });
    onDone();
  };
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      initialValues={{ nodes: 0, clusters: 0 }}
      onFinish={(v: { customer: string; nodes: number | null; clusters: number | null }) =>
        void ask({ customer: v.customer.trim(), nodes: v.nodes ?? 0, clusters: v.clusters ?? 0 })
      }
    >
      <Form.Item
        name="customer"
        label={t("license.customer")}
        extra={t("license.customer_text")}
        rules={[{ required: true, whitespace: true, message: t("form.required") }]}
        {...(errors.has("customer") ? { validateStatus: "error" as const, help: errors.get("customer") } : {})}
      >
        <Input autoComplete="organization" />
      </Form.Item>
      <Form.Item name="nodes" label={t("license.nodes_wanted")} extra={t("license.zero")}>
        <InputNumber min={0} max={65535} precision={0} />
      </Form.Item>
      <Form.Item name="clusters" label={t("license.clusters_wanted")}>
        <InputNumber min={0} max={65535} precision={0} />
      </Form.Item>
      <div className="row">
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("license.make_request")}
        </Button>
        {onCancel && <Button onClick={onCancel}>{t("common.cancel")}</Button>}
      </div>
      {fault && errors.size === 0 && <FaultBox fault={fault} compact />}
    </Form>
  );
}

/** The request that waits for its code. Black on white in every theme: cameras want it so. */
function RequestPicture({ request, onNew }: { request: LicenseRequest; onNew: () => void }) {
  const t = useT();
  const { message } = App.useApp();
  const picture = `data:image/png;base64,${request.qr}`;
  const wanted = (n: number) => (n > 0 ? n : t("license.unlimited"));
  return (
    <div className="license-request">
      <img src={picture} alt={t("license.qr", { id: request.id })} width={288} height={288} />
      <p className="xs t2">
        <b>{request.customer}</b> ·{" "}
        {t("license.wanted", { nodes: wanted(request.nodes), clusters: wanted(request.clusters) })}
        <br />
        {t("license.request_no", { id: request.id })} · {request.by} · <Ago at={request.at} />
      </p>
      <div className="row wrap">
        <Button
          size="small"
          icon={<Icon name="copy" />}
          onClick={() =>
            void navigator.clipboard.writeText(request.text).then(() => message.success(t("common.copied")))
          }
        >
          {t("license.copy_text")}
        </Button>
        <Button size="small" icon={<Icon name="disk" />} href={picture} download={`hawser-request-${request.id}.png`}>
          {t("license.save_picture")}
        </Button>
        <Button size="small" icon={<Icon name="sync" />} onClick={onNew}>
          {t("license.new_request")}
        </Button>
      </div>
      <details>
        <summary>{t("license.as_text")}</summary>
        <p className="mono xs license-text">{request.text}</p>
      </details>
    </div>
  );
}
