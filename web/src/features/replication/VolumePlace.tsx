import { Collapse, Form, Input, InputNumber } from "antd";

import type { ClusterDetail, Host } from "../../api/types";
import { DriverChoice } from "../../components/DriverChoice";
import { ProtocolChoice } from "../../components/ProtocolChoice";
import { ReplicaFields } from "../../components/ReplicaFields";
import { haveDisks } from "../../components/replicas";
import { WizardFoot } from "../../components/WizardFoot";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import type { VolumeDraft } from "./newVolume";

const nameShape = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** Name, driver, protocol, and for each side its node, disk and address. */
export function VolumePlace({
  detail,
  hosts,
  lacking,
  draft,
  onChange,
  onNext,
}: {
  detail: ClusterDetail;
  hosts: readonly Host[];
  /** Nodes whose kernels have no DRBD. */
  lacking: readonly string[];
  draft: VolumeDraft;
  onChange: (draft: VolumeDraft) => void;
  onNext: () => void;
}) {
  const t = useT();
  const mirror = draft.driver === "mirror";
  const members = list(detail.setup?.nodes).map((n) => n.name);
  const why =
    members.length < 2
      ? t("replication.place.two_nodes")
      : !nameShape.test(draft.name.trim())
        ? t("replication.place.needs_name")
        : !haveDisks(draft.sides)
          ? t("replication.place.needs_disks")
          : "";
  return (
    <>
      <Form layout="vertical" component="div" requiredMark={false}>
        <Form.Item
          label={t("replication.place.name")}
          htmlFor="volume-name"
          extra={t(`replication.place.name_extra.${draft.driver}`)}
        >
          <Input
            id="volume-name"
            className="half"
            autoFocus
            autoComplete="off"
            spellCheck={false}
            value={draft.name}
            onChange={(ev) => onChange({ ...draft, name: ev.target.value })}
          />
        </Form.Item>
        <Form.Item label={t("replication.driver")}>
          <DriverChoice
            value={draft.driver}
            lacking={lacking}
            onChange={(driver) => onChange({ ...draft, driver, chosen: true })}
          />
        </Form.Item>
        <ReplicaFields
          detail={detail}
          driver={draft.driver}
          hosts={hosts}
          sides={draft.sides}
          onChange={(sides) =>
            onChange({
              ...draft,
              sides,
              ...(sides.some((x) => x.node === draft.from) ? {} : { from: sides[0]?.node ?? "" }),
              typed: {},
            })
          }
        />
        {!mirror && (
          <Form.Item label={t("replication.protocol")}>
            <ProtocolChoice value={draft.protocol} onChange={(protocol) => onChange({ ...draft, protocol })} />
          </Form.Item>
        )}
        <Collapse
          ghost
          className="volume-more"
          items={[
            {
              key: "more",
              label: t(mirror ? "replication.place.port" : "replication.place.more"),
              children: (
                <div className="form-grid">
                  <Form.Item
                    label={t("replication.place.port")}
                    htmlFor="volume-port"
                    extra={t("replication.place.port_extra")}
                  >
                    <InputNumber
                      id="volume-port"
                      min={1}
                      max={65_535}
                      precision={0}
                      value={draft.port}
                      onChange={(port) => onChange({ ...draft, port })}
                    />
                  </Form.Item>
                  {!mirror && (
                    <Form.Item
                      label={t("replication.place.minor")}
                      htmlFor="volume-minor"
                      extra={t("replication.place.minor_extra")}
                    >
                      <InputNumber
                        id="volume-minor"
                        min={0}
                        precision={0}
                        value={draft.minor}
                        onChange={(minor) => onChange({ ...draft, minor })}
                      />
                    </Form.Item>
                  )}
                </div>
              ),
            },
          ]}
        />
      </Form>
      <WizardFoot {...(why ? { why } : {})} onNext={onNext} />
    </>
  );
}
