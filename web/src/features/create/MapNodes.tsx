import { Form, Select } from "antd";
import type { ReactNode } from "react";

import type { Host, ManifestContents } from "../../api/types";
import { addressChoices } from "../../components/addresses";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { type Answers, withHost } from "./mapping";

/** Each old node becomes a host; on each link it has one of that host's addresses. */
export function MapNodes({
  contents,
  answers,
  hosts,
  errors,
  onChange,
}: {
  contents: ManifestContents;
  answers: Answers;
  /** Those that may become nodes. */
  hosts: readonly Host[];
  errors: ReadonlyMap<string, string>;
  onChange: (answers: Answers) => void;
}) {
  const t = useT();
  const links = list(contents.links);
  const used = (name: string, node: string) =>
    Object.entries(answers.nodes).some(([other, a]) => other !== node && a.host === name);
  const setAddress = (node: string, link: number, address: string) => {
    const a = answers.nodes[node];
    if (!a) return;
    const addresses = a.addresses.map((old, i) => (i === link ? address : old));
    onChange({ ...answers, nodes: { ...answers.nodes, [node]: { ...a, addresses } } });
  };
  return (
    <div className="map-scroll">
      <table className="map-nodes">
        <thead>
          <tr>
            <th scope="col">{t("import.old_node")}</th>
            <th scope="col">{t("import.new_host")}</th>
            {links.map((l) => (
              <th key={l.number} scope="col">
                {t("heartbeat.link", { link: l.number })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {list(contents.nodes).map((node, n) => {
            const answer = answers.nodes[node];
            const host = hosts.find((h) => h.name === answer?.host);
            return (
              <tr key={node}>
                <th scope="row">{node}</th>
                <td>
                  <Field error={errors.get(`node/${node}`)}>
                    <Select
                      aria-label={t("import.host_for", { node })}
                      value={answer?.host ?? null}
                      placeholder={t("import.pick_host")}
                      popupMatchSelectWidth={false}
                      onChange={(name: string) => onChange(withHost(contents, answers, hosts, node, name))}
                      options={hosts.map((h) => ({ value: h.name, label: h.name, disabled: used(h.name, node) }))}
                    />
                  </Field>
                </td>
                {links.map((l, i) => (
                  <td key={l.number}>
                    <Field error={errors.get(`link/${node}/${i}`)}>
                      <Select
                        aria-label={`${t("heartbeat.link", { link: l.number })} ${node}`}
                        value={answer?.addresses[i] || null}
                        placeholder={t("create.pick_address")}
                        disabled={!host}
                        popupMatchSelectWidth={false}
                        onChange={(address: string) => setAddress(node, i, address)}
                        options={(host ? addressChoices(host) : []).map((c) => ({
                          value: c.address,
                          label: `${c.address} · ${c.interface}`,
                        }))}
                      />
                    </Field>
                    <span className="t3 xs">
                      {t("import.was")} <span className="mono">{list(l.addresses)[n]}</span>
                    </span>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Field({ error, children }: { error: string | undefined; children: ReactNode }) {
  return (
    <Form.Item className="flat" {...(error ? { validateStatus: "error", help: error } : {})}>
      {children}
    </Form.Item>
  );
}
