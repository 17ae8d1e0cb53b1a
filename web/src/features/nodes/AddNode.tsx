import { useQuery } from "@tanstack/react-query";
import { Form, Modal, Radio, Select } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { Fault } from "../../api/types";
import { addressChoices, addressIn, networkOf } from "../../components/addresses";
import { Empty } from "../../components/Empty";
import { FaultBox } from "../../components/FaultView";
import { linkNetwork, networkNumbers } from "../../components/links";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** Adds an enrolled host to a running cluster: with an address for each of its links, or as a remote node with one address. */
export function AddNode({ cluster, onClose }: { cluster: string; onClose: () => void }) {
  const t = useT();
  const act = useAct();
  const { data: hosts } = useQuery(queries.hosts());
  const { data: detail } = useQuery(queries.cluster(cluster));
  const [name, setName] = useState<string>();
  const [remote, setRemote] = useState(false);
  const [chosen, setChosen] = useState<Record<number, string>>({});
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const free = list(hosts?.items).filter((h) => !h.cluster && !h.revoked && h.connected);
  const host = free.find((h) => h.name === name);
  const links = detail && !remote ? networkNumbers(detail) : [];

  const addressFor = (link: number) => {
    if (chosen[link]) return chosen[link];
    const peer = list(list(detail?.setup?.nodes)[0]?.addresses)[link];
    return host && peer ? (addressIn(host, networkOf(`${peer}/24`)) ?? "") : "";
  };
  const add = async () => {
    if (!name) return;
    setBusy(true);
    const result = await act("node.add", {
      path: { cluster },
      body: remote
        ? { node: { name, addresses: [] }, remote: chosen[0] ? { address: chosen[0] } : {} }
        : { node: { name, addresses: links.map(addressFor) } },
    });
    setBusy(false);
    if (result.ok) onClose();
    else setFault(result.fault);
  };

  return (
    <Modal
      open
      title={t("node.add.title")}
      onCancel={onClose}
      okText={name ? t("node.add.act", { name }) : t("node.add.title")}
      okButtonProps={{ disabled: !name || links.some((l) => !addressFor(l)) }}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={() => void add()}
    >
      {hosts && free.length === 0 ? (
        <Empty icon="hosts" title={t("node.add.none")} text={t("node.add.none_text")} />
      ) : (
        <Form layout="vertical" requiredMark={false}>
          <Form.Item label={t("node.add.host")} htmlFor="add-host" extra={t("node.add.host_extra")}>
            <Select
              id="add-host"
              showSearch
              {...(name ? { value: name } : {})}
              onChange={(value: string) => {
                setName(value);
                setChosen({});
              }}
              options={free.map((h) => ({
                value: h.name,
                label: `${h.name} · ${h.facts.architecture} · ${h.facts.os}`,
              }))}
            />
          </Form.Item>
          <Form.Item label={t("node.add.as")} extra={t(remote ? "node.add.remote_text" : "node.add.full_text")}>
            <Radio.Group
              value={remote}
              onChange={(ev) => {
                setRemote(ev.target.value === true);
                setChosen({});
              }}
            >
              <Radio value={false}>{t("node.add.full")}</Radio>
              <Radio value>{t("node.add.remote")}</Radio>
            </Radio.Group>
          </Form.Item>
          {host && remote && (
            <Form.Item label={t("node.add.address")} htmlFor="add-address" extra={t("node.add.address_extra")}>
              <Select
                id="add-address"
                allowClear
                {...(chosen[0] ? { value: chosen[0] } : {})}
                onChange={(value?: string) => setChosen(value ? { 0: value } : {})}
                options={addressChoices(host).map((c) => ({
                  value: c.address,
                  label: `${c.address} · ${c.interface}`,
                }))}
              />
            </Form.Item>
          )}
          {host &&
            detail &&
            links.map((link) => (
              <Form.Item
                key={link}
                label={`${t("heartbeat.link", { link })} · ${linkNetwork(detail, link)}`}
                htmlFor={`add-link-${link}`}
              >
                <Select
                  id={`add-link-${link}`}
                  value={addressFor(link)}
                  onChange={(value: string) => setChosen((old) => ({ ...old, [link]: value }))}
                  options={addressChoices(host).map((c) => ({
                    value: c.address,
                    label: `${c.address} · ${c.interface}`,
                  }))}
                />
              </Form.Item>
            ))}
        </Form>
      )}
      {fault && <FaultBox fault={fault} compact />}
    </Modal>
  );
}
