import { Form, Radio } from "antd";

import type { ClusterDetail, Host } from "../../api/types";
import { DriverChoice } from "../../components/DriverChoice";
import { ProtocolChoice } from "../../components/ProtocolChoice";
import { ReplicaFields } from "../../components/ReplicaFields";
import { haveDisks } from "../../components/replicas";
import { WizardFoot } from "../../components/WizardFoot";
import { useT } from "../../lib/i18n";
import { type DatabaseDraft, fileSystems } from "./draft";

/** On which disks the data are, and how they are replicated. */
export function DatabaseData({
  detail,
  hosts,
  lacking,
  draft,
  onChange,
  onBack,
  onNext,
}: {
  detail: ClusterDetail;
  hosts: readonly Host[];
  /** Nodes whose kernels have no DRBD. */
  lacking: readonly string[];
  draft: DatabaseDraft;
  onChange: (draft: DatabaseDraft) => void;
  onBack: () => void;
  onNext: () => void;
}) {
  const t = useT();
  const why = haveDisks(draft.sides) ? "" : t("replication.place.needs_disks");
  return (
    <>
      <Form layout="vertical" component="div" requiredMark={false}>
        <Form.Item label={t("replication.driver")}>
          <DriverChoice
            value={draft.driver}
            lacking={lacking}
            timed
            onChange={(driver) => onChange({ ...draft, driver, chosen: true })}
          />
        </Form.Item>
        <ReplicaFields
          detail={detail}
          driver={draft.driver}
          hosts={hosts}
          sides={draft.sides}
          onChange={(sides) => onChange({ ...draft, sides, typed: {} })}
        />
        {draft.driver === "drbd" && (
          <Form.Item label={t("replication.protocol")}>
            <ProtocolChoice value={draft.protocol} onChange={(protocol) => onChange({ ...draft, protocol })} />
          </Form.Item>
        )}
        <Form.Item label={t("replication.first_sync")}>
          <Radio.Group
            className="stack"
            value={draft.sync}
            onChange={(ev) => onChange({ ...draft, sync: ev.target.value === "skip" ? "skip" : "full" })}
            options={(["full", "skip"] as const).map((how) => ({
              value: how,
              label: (
                <span>
                  <b>{t(`replication.sync.${how}`)}</b> <span className="t2">{t(`replication.sync.${how}.means`)}</span>
                </span>
              ),
            }))}
          />
        </Form.Item>
        <Form.Item label={t("kwdb.file_system")} className="flat">
          <Radio.Group
            value={draft.fileSystem}
            onChange={(ev) => {
              const fileSystem = fileSystems.find((f) => f === ev.target.value);
              if (fileSystem) onChange({ ...draft, fileSystem });
            }}
            options={fileSystems.map((f) => ({ value: f, label: f }))}
          />
        </Form.Item>
      </Form>
      <WizardFoot {...(why ? { why } : {})} onBack={onBack} onNext={onNext} />
    </>
  );
}
