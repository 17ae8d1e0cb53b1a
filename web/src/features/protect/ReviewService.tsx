import { Button } from "antd";
import { Fragment } from "react";
import { useNavigate } from "react-router";

import type { ClusterDetail } from "../../api/types";
import { resourceIcon } from "../../components/agents";
import { freeID, nodeOrder, pingRule } from "../../components/constraints";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { type SequenceStep, useSequence } from "../../components/useSequence";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { WizardFoot } from "../../components/WizardFoot";
import { hasPing } from "./Placement";
import type { Service } from "./Protect";
import { groupOf, pingClone, suited } from "./templates";

export function ReviewService({
  detail,
  service,
  onBack,
}: {
  detail: ClusterDetail;
  service: Service;
  onBack: () => void;
}) {
  const t = useT();
  const act = useAct();
  const navigate = useNavigate();
  const sequence = useSequence();
  const path = { cluster: detail.name };
  const taken = [
    ...list(detail.config?.resources).map((r) => r.id),
    ...list(detail.config?.constraints).map((c) => c.id),
  ];
  const makesPing = service.ping !== "" && !hasPing(detail);
  const first = service.nodes[0];

  // A group is held by the stickiness of each member together: one member alone outweighs the whole order.
  const stickiness = service.failback ? 0 : (service.nodes.length + 1) * 100;

  const create = async () => {
    const steps: SequenceStep[] = [];
    if (makesPing) {
      const resource = pingClone(freeID(["ping"], taken), service.ping.trim());
      steps.push({ key: "ping", run: () => act("resource.create", { path, body: { resource } }) });
    }
    const constraints = [
      ...nodeOrder(service.name, service.nodes, taken),
      ...(service.ping ? [pingRule(service.name, taken)] : []),
    ];
    const resource = groupOf(service.name, service.parts, stickiness);
    steps.push({ key: "service", run: () => act("resource.create", { path, body: { resource, constraints } }) });
    if (await sequence.run(steps)) {
      await navigate(`/c/${encodeURIComponent(detail.name)}/resources?resource=${encodeURIComponent(service.name)}`);
    }
  };

  return (
    <>
      <div className="note-box v-info">
        <Icon name="info" />
        <div className="grow">
          <p className="b">{t("protect.consequence", { name: service.name, node: first ?? t("protect.any_node") })}</p>
          <p className="t2">{t("protect.consequence_text")}</p>
        </div>
      </div>
      <ol className="chain" aria-label={t("protect.start_order")}>
        {service.parts.map(suited).map((part, i) => (
          <Fragment key={part.id}>
            {i > 0 && (
              <li aria-hidden>
                <Icon name="arrow" className="t3" />
              </li>
            )}
            <li className="card chain-part">
              <span className="row b">
                <Icon name={resourceIcon("primitive", part.agent)} />
                {part.id}
              </span>
              <span className="t3 xs">{part.agent}</span>
              <dl className="kv">
                {Object.entries(part.parameters ?? {}).map(([name, value]) => (
                  <Fragment key={name}>
                    <dt className="mono">{name}</dt>
                    <dd className="mono">{/passw|secret/i.test(name) ? "***" : value}</dd>
                  </Fragment>
                ))}
              </dl>
            </li>
          </Fragment>
        ))}
      </ol>
      <dl className="kv left">
        <dt>{t("protect.order")}</dt>
        <dd>{service.nodes.join(" → ") || t("protect.any_node")}</dd>
        <dt>{t("protect.failback")}</dt>
        <dd>{t(service.failback ? "common.yes" : "common.no")}</dd>
        <dt>{t("protect.ping")}</dt>
        <dd>
          {service.ping
            ? makesPing
              ? t("protect.ping_new", { addresses: service.ping.trim() })
              : t("protect.ping_there")
            : t("common.none")}
        </dd>
      </dl>
      {sequence.fault && <FaultBox fault={sequence.fault} />}
      <WizardFoot {...(sequence.busy ? { why: t("protect.working") } : { onBack })}>
        <Button type="primary" loading={sequence.busy} onClick={() => void create()}>
          {t("protect.act", { name: service.name })}
        </Button>
      </WizardFoot>
    </>
  );
}
