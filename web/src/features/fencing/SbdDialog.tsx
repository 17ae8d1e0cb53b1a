import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Drawer, Form, Input, InputNumber, Radio, Select } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { ClusterDetail, Sbd, SbdPlan, SbdView } from "../../api/types";
import { DevicePicker } from "../../components/DevicePicker";
import { sharedDevices } from "../../components/devices";
import { FaultBox, toFault } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { useSaving } from "../../components/useSaving";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { SbdTimes } from "./SbdTimes";

const most = 3;
const seconds = { min: 1, max: 600 };

interface Slot {
  /** What is written in the field. */
  text: string;
  /** What was chosen, or left in the field. */
  device: string;
}

/** How nodes are to fence themselves: over which disks, with which watchdog on each, and what follows from that. */
export function SbdDialog({ detail, view, onClose }: { detail: ClusterDetail; view: SbdView; onClose: () => void }) {
  const t = useT();
  const act = useAct();
  const { data: hosts } = useQuery(queries.hosts());
  const nodes = list(detail.nodes);
  const members = nodes.flatMap((n) => list(hosts?.items).find((h) => h.name === n) ?? []);
  const shared = sharedDevices(members);
  const before = list(view.devices);
  // Without a disk a node needs others beside it that can outvote it.
  const [disk, setDisk] = useState(view.configured ? before.length > 0 : nodes.length < 3);
  const [slots, setSlots] = useState<readonly Slot[]>(
    before.length > 0 ? before.map((d) => ({ text: d, device: d })) : [{ text: "", device: "" }],
  );
  const [watchdogs, setWatchdogs] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      nodes.map((n) => {
        const host = view.nodes[n];
        const found = list(host?.watchdogs);
        const best = found.find((w) => !w.soft) ?? found[0];
        return [n, host?.settings?.SBD_WATCHDOG_DEV ?? best?.device ?? ""];
      }),
    ),
  );
  const [timeout, setTimeout] = useState<number>();
  const [path, setPath] = useState<number>();
  const [override, setOverride] = useState("");
  const [restart, setRestart] = useState(false);
  const { busy, fault, save } = useSaving(onClose);

  const devices = disk ? slots.map((s) => s.device).filter(Boolean) : [];
  const chosen = Object.fromEntries(Object.entries(watchdogs).filter(([, device]) => device !== ""));
  const wish: Sbd = {
    devices,
    ...(Object.keys(chosen).length > 0 ? { watchdogs: chosen } : {}),
    ...(timeout ? { watchdogTimeout: timeout } : {}),
    ...(disk && path ? { pathTimeout: path } : {}),
  };
  const asks = !disk || devices.length > 0;
  const plan = useQuery({
    ...queries.sbdPlan(detail.name, { ...wish, ...(override ? { override } : {}) }),
    enabled: asks,
    placeholderData: keepPreviousData,
  });
  const refused = asks && plan.error ? toFault(plan.error) : undefined;
  // What a device carries has to be named before it is overwritten.
  const carries = list(refused?.fields).find((f) => f.reason === "sbd.device_used")?.args?.content ?? "";
  const errors = errorsBelow(t, refused ?? fault, "");
  const watchdogFor = (node: string) => errors.get(`watchdogs.${node}`);
  const elsewhere = list(refused?.fields).filter(
    (f) => !/^(devices\[\d+\]|watchdogs\.|watchdogTimeout$|pathTimeout$)/.test(f.path),
  );
  const why = !asks
    ? t("sbd.set.needs_device")
    : plan.isFetching
      ? t("sbd.set.looking")
      : refused
        ? t("sbd.set.refused")
        : "";

  const send = () =>
    act("sbd.set", {
      path: { cluster: detail.name },
      body: {
        ...wish,
        ...(override ? { override } : {}),
        ...(restart && plan.data?.restart ? { restart } : {}),
      },
    });
  const setSlot = (at: number, over: Partial<Slot>) => {
    setSlots(slots.map((s, i) => (i === at ? { ...s, ...over } : s)));
    setOverride("");
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={640}
      title={t("sbd.set.title")}
      footer={
        <div className="row">
          <span className="t3 xs grow">{why}</span>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="primary"
            danger={restart && plan.data?.restart === true}
            loading={busy}
            disabled={why !== "" || !plan.data}
            onClick={() => void save(send)}
          >
            {t(restart && plan.data?.restart ? "sbd.set.restart_act" : "sbd.set.act")}
          </Button>
        </div>
      }
    >
      <Form layout="vertical" component="div" requiredMark={false}>
        <Form.Item label={t("sbd.mode")}>
          <Radio.Group
            className="stack"
            value={disk ? "disk" : "diskless"}
            onChange={(ev) => setDisk(ev.target.value === "disk")}
            options={(["disk", "diskless"] as const).map((mode) => ({
              value: mode,
              label: (
                <span className="two">
                  <span>{t(`sbd.mode.${mode}`)}</span>
                  <small>{t(`sbd.mode.${mode}.text`)}</small>
                </span>
              ),
            }))}
          />
        </Form.Item>
        {disk && (
          <Form.Item label={t("sbd.devices")} extra={t("sbd.devices_extra")}>
            <div className="col tight">
              {slots.map((slot, i) => {
                const error = errors.get(`devices.${i}`);
                const name = t("sbd.device_of", { number: i + 1 });
                return (
                  // Places, not things: a device may be typed twice.
                  // oxlint-disable-next-line no-array-index-key
                  <div key={i} className="col tight">
                    <div className="row">
                      <DevicePicker
                        id={`sbd-device-${i}`}
                        label={name}
                        text={slot.text}
                        devices={shared}
                        onText={(text) => setSlot(i, { text })}
                        onChosen={(device) => setSlot(i, { text: device, device })}
                      />
                      {slots.length > 1 && (
                        <Button
                          type="text"
                          icon={<Icon name="trash" />}
                          aria-label={t("common.remove_of", { name })}
                          onClick={() => setSlots(slots.filter((_, at) => at !== i))}
                        />
                      )}
                    </div>
                    {error && (
                      <span className="bad xs row" role="alert">
                        <Icon name="bad" size={14} />
                        {error}
                      </span>
                    )}
                  </div>
                );
              })}
              {slots.length < most && (
                <div>
                  <Button
                    type="link"
                    className="flush"
                    icon={<Icon name="plus" size={14} />}
                    onClick={() => setSlots([...slots, { text: "", device: "" }])}
                  >
                    {t("sbd.add_device")}
                  </Button>
                </div>
              )}
            </div>
          </Form.Item>
        )}
        {(carries !== "" || override !== "") && (
          <div className="note-box v-bad gap-below">
            <Icon name="bad" />
            <label className="grow col tight">
              <span className="b">{t("sbd.override.text", { content: carries || override })}</span>
              <span>
                {t("disk.enable.type")} <b className="mono">{carries || override}</b>
              </span>
              <Input
                autoComplete="off"
                spellCheck={false}
                aria-label={t("disk.enable.type_label")}
                disabled={override !== ""}
                {...(override ? { value: override } : {})}
                onChange={(ev) => {
                  if (ev.target.value.trim() === carries) setOverride(carries);
                }}
              />
            </label>
          </div>
        )}
        <Form.Item label={t("sbd.watchdogs")} extra={t("sbd.watchdogs_extra")}>
          <div className="watchdogs">
            {nodes.map((node) => {
              const found = list(view.nodes[node]?.watchdogs);
              const error = watchdogFor(node);
              return (
                <div key={node} className="contents">
                  <label htmlFor={`watchdog-${node}`}>{node}</label>
                  <div className="col tight">
                    <Select
                      id={`watchdog-${node}`}
                      value={watchdogs[node] || null}
                      placeholder={t(found.length > 0 ? "sbd.pick_watchdog" : "sbd.no_watchdog")}
                      onChange={(device: string) => setWatchdogs({ ...watchdogs, [node]: device })}
                      options={[
                        ...found.map((w) => ({
                          value: w.device,
                          label: [w.device, w.identity, w.soft && t("sbd.soft"), w.busy && t("sbd.busy")]
                            .filter(Boolean)
                            .join(" · "),
                        })),
                        ...(found.some((w) => w.device === watchdogs[node]) || !watchdogs[node]
                          ? []
                          : [{ value: watchdogs[node], label: watchdogs[node] }]),
                      ]}
                    />
                    {error && (
                      <span className="bad xs row" role="alert">
                        <Icon name="bad" size={14} />
                        {error}
                      </span>
                    )}
                  </div>
                </div>
              );
            })}
          </div>
        </Form.Item>
        <div className="form-grid">
          <Form.Item
            label={t("sbd.timeout")}
            htmlFor="sbd-timeout"
            extra={t("sbd.timeout_extra")}
            {...(errors.get("watchdogTimeout") ? { validateStatus: "error", help: errors.get("watchdogTimeout") } : {})}
          >
            <InputNumber
              id="sbd-timeout"
              {...seconds}
              suffix="s"
              value={timeout ?? null}
              placeholder={String(plan.data?.times.watchdog ?? "")}
              onChange={(value) => setTimeout(value ?? undefined)}
            />
          </Form.Item>
          {disk && (
            <Form.Item
              label={t("sbd.path")}
              htmlFor="sbd-path"
              extra={t("sbd.path_extra")}
              {...(errors.get("pathTimeout") ? { validateStatus: "error", help: errors.get("pathTimeout") } : {})}
            >
              <InputNumber
                id="sbd-path"
                {...seconds}
                suffix="s"
                value={path ?? null}
                onChange={(value) => setPath(value ?? undefined)}
              />
            </Form.Item>
          )}
        </div>
      </Form>
      {refused && (elsewhere.length > 0 || list(refused.fields).length === 0) && <FaultBox fault={refused} compact />}
      {plan.data && !refused && <Planned detail={detail} plan={plan.data} restart={restart} onRestart={setRestart} />}
      {fault && <FaultBox fault={fault} compact />}
    </Drawer>
  );
}

/** The times, and what has to be stopped for it; nothing has changed yet. */
function Planned({
  detail,
  plan,
  restart,
  onRestart,
}: {
  detail: ClusterDetail;
  plan: SbdPlan;
  restart: boolean;
  onRestart: (on: boolean) => void;
}) {
  const t = useT();
  const stops = restart && plan.restart;
  return (
    <div className="col" aria-live="polite">
      <section>
        <h3 className="gap-small">{t("sbd.times")}</h3>
        <SbdTimes times={plan.times} />
      </section>
      {plan.restart && (
        <Checkbox checked={restart} onChange={(ev) => onRestart(ev.target.checked)}>
          {t("sbd.set.restart")}
        </Checkbox>
      )}
      <div className={`note-box v-${stops ? "bad" : "info"}`}>
        <Icon name={stops ? "bad" : "info"} />
        <div className="grow col tight">
          <p className="b">
            {!plan.restart
              ? t("sbd.set.online")
              : stops
                ? t("sbd.set.stops", { count: detail.started })
                : t("sbd.set.later")}
          </p>
          <p className="t2">{t("sbd.set.undo")}</p>
        </div>
      </div>
    </div>
  );
}
