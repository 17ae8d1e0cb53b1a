import { useQueries, useQuery } from "@tanstack/react-query";
import { Form, Select } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { ClusterDetail, Node, ResourceConfig } from "../../api/types";
import { agentType, resourceIcon } from "../../components/agents";
import { Card } from "../../components/Card";
import { FaultBox, toFault } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import { advisedOperations } from "../../components/OperationsEditor";
import { missingParameters, ResourceForm } from "../../components/ResourceForm";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { WizardFoot } from "../../components/WizardFoot";
import type { Service } from "./Protect";
import type { Part } from "./templates";

/** Values that every node would accept: devices and interfaces that all of them have. */
function suggestionsOf(nodes: readonly Node[]): Record<string, readonly string[]> {
  const common = (of: (n: Node) => string[]) => {
    const [first, ...others] = nodes.filter((n) => n.facts).map(of);
    return (first ?? []).filter((x) => others.every((o) => o.includes(x)));
  };
  return {
    device: common((n) => list(n.facts?.blockDevices).map((d) => d.path)),
    nic: common((n) => list(n.facts?.interfaces).map((i) => i.name)).filter((n) => n !== "lo"),
    fstype: ["ext4", "xfs", "btrfs", "nfs"],
  };
}

const isBelow = (path: string, directory: string) => path.startsWith(`${directory.replace(/\/+$/, "")}/`);

export function FillParts({
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
  const cluster = detail.name;
  const { data: nodes } = useQuery(queries.nodes(cluster));
  const { data: agents } = useQuery(queries.agents(cluster));
  const [application, setApplication] = useState(
    () => service.parts.find((p) => p.id === `${service.name}-app`)?.agent ?? "",
  );
  const parts = service.template.parts.map((p): Part => (p.agent === "" ? { ...p, agent: application } : p));
  const metadata = useQueries({
    queries: parts.map((p) => ({ ...queries.agent(cluster, p.agent, t.language), enabled: p.agent !== "" })),
  });
  const suggestions = suggestionsOf(list(nodes?.items));

  const valueOf = (part: Part, at: number): ResourceConfig => {
    const id = `${service.name}-${part.suffix}`;
    const kept = service.parts.find((p) => p.id === id && p.agent === part.agent);
    return (
      kept ?? {
        id,
        kind: "primitive",
        agent: part.agent,
        parameters: { ...part.preset },
        operations: advisedOperations(metadata[at]?.data).map((o) =>
          o.name === "monitor" && part.monitor ? { ...o, parameters: { ...part.monitor } } : o,
        ),
      }
    );
  };
  const values = parts.map(valueOf);
  const change = (value: ResourceConfig) =>
    onChange({ ...service, parts: [...service.parts.filter((p) => p.id !== value.id), value] });

  const missing = parts.flatMap((p, i) =>
    missingParameters(values[i] ?? { id: "", kind: "primitive" }, metadata[i]?.data).map(
      (name) => `${agentType(p.agent)} ${name}`,
    ),
  );
  const directory = values.find((_, i) => parts[i]?.suffix === "fs")?.parameters?.directory ?? "";
  // An agent's default is on a disk of the node's own: the service would start there without its data, or not at all.
  const astray = parts.flatMap((p, i) => {
    const at = values[i]?.parameters?.[p.within ?? ""];
    const standard = list(metadata[i]?.data?.parameters).find((x) => x.name === p.within)?.default;
    return p.within && directory && !isBelow(at ?? standard ?? "", directory)
      ? [`${agentType(p.agent)} ${p.within}`]
      : [];
  });
  const why = parts.some((p) => p.agent === "")
    ? t("protect.needs_app")
    : metadata.some((m) => !m.data)
      ? t("protect.needs_metadata")
      : missing.length > 0
        ? t("form.needs", { names: missing.join(", ") })
        : astray.length > 0
          ? t("protect.needs_within", { names: astray.join(", "), directory })
          : "";

  return (
    <>
      <p className="t2">{t("protect.parts_text")}</p>
      {service.template.parts.map((template, i) => {
        const part = parts[i];
        const value = values[i];
        const query = metadata[i];
        if (!part || !value || !query) return null;
        return (
          <Card
            key={part.suffix}
            title={
              <span className="row">
                <span className="step-number">{i + 1}</span>
                <Icon name={resourceIcon("primitive", part.agent)} />
                {t(`part.${template.suffix}`)}
              </span>
            }
            note={part.agent ? `${value.id} · ${part.agent}` : value.id}
            pad
          >
            {template.agent === "" && (
              <Form layout="vertical" component="div">
                <Form.Item label={t("protect.app_agent")} htmlFor="app-agent" extra={t("protect.app_agent_text")}>
                  <Select
                    id="app-agent"
                    className="half"
                    showSearch
                    value={application || null}
                    placeholder={t("resource.agent_placeholder")}
                    onChange={setApplication}
                    options={list(agents?.items)
                      .map((a) => a.agent)
                      .filter((a) => /^(systemd:|ocf:|lsb:)/.test(a))
                      .map((a) => ({ value: a, label: a }))}
                  />
                </Form.Item>
              </Form>
            )}
            {query.error && <FaultBox fault={toFault(query.error)} onRetry={() => void query.refetch()} compact />}
            {part.agent && query.isLoading && <Loading rows={2} />}
            {query.data && (
              <ResourceForm
                value={value}
                onChange={change}
                metadata={query.data}
                prominent={part.prominent}
                suggestions={
                  part.within && directory
                    ? { ...suggestions, [part.within]: [`${directory.replace(/\/+$/, "")}/data`] }
                    : suggestions
                }
                fixedID
                brief
              />
            )}
            {query.data && part.monitor && <p className="t2 xs">{t("protect.deep_monitor")}</p>}
          </Card>
        );
      })}
      <WizardFoot
        why={why}
        onBack={onBack}
        onNext={() => {
          onChange({ ...service, parts: values });
          onNext();
        }}
      />
    </>
  );
}
