import { Form, Input, Modal, Radio, Select } from "antd";
import { useState } from "react";

import type { Constraint, Fault, Resource } from "../../api/types";
import { freeID, pingRule } from "../../components/constraints";
import { FaultBox } from "../../components/FaultView";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";

const kinds = ["location", "colocation", "order", "ping"] as const;
type Kind = (typeof kinds)[number];

interface Values {
  resource?: string;
  node?: string;
  with?: string;
  first?: string;
  then?: string;
  score?: string;
}

export function ConstraintDialog({
  cluster,
  resources,
  nodes,
  focus,
  taken,
  onClose,
}: {
  cluster: string;
  resources: readonly Resource[];
  nodes: readonly string[];
  focus: string | undefined;
  taken: readonly string[];
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const [form] = Form.useForm<Values>();
  const [kind, setKind] = useState<Kind>("location");
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const options = resources.map((r) => ({ value: r.id, label: r.id }));
  const required = [{ required: true, message: t("form.required") }];

  const build = (v: Values): Constraint => {
    switch (kind) {
      case "location":
        return {
          id: freeID([v.resource ?? "", "on", v.node ?? ""], taken),
          kind,
          resource: v.resource ?? "",
          node: v.node ?? "",
          score: v.score ?? "100",
        };
      case "colocation":
        return {
          id: freeID([v.resource ?? "", "with", v.with ?? ""], taken),
          kind,
          resource: v.resource ?? "",
          with: v.with ?? "",
          score: v.score ?? "INFINITY",
        };
      case "order":
        return {
          id: freeID([v.first ?? "", "then", v.then ?? ""], taken),
          kind,
          first: v.first ?? "",
          then: v.then ?? "",
          orderKind: "Mandatory",
        };
      default:
        return pingRule(v.resource ?? "", taken);
    }
  };
  const save = async (values: Values) => {
    setBusy(true);
    const result = await act("constraint.create", { path: { cluster }, body: build(values) });
    setBusy(false);
    if (result.ok) onClose();
    else setFault(result.fault);
  };

  const scores =
    kind === "location"
      ? [
          { value: "200", label: t("score.main") },
          { value: "100", label: t("score.spare") },
          { value: "INFINITY", label: t("score.only") },
          { value: "-INFINITY", label: t("score.never") },
        ]
      : [
          { value: "INFINITY", label: t("score.together") },
          { value: "-INFINITY", label: t("score.apart") },
        ];
  return (
    <Modal
      open
      title={t("constraint.create")}
      okText={t("constraint.create")}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        key={kind}
        initialValues={{ resource: focus, then: focus, score: kind === "location" ? "100" : "INFINITY" }}
        onFinish={(values) => void save(values)}
      >
        <Form.Item label={t("constraint.kind")}>
          <Radio.Group
            optionType="button"
            value={kind}
            onChange={(ev) => setKind(kinds.find((k) => k === ev.target.value) ?? "location")}
            options={kinds.map((k) => ({ value: k, label: t(`constraint.kind.${k}`) }))}
          />
        </Form.Item>
        <p className="t2 gap-below">{t(`constraint.help.${kind}`)}</p>
        {kind !== "order" && (
          <Form.Item name="resource" label={t("constraint.resource")} rules={required}>
            <Select showSearch options={options} />
          </Form.Item>
        )}
        {kind === "location" && (
          <Form.Item name="node" label={t("constraint.node")} rules={required}>
            <Select options={nodes.map((n) => ({ value: n, label: n }))} />
          </Form.Item>
        )}
        {kind === "colocation" && (
          <Form.Item name="with" label={t("constraint.with_resource")} rules={required}>
            <Select showSearch options={options} />
          </Form.Item>
        )}
        {kind === "order" && (
          <>
            <Form.Item name="first" label={t("constraint.first")} rules={required}>
              <Select showSearch options={options} />
            </Form.Item>
            <Form.Item name="then" label={t("constraint.then")} rules={required}>
              <Select showSearch options={options} />
            </Form.Item>
          </>
        )}
        {(kind === "location" || kind === "colocation") && (
          <Form.Item
            name="score"
            label={t("constraint.score")}
            rules={[{ required: true, pattern: /^[+-]?(INFINITY|\d{1,7})$/, message: t("constraint.score_rule") }]}
          >
            <ScoreInput choices={scores} />
          </Form.Item>
        )}
      </Form>
      {fault && <FaultBox fault={fault} compact />}
    </Modal>
  );
}

/** A score by its meaning, or as a number. */
function ScoreInput({
  value,
  onChange,
  choices,
  id,
}: {
  value?: string;
  onChange?: (v: string) => void;
  choices: { value: string; label: string }[];
  id?: string;
}) {
  const t = useT();
  const known = choices.some((c) => c.value === value);
  return (
    <div className="row">
      <Select
        {...(id ? { id } : {})}
        className="grow"
        value={known ? value : "other"}
        onChange={(v: string) => onChange?.(v === "other" ? "50" : v)}
        options={[...choices, { value: "other", label: t("score.other") }]}
      />
      {!known && (
        <Input
          className="short"
          value={value}
          aria-label={t("constraint.score")}
          onChange={(ev) => onChange?.(ev.target.value)}
        />
      )}
    </div>
  );
}
