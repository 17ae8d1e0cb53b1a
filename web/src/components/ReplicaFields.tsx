import { Form, Select } from "antd";

import type { ClusterDetail, Host, Volume } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { DevicePicker } from "./DevicePicker";
import { Icon } from "./Icon";
import { addressesOf, networksDiffer, type SideDraft } from "./replicas";

/** For each side of a volume its node, its disk and its address for replication. */
export function ReplicaFields({
  detail,
  hosts,
  driver = "drbd",
  sides,
  onChange,
}: {
  detail: ClusterDetail;
  hosts: readonly Host[];
  driver?: Volume["driver"];
  sides: readonly SideDraft[];
  onChange: (sides: readonly SideDraft[]) => void;
}) {
  const t = useT();
  const members = list(detail.setup?.nodes).map((n) => n.name);
  const change = (node: string, over: Partial<SideDraft>) =>
    onChange(sides.map((s) => (s.node === node ? { ...s, ...over } : s)));
  const exchange = (before: string, node: string) => {
    const there = sides.some((s) => s.node === node);
    const next = sides.map((s) =>
      s.node === before
        ? { node, disk: "", address: "" }
        : there && s.node === node
          ? { node: before, disk: "", address: "" }
          : s,
    );
    onChange(next);
  };
  const sizes = sides.map(
    (s) => list(hosts.find((h) => h.name === s.node)?.facts.blockDevices).find((d) => d.path === s.disk)?.sizeBytes,
  );
  const differ = sizes.length === 2 && sizes[0] !== undefined && sizes[1] !== undefined && sizes[0] !== sizes[1];
  return (
    <>
      <div className="volume-places">
        {sides.map((side, i) => {
          const host = hosts.find((h) => h.name === side.node);
          const devices = list(host?.facts.blockDevices).map((d) => ({
            path: d.path,
            sizeBytes: d.sizeBytes,
            fileSystem: d.fileSystem ?? "",
          }));
          return (
            <section
              key={side.node}
              className="volume-place"
              aria-label={t("replication.place.side", { number: i + 1 })}
            >
              <h3>{t("replication.place.side", { number: i + 1 })}</h3>
              <Form.Item label={t("nodes.node")} htmlFor={`volume-node-${i}`}>
                <Select
                  id={`volume-node-${i}`}
                  value={side.node}
                  options={members.map((m) => ({ value: m, label: m }))}
                  onChange={(node: string) => exchange(side.node, node)}
                />
              </Form.Item>
              <Form.Item
                label={t("replication.place.disk")}
                htmlFor={`volume-disk-${i}`}
                extra={t(`replication.place.disk_extra.${driver}`)}
              >
                <DevicePicker
                  id={`volume-disk-${i}`}
                  text={side.disk}
                  devices={devices}
                  none={t("replication.place.no_devices")}
                  onText={(disk) => change(side.node, { disk })}
                  onChosen={(disk) => change(side.node, { disk })}
                />
              </Form.Item>
              <Form.Item
                label={t("replication.place.address")}
                htmlFor={`volume-address-${i}`}
                extra={i === 0 ? t("replication.place.address_extra") : undefined}
              >
                <Select
                  id={`volume-address-${i}`}
                  value={side.address}
                  options={[
                    { value: "", label: t("replication.place.address_first") },
                    ...addressesOf(host).map((a) => ({ value: a.address, label: a.text })),
                  ]}
                  onChange={(address: string) => change(side.node, { address })}
                />
              </Form.Item>
            </section>
          );
        })}
      </div>
      {(differ || networksDiffer(sides, hosts)) && (
        <p className="row warn gap-below">
          <Icon name="warn" size={14} />
          {t(differ ? "replication.place.sizes_differ" : "replication.place.networks_differ")}
        </p>
      )}
    </>
  );
}
