import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { AutoComplete, Button, Drawer, Form, Radio, Select } from "antd";
import { useState } from "react";
import { Link } from "react-router";

import { queries } from "../../api/queries";
import type { ClusterDetail, Fault, QDevice, QDeviceStatus } from "../../api/types";
import { addressChoices } from "../../components/addresses";
import { FaultBox, toFault } from "../../components/FaultView";
import { errorsBelow } from "../../components/formErrors";
import { Icon } from "../../components/Icon";
import { Loading } from "../../components/Loading";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { SurvivalPlan } from "./SurvivalPlan";
import { tieBreakerName } from "./tieBreaker";

const algorithms = ["ffsplit", "lms"] as const;

/** Which host decides, and how; what the cluster then survives is asked of the server before anything changes. */
export function QDeviceDrawer({
  detail,
  device,
  onClose,
}: {
  detail: ClusterDetail;
  device: QDeviceStatus | undefined;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const format = useFormat();
  const { data: hosts } = useQuery(queries.hosts());
  const [host, setHost] = useState(device?.host ?? "");
  const [text, setText] = useState(device?.address ?? "");
  const [address, setAddress] = useState(device?.address ?? "");
  const [algorithm, setAlgorithm] = useState<(typeof algorithms)[number]>(device?.algorithm ?? "ffsplit");
  const [tie, setTie] = useState(tieBreakerName(detail, device?.tieBreaker));
  const [ping, setPing] = useState<string[]>([...list(device?.ping)]);
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const wish: QDevice = {
    host,
    algorithm,
    tieBreaker: tie,
    ...(address ? { address } : {}),
    ...(ping.length > 0 ? { ping } : {}),
  };
  const plan = useQuery({
    ...queries.qdevicePlan(detail.name, wish),
    enabled: host !== "",
    placeholderData: keepPreviousData,
  });
  const { data: arbiter } = useQuery({ ...queries.arbiter(host), enabled: host !== "" });
  const refused = plan.error ? toFault(plan.error) : undefined;
  const errors = errorsBelow(t, refused ?? fault, "");
  const pingError = [...errors].find(([path]) => path.startsWith("ping"))?.[1];
  const free = list(hosts?.items).filter((h) => !list(detail.nodes).includes(h.name));
  const chosen = free.find((h) => h.name === host);
  const others = list(arbiter?.serves).filter((c) => c !== detail.name);
  const why = !host ? t("qdevice.needs_host") : !plan.data && !refused ? t("qdevice.planning") : "";
  const state = (path: string, given = errors.get(path)) =>
    given ? { validateStatus: "error" as const, help: given } : {};
  const save = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await act("qdevice.set", { path: { cluster: detail.name }, body: wish });
    setBusy(false);
    if (result.ok) onClose();
    else setFault(result.fault);
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={560}
      title={t(device ? "qdevice.edit_title" : "qdevice.set_title")}
      footer={
        <div className="row">
          <span className="t3 xs grow">{why}</span>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="primary"
            loading={busy}
            disabled={!plan.data || plan.isPlaceholderData || refused !== undefined}
            onClick={() => void save()}
          >
            {t(device ? "common.save" : "qdevice.set")}
          </Button>
        </div>
      }
    >
      <div className="col">
        <p className="t2">{t("qdevice.steps")}</p>
        <Form layout="vertical" component="div" requiredMark={false}>
          <Form.Item
            label={t("qdevice.host")}
            htmlFor="qdevice-host"
            extra={t("qdevice.host_extra")}
            {...state("host")}
          >
            <Select
              id="qdevice-host"
              autoFocus={!device}
              value={host || null}
              placeholder={t("qdevice.host_pick")}
              onChange={(value: string) => {
                setHost(value);
                setText("");
                setAddress("");
                setFault(undefined);
              }}
              options={free.map((h) => ({
                value: h.name,
                disabled: Boolean(h.cluster) || !h.connected,
                label: h.cluster
                  ? t("qdevice.host_in_cluster", { host: h.name, cluster: h.cluster })
                  : h.connected
                    ? h.name
                    : t("qdevice.host_away", { host: h.name }),
              }))}
            />
          </Form.Item>
          {hosts && !free.some((h) => !h.cluster) && (
            <p className="note-box v-info gap-below">
              <Icon name="info" />
              <span>
                {t("qdevice.no_host")} <Link to="/hosts">{t("hosts.enrol")}</Link>
              </span>
            </p>
          )}
          {others.length > 0 && (
            <p className="row t2 gap-below">
              <Icon name="info" size={14} />
              {t("qdevice.serves", { clusters: format.list(others) })}
            </p>
          )}
          <Form.Item
            label={t("qdevice.address")}
            htmlFor="qdevice-address"
            extra={t("qdevice.address_extra")}
            {...state("address")}
          >
            <AutoComplete
              id="qdevice-address"
              value={text}
              placeholder={plan.data && !plan.isPlaceholderData ? plan.data.device.address : t("qdevice.address_auto")}
              onChange={setText}
              onSelect={(value: string) => setAddress(value)}
              onBlur={() => setAddress(text.trim())}
              options={(chosen ? addressChoices(chosen) : []).map((c) => ({
                value: c.address,
                label: (
                  <span className="two">
                    <span className="mono">{c.address}</span>
                    <small>
                      {c.interface} · {c.network}
                    </small>
                  </span>
                ),
              }))}
            />
          </Form.Item>
          <Form.Item label={t("qdevice.algorithm")} {...state("algorithm")}>
            <Radio.Group
              value={algorithm}
              aria-label={t("qdevice.algorithm")}
              onChange={(ev) => setAlgorithm(ev.target.value === "lms" ? "lms" : "ffsplit")}
            >
              <div className="col tight">
                {algorithms.map((a) => (
                  <Radio key={a} value={a}>
                    <span className="mono">{a}</span> <span className="t2">{t(`qdevice.algorithm.${a}`)}</span>
                  </Radio>
                ))}
              </div>
            </Radio.Group>
          </Form.Item>
          <Form.Item
            label={t("qdevice.ping")}
            htmlFor="qdevice-ping"
            extra={t("qdevice.ping_extra")}
            {...state("ping", pingError)}
          >
            <Select
              id="qdevice-ping"
              mode="tags"
              open={false}
              tokenSeparators={[" ", ",", "，"]}
              value={ping}
              onChange={setPing}
            />
          </Form.Item>
          <Form.Item
            label={t("qdevice.tie")}
            htmlFor="qdevice-tie"
            extra={t("qdevice.tie_extra")}
            {...state("tieBreaker")}
          >
            <Select
              id="qdevice-tie"
              value={tie}
              onChange={setTie}
              options={[
                { value: "lowest", label: t("qdevice.tie.lowest") },
                { value: "highest", label: t("qdevice.tie.highest") },
                ...list(detail.nodes).map((n) => ({ value: n, label: t("qdevice.tie.node", { node: n }) })),
              ]}
            />
          </Form.Item>
        </Form>
        {host !== "" && plan.isPending && <Loading rows={2} />}
        {plan.data && !refused && (
          <SurvivalPlan plan={plan.data}>
            {list(plan.data.cleared).length > 0 && (
              <p>{t("qdevice.cleared", { options: format.list(list(plan.data.cleared)) })}</p>
            )}
            {plan.data.device.algorithm === "lms" && <p>{t("qdevice.lms_warning")}</p>}
          </SurvivalPlan>
        )}
        {refused && <FaultBox fault={refused} onRetry={() => void plan.refetch()} compact />}
        {fault && !refused && <FaultBox fault={fault} compact />}
      </div>
    </Drawer>
  );
}
