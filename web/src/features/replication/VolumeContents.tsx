import type { UseQueryResult } from "@tanstack/react-query";
import { Button, Form, Radio } from "antd";

import type { VolumeCheck } from "../../api/types";
import { DiskContents, diskRefusal } from "../../components/DiskContents";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { named, withoutDrbd } from "../../components/replicas";
import { WizardFoot } from "../../components/WizardFoot";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import type { VolumeDraft } from "./newVolume";

/** What the nodes say of their disks, what of it may be destroyed, and how both sides become alike. */
export function VolumeContents({
  look,
  draft,
  onChange,
  onBack,
  onNext,
}: {
  look: UseQueryResult<VolumeCheck>;
  draft: VolumeDraft;
  onChange: (draft: VolumeDraft) => void;
  onBack: () => void;
  onNext: () => void;
}) {
  const t = useT();
  const nodes = list(look.data?.nodes);
  const blank = nodes.length > 0 && nodes.every((n) => n.inspection && list(n.inspection.disk.carries).length === 0);
  const hopeless = nodes.find((n) => diskRefusal(t, n, draft.driver));
  const lacking = draft.driver === "drbd" && withoutDrbd(look.data).length > 0;
  const untyped = nodes.find((n) => (draft.typed[n.node] ?? "").trim() !== named(n.inspection?.disk.carries));
  const why = !look.data
    ? t("disk.enable.looking")
    : hopeless
      ? t("replication.contents.cannot", { node: hopeless.node })
      : untyped
        ? t("replication.contents.needs_names", { node: untyped.node, names: named(untyped.inspection?.disk.carries) })
        : "";
  return (
    <>
      <Query query={look} rows={4}>
        {() => (
          <div className="col gap-l">
            <div className="volume-places">
              {nodes.map((n) => (
                <DiskContents
                  key={n.node}
                  looked={n}
                  driver={draft.driver}
                  disk={draft.sides.find((s) => s.node === n.node)?.disk ?? ""}
                  typed={draft.typed[n.node] ?? ""}
                  onTyped={(typed) => onChange({ ...draft, typed: { ...draft.typed, [n.node]: typed } })}
                />
              ))}
            </div>
            {lacking && (
              <div className="note-box v-info">
                <Icon name="info" />
                <div className="grow col">
                  <div className="col tight">
                    <p>{t("replication.mirror.instead")}</p>
                    <p className="t2">{t("replication.mirror.preview")}</p>
                  </div>
                  <div>
                    <Button onClick={() => onChange({ ...draft, driver: "mirror", chosen: true })}>
                      {t("replication.mirror.use")}
                    </Button>
                  </div>
                </div>
              </div>
            )}
            <Form layout="vertical" component="div" requiredMark={false}>
              <Form.Item
                label={t("replication.first_sync")}
                extra={blank ? undefined : t("replication.sync.only_blank")}
              >
                <Radio.Group
                  className="stack"
                  value={blank ? draft.sync : "full"}
                  onChange={(ev) => onChange({ ...draft, sync: ev.target.value === "skip" ? "skip" : "full" })}
                  options={(["full", "skip"] as const).map((how) => ({
                    value: how,
                    disabled: how === "skip" && !blank,
                    label: (
                      <span>
                        <b>{t(`replication.sync.${how}`)}</b>{" "}
                        <span className="t2">{t(`replication.sync.${how}.means`)}</span>
                      </span>
                    ),
                  }))}
                />
              </Form.Item>
              {(draft.sync === "full" || !blank) && (
                <Form.Item label={t("replication.sync.from")} extra={t("replication.sync.from_extra")} className="flat">
                  <Radio.Group
                    value={draft.from}
                    onChange={(ev) => onChange({ ...draft, from: String(ev.target.value) })}
                    options={draft.sides.map((s) => ({ value: s.node, label: s.node }))}
                  />
                </Form.Item>
              )}
            </Form>
          </div>
        )}
      </Query>
      <WizardFoot
        {...(why ? { why } : {})}
        onBack={onBack}
        onNext={() => {
          onChange({ ...draft, sync: blank ? draft.sync : "full" });
          onNext();
        }}
      >
        {hopeless && (
          <Button icon={<Icon name="sync" size={14} />} loading={look.isFetching} onClick={() => void look.refetch()}>
            {t("preflight.again")}
          </Button>
        )}
      </WizardFoot>
    </>
  );
}
