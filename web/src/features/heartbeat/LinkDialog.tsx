import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Drawer, Form, InputNumber, Select } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { ClusterDetail, Link } from "../../api/types";
import { addressChoices, addressIn, commonNetworks } from "../../components/addresses";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { useSaving } from "../../components/useSaving";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

interface Times {
  interval: number;
  timeout: number;
}

/** Adds a link, or changes one: an address for each node, how much it is preferred, how soon it counts as cut. */
export function LinkDialog({
  detail,
  link,
  number,
  onClose,
}: {
  detail: ClusterDetail;
  /** Undefined for a new one. */
  link: Link | undefined;
  number: number;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const { data: hosts } = useQuery(queries.hosts());
  const nodes = list(detail.nodes);
  const before = Object.fromEntries(list(link?.ends).map((e) => [e.node, e.address]));
  const [picked, setPicked] = useState<Record<string, string>>(before);
  const [priority, setPriority] = useState(link && !link.autoPriority ? (link.priority ?? 0) : 0);
  const [times, setTimes] = useState<Times | undefined>(
    link && !link.auto ? { interval: link.pingInterval ?? 0, timeout: link.pingTimeout ?? 0 } : undefined,
  );
  const { busy, fault, save } = useSaving(onClose);
  const errors = errorsBelow(t, fault, "");
  const members = nodes.flatMap((n) => list(hosts?.items).find((h) => h.name === n) ?? []);
  const used = new Set(list(detail.setup?.nodes).flatMap((n) => list(n.addresses)));
  // A new link is proposed on the first network that all nodes share and no link uses yet.
  const network = link
    ? undefined
    : commonNetworks(members).find((net) => members.every((h) => !used.has(addressIn(h, net) ?? "")));
  const proposed = Object.fromEntries(network ? members.map((h) => [h.name, addressIn(h, network) ?? ""]) : []);
  const addresses: Record<string, string> = { ...proposed, ...picked };
  const missing = nodes.filter((n) => !addresses[n]);
  const moved = Object.fromEntries(Object.entries(addresses).filter(([node, address]) => before[node] !== address));
  const why = missing.length > 0 ? t("link.needs_address", { nodes: missing.join(", ") }) : "";

  const send = () => {
    const chosen = { priority, pingInterval: times?.interval ?? 0, pingTimeout: times?.timeout ?? 0 };
    return link
      ? act("link.edit", {
          path: { cluster: detail.name, link: link.number },
          body: { ...chosen, ...(Object.keys(moved).length > 0 ? { addresses: moved } : {}) },
        })
      : act("link.add", { path: { cluster: detail.name }, body: { ...chosen, number, addresses } });
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={560}
      title={link ? t("link.edit.title", { link: number }) : t("link.add.title", { link: number })}
      footer={
        <div className="row">
          <span className="t3 xs">{why}</span>
          <span className="grow" />
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="primary" loading={busy} disabled={why !== ""} onClick={() => void save(send)}>
            {link ? t("common.save") : t("link.add.act", { link: number })}
          </Button>
        </div>
      }
    >
      <Form layout="vertical" component="div" requiredMark={false}>
        {nodes.map((node) => {
          const host = list(hosts?.items).find((h) => h.name === node);
          const error = errors.get(`addresses.${node}`);
          return (
            <Form.Item
              key={node}
              label={t("link.address_of", { node })}
              htmlFor={`address-${node}`}
              {...(error ? { validateStatus: "error", help: error } : {})}
            >
              <Select
                id={`address-${node}`}
                value={addresses[node] || null}
                placeholder={t("create.pick_address")}
                onChange={(address: string) => setPicked({ ...picked, [node]: address })}
                options={(host ? addressChoices(host) : []).map((c) => ({
                  value: c.address,
                  label: `${c.address} · ${c.interface}`,
                }))}
              />
            </Form.Item>
          );
        })}
        <Form.Item label={t("link.priority")} htmlFor="link-priority" extra={t("link.priority_extra")}>
          <InputNumber
            id="link-priority"
            min={0}
            max={255}
            value={priority}
            onChange={(value) => setPriority(value ?? 0)}
          />
        </Form.Item>
        <Form.Item>
          <Checkbox
            checked={times === undefined}
            onChange={(ev) =>
              setTimes(
                ev.target.checked
                  ? undefined
                  : { interval: link?.pingInterval ?? 100, timeout: link?.pingTimeout ?? 300 },
              )
            }
          >
            {t("link.times_auto")}
          </Checkbox>
        </Form.Item>
        {times && (
          <div className="form-grid">
            {(["interval", "timeout"] as const).map((name) => (
              <Form.Item key={name} label={t(`link.ping_${name}`)} htmlFor={`link-${name}`}>
                <InputNumber
                  id={`link-${name}`}
                  min={1}
                  suffix="ms"
                  value={times[name]}
                  onChange={(value) => setTimes({ ...times, [name]: value ?? 0 })}
                />
              </Form.Item>
            ))}
          </div>
        )}
      </Form>
      <p className="note-box v-info">
        <Icon name="info" />
        <span>{t(link && Object.keys(moved).length > 0 ? "link.edit.consequence" : "link.add.consequence")}</span>
      </p>
      {fault && <FaultBox fault={fault} compact />}
    </Drawer>
  );
}
