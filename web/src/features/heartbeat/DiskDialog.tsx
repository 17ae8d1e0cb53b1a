import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Form, Input } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { ClusterDetail, DiskInspected, Fault } from "../../api/types";
import { DevicePicker } from "../../components/DevicePicker";
import { sharedDevices } from "../../components/devices";
import { FaultBox, toFault, useFaultText } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { gap, useT } from "../../lib/i18n";

/** Room for the heads and slots of 32 nodes: the daemon refuses less. */
const leastBytes = 34 * 1024 * 1024;

/** Gives the cluster a link over a shared disk: the device, what every node sees on it, and what would be lost. */
export function DiskDialog({ detail, onClose }: { detail: ClusterDetail; onClose: () => void }) {
  const t = useT();
  const act = useAct();
  const { data: hosts } = useQuery(queries.hosts());
  const members = list(detail.nodes).flatMap((n) => list(hosts?.items).find((h) => h.name === n) ?? []);
  const devices = sharedDevices(members).filter((d) => d.sizeBytes >= leastBytes);
  const [text, setText] = useState("");
  const [device, setDevice] = useState("");
  const [prefix, setPrefix] = useState("");
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const look = useQuery({ ...queries.diskInspect(detail.name, device), enabled: device.startsWith("/dev/") });
  const seen = device === text.trim() ? look.data : undefined;
  const carries = list(seen?.carries);
  const named = carries.join(",");
  const errors = errorsBelow(t, fault, "");
  const refused = seen ? refusal(seen) : undefined;
  const why = !device
    ? t("disk.enable.needs_device")
    : !seen
      ? look.error
        ? ""
        : t("disk.enable.looking")
      : refused
        ? t(refused)
        : typed.trim() !== named
          ? t("disk.enable.needs_names", { names: named })
          : "";

  const enable = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await act("diskhb.enable", {
      path: { cluster: detail.name },
      body: { device, ...(prefix ? { prefix } : {}), ...(carries.length > 0 ? { destroy: [...carries] } : {}) },
    });
    setBusy(false);
    if (result.ok) onClose();
    else {
      setFault(result.fault);
      void look.refetch();
    }
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={560}
      title={t("disk.enable.title")}
      footer={
        <div className="row">
          <span className="t3 xs grow">{why}</span>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="primary"
            danger={carries.length > 0}
            loading={busy}
            disabled={!seen || why !== ""}
            onClick={() => void enable()}
          >
            {carries.length > 0 ? t("disk.enable.destroy_act", { names: named }) : t("disk.enable.short")}
          </Button>
        </div>
      }
    >
      <div className="col">
        <div className="note-box v-info">
          <Icon name="info" />
          <div className="grow col tight">
            <p className="b">{t("disk.enable.consequence")}</p>
            <p className="t2">{t("disk.enable.steps")}</p>
            <p className="t2">{t("disk.experimental_text")}</p>
          </div>
        </div>
        <Form layout="vertical" component="div" requiredMark={false}>
          <Form.Item
            label={t("disk.device")}
            htmlFor="disk-device"
            extra={t("disk.enable.device_extra")}
            {...(errors.get("device") ? { validateStatus: "error", help: errors.get("device") } : {})}
          >
            <DevicePicker
              id="disk-device"
              autoFocus
              text={text}
              devices={devices}
              onText={(value) => {
                setText(value);
                setTyped("");
                setFault(undefined);
              }}
              onChosen={setDevice}
            />
          </Form.Item>
        </Form>
        {device !== "" && look.isFetching && !seen && <Loading rows={2} />}
        {look.error && <FaultBox fault={toFault(look.error)} onRetry={() => void look.refetch()} compact />}
        {seen && <Inspected seen={seen} />}
        {seen && !refused && carries.length > 0 && (
          <label className="col tight">
            <span>
              {t("disk.enable.type")} <b className="mono">{named}</b>
            </span>
            <Input
              autoComplete="off"
              spellCheck={false}
              value={typed}
              aria-label={t("disk.enable.type_label")}
              onChange={(ev) => setTyped(ev.target.value)}
            />
          </label>
        )}
        <Form layout="vertical" component="div" requiredMark={false}>
          <Form.Item
            label={t("disk.enable.prefix")}
            htmlFor="disk-prefix"
            extra={t("disk.enable.prefix_extra")}
            {...(errors.get("prefix") ? { validateStatus: "error", help: errors.get("prefix") } : {})}
          >
            <Input
              id="disk-prefix"
              value={prefix}
              placeholder="192.168.250.0/24"
              spellCheck={false}
              onChange={(ev) => setPrefix(ev.target.value.trim())}
            />
          </Form.Item>
        </Form>
        {fault && <FaultBox fault={fault} compact />}
      </div>
    </Drawer>
  );
}

/** Why the device cannot be had at all, whatever is named. */
function refusal(seen: DiskInspected) {
  const nodes = list(seen.nodes);
  if (nodes.some((n) => n.fault)) return "disk.look.fault" as const;
  if (seen.inUse) return "disk.look.in_use" as const;
  if (!seen.same) return "disk.look.not_same" as const;
  if (nodes.some((n) => (n.inspection?.sizeBytes ?? 0) < leastBytes)) return "disk.look.small" as const;
  return undefined;
}

/** What is on the device, node by node. */
function Inspected({ seen }: { seen: DiskInspected }) {
  const t = useT();
  const format = useFormat();
  const text = useFaultText();
  const refused = refusal(seen);
  const carries = list(seen.carries);
  const tone = refused || carries.length > 0 ? "bad" : "ok";
  return (
    <section className={`note-box v-${tone}`} aria-live="polite">
      <Icon name={tone} />
      <div className="grow col tight">
        <p className="b">
          {refused
            ? t(refused)
            : carries.length > 0
              ? t("disk.look.carries", { names: format.list(carries) })
              : t("disk.look.blank")}
        </p>
        {!refused && carries.length > 0 && <p>{t("disk.look.lost")}</p>}
        <ul className="t2">
          {list(seen.nodes).map((n) => (
            <li key={n.node}>
              <b>{n.node}</b>
              {t("common.colon")}
              {gap(t)}
              {n.fault
                ? text(n.fault).sentence
                : [
                    format.bytes(n.inspection?.sizeBytes ?? 0),
                    list(n.inspection?.carries).length > 0
                      ? list(n.inspection?.carries).join(", ")
                      : t("disk.look.nothing"),
                    n.inspection?.cluster && t("disk.look.of_cluster", { cluster: n.inspection.cluster }),
                    n.inspection?.inUse && t("disk.look.used_here"),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
