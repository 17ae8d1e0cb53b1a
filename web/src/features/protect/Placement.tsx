import { Checkbox, Form, Input } from "antd";

import type { ClusterDetail } from "../../api/types";
import { Icon } from "../../components/Icon";
import { NodeOrder } from "../../components/NodeOrder";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { WizardFoot } from "../../components/WizardFoot";
import type { Service } from "./Protect";
import { pingAgents } from "./templates";

export function hasPing(detail: ClusterDetail): boolean {
  return list(detail.config?.resources)
    .flatMap((r) => [r, ...list(r.members)])
    .some((r) => pingAgents.includes(r.agent ?? ""));
}

export function Placement({
  detail,
  service,
  onChange,
  onBack,
  onNext,
}: {
  detail: ClusterDetail;
  service: Service;
  onChange: (s: Service) => void;
  onBack: () => void;
  onNext: () => void;
}) {
  const t = useT();
  const all = list(detail.nodes);
  const usePing = service.ping !== "";
  const pingThere = hasPing(detail);
  const pingOK = !usePing || pingThere || /^[\w.:-]+( [\w.:-]+)*$/.test(service.ping.trim());
  const fences = list(detail.config?.resources).some((r) => r.agent?.startsWith("stonith:"));
  return (
    <>
      <section className="col tight">
        <h3>{t("protect.order")}</h3>
        <p className="t2">{t("protect.order_text")}</p>
        <NodeOrder all={all} value={service.nodes} onChange={(nodes) => onChange({ ...service, nodes })} />
      </section>
      <section className="col tight">
        <h3>{t("protect.failback")}</h3>
        <Checkbox checked={service.failback} onChange={(ev) => onChange({ ...service, failback: ev.target.checked })}>
          {t("protect.failback_use")}
        </Checkbox>
        <p className="t2">{t("protect.failback_text")}</p>
      </section>
      <section className="col tight">
        <h3>{t("protect.ping")}</h3>
        <Checkbox
          checked={usePing}
          onChange={(ev) => onChange({ ...service, ping: ev.target.checked ? (pingThere ? "existing" : " ") : "" })}
        >
          {t("protect.ping_use")}
        </Checkbox>
        <p className="t2">{t("protect.ping_text")}</p>
        {usePing && !pingThere && (
          <Form layout="vertical" component="div">
            <Form.Item label={t("protect.ping_addresses")} htmlFor="ping" extra={t("protect.ping_addresses_extra")}>
              <Input
                id="ping"
                className="half"
                spellCheck={false}
                value={service.ping.trimStart()}
                onChange={(ev) => onChange({ ...service, ping: ev.target.value || " " })}
              />
            </Form.Item>
          </Form>
        )}
        {usePing && pingThere && (
          <p className="ok row">
            <Icon name="ok" size={14} />
            {t("protect.ping_there")}
          </p>
        )}
      </section>
      {!fences && (
        <div className="note-box v-warn">
          <Icon name="warn" />
          <div className="grow">
            <p className="b">{t("protect.no_fencing")}</p>
            <p className="t2">{t("protect.no_fencing_text")}</p>
          </div>
        </div>
      )}
      <WizardFoot why={pingOK ? "" : t("protect.needs_ping")} onBack={onBack} onNext={onNext} />
    </>
  );
}
