import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Modal, Select } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries } from "../../api/queries";
import { FaultBox } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { useNow } from "../../components/Time";
import { useSaving } from "../../components/useSaving";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { kinds, kindTitle } from "./words";

const spans = { "30min": 1800, "2h": 7200, "8h": 28_800, "1d": 86_400, "7d": 604_800 } as const;
type Span = keyof typeof spans;
const spanNames = ["30min", "2h", "8h", "1d", "7d"] as const satisfies readonly Span[];

export interface SilenceStart {
  cluster: string;
  kind: string;
  object: string;
}

/** Keeps alarms from being sent for a time; it ends by itself. */
export function SilenceDialog({ start, onClose }: { start: SilenceStart; onClose: () => void }) {
  const t = useT();
  const format = useFormat();
  const now = useNow();
  const cache = useQueryClient();
  const { data: clusters } = useQuery(queries.clusters());
  const [about, setAbout] = useState(start);
  const [span, setSpan] = useState<Span>("2h");
  const [reason, setReason] = useState("");
  const { busy, fault, save } = useSaving(() => {
    void cache.invalidateQueries({ queryKey: keys.silences() });
    void cache.invalidateQueries({ queryKey: keys.alarms() });
    onClose();
  });
  const errors = errorsBelow(t, fault, "");
  const problem = (field: string) =>
    errors.has(field) ? ({ validateStatus: "error", help: errors.get(field) } as const) : {};
  const send = () =>
    save(() =>
      call("silence.create", {
        body: {
          ...(about.cluster ? { cluster: about.cluster } : {}),
          ...(about.kind ? { kind: about.kind } : {}),
          ...(about.object.trim() ? { object: about.object.trim() } : {}),
          until: new Date(Date.now() + spans[span] * 1000).toISOString(),
          reason: reason.trim(),
        },
      }),
    );
  return (
    <Modal
      open
      title={t("silence.title")}
      okText={t("silence.create")}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={() => void send()}
      onCancel={onClose}
    >
      <Form layout="vertical" component="div" requiredMark={false}>
        <div className="form-grid two-wide">
          <Form.Item label={t("overview.cluster")} htmlFor="silence-cluster" {...problem("cluster")}>
            <Select
              id="silence-cluster"
              value={about.cluster}
              showSearch
              onChange={(cluster: string) => setAbout({ ...about, cluster })}
              options={[
                { value: "", label: t("silence.any_cluster") },
                ...list(clusters?.items).map((c) => ({
                  value: c.name,
                  label: c.label ? `${c.label} ${c.name}` : c.name,
                })),
              ]}
            />
          </Form.Item>
          <Form.Item label={t("alarms.kind")} htmlFor="silence-kind" {...problem("kind")}>
            <Select
              id="silence-kind"
              value={about.kind}
              showSearch={{ optionFilterProp: "label" }}
              onChange={(kind: string) => setAbout({ ...about, kind })}
              options={[
                { value: "", label: t("silence.any_kind") },
                ...kinds.map((k) => ({ value: k as string, label: kindTitle(t, k) })),
              ]}
            />
          </Form.Item>
          <Form.Item
            label={t("alarms.object")}
            htmlFor="silence-object"
            extra={t("silence.object_extra")}
            {...problem("object")}
          >
            <Input
              id="silence-object"
              value={about.object}
              spellCheck={false}
              onChange={(ev) => setAbout({ ...about, object: ev.target.value })}
            />
          </Form.Item>
          <Form.Item
            label={t("lifetime.label")}
            htmlFor="silence-span"
            extra={t("silence.until", { at: format.time(new Date(now + spans[span] * 1000)) })}
            {...problem("until")}
          >
            <Select
              id="silence-span"
              value={span}
              onChange={setSpan}
              options={spanNames.map((s) => ({ value: s, label: t(`lifetime.${s}`) }))}
            />
          </Form.Item>
        </div>
        <Form.Item label={t("silence.reason")} htmlFor="silence-reason" {...problem("reason")}>
          <Input
            id="silence-reason"
            value={reason}
            maxLength={1000}
            placeholder={t("silence.reason_placeholder")}
            onChange={(ev) => setReason(ev.target.value)}
          />
        </Form.Item>
      </Form>
      <p className="t2 xs">{t("silence.text")}</p>
      {fault && errors.size === 0 && <FaultBox fault={fault} compact />}
    </Modal>
  );
}
