import { Checkbox, Form, Select } from "antd";
import { useState } from "react";

import type { ClusterDetail } from "../../api/types";
import { isFenceAgent } from "../../components/agents";
import { NodeOrder } from "../../components/NodeOrder";
import { SaveDialog } from "../../components/SaveDialog";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

/** N services with working nodes of their own, M standby nodes for all of them. */
export function SpreadDialog({ detail, onClose }: { detail: ClusterDetail; onClose: () => void }) {
  const t = useT();
  const act = useAct();
  // What was there when the dialog was opened: whoever is faster is not overwritten.
  const [opened] = useState(detail);
  const nodes = list(opened.nodes);
  const [services, setServices] = useState<string[]>([]);
  const [working, setWorking] = useState<string[]>([]);
  const [standby, setStandby] = useState<string[]>([]);
  const [share, setShare] = useState(false);
  const whole = list(opened.config?.resources).filter(
    (r) => (r.kind === "group" || r.kind === "primitive") && !isFenceAgent(r.agent),
  );
  const version = opened.config?.version;
  const why =
    services.length < 2
      ? t("spread.needs_services")
      : working.length === 0
        ? t("form.needs", { names: t("spread.working") })
        : services.length > working.length && !share
          ? t("spread.too_few", { services: services.length, nodes: working.length })
          : "";
  const send = () =>
    act("service.spread", {
      path: { cluster: opened.name },
      body: { services, working, standby, share, ...(version ? { version } : {}) },
    });
  return (
    <SaveDialog title={t("spread.title")} act={t("spread.act")} why={why} width={640} send={send} onClose={onClose}>
      <Form layout="vertical" component="div" className="col">
        <p className="t2">{t("spread.text")}</p>
        <Form.Item
          className="flat"
          label={t("spread.services")}
          htmlFor="spread-services"
          extra={t("spread.services_extra")}
        >
          <Select
            id="spread-services"
            mode="multiple"
            value={services}
            onChange={setServices}
            options={whole.map((r) => ({ value: r.id, label: r.id }))}
          />
        </Form.Item>
        <Form.Item className="flat" label={t("spread.working")} htmlFor="spread-working">
          <Select
            id="spread-working"
            mode="multiple"
            value={working}
            onChange={(chosen: string[]) => {
              setWorking(chosen);
              setStandby(standby.filter((n) => !chosen.includes(n)));
            }}
            options={nodes.map((n) => ({ value: n, label: n }))}
          />
        </Form.Item>
        {services.length > 0 && working.length > 0 && (
          <ul className="lines">
            {services.map((s, i) => (
              <li key={s}>
                <b>{s}</b>
                <span className="t2">{t("spread.on", { node: working[i % working.length] })}</span>
              </li>
            ))}
          </ul>
        )}
        <section className="col tight" aria-label={t("spread.standby")}>
          <h3>{t("spread.standby")}</h3>
          <NodeOrder
            all={nodes.filter((n) => !working.includes(n))}
            value={standby}
            onChange={setStandby}
            others={t("spread.free")}
            rank={(i) => t("spread.rank", { rank: i + 1 })}
          />
        </section>
        <Checkbox checked={share} onChange={(ev) => setShare(ev.target.checked)}>
          {t("spread.share")}
        </Checkbox>
      </Form>
    </SaveDialog>
  );
}
