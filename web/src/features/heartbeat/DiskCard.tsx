import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, DiskHeartbeatNode, DiskHeartbeatShown } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Empty } from "../../components/Empty";
import { useFaultText } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { aloneOnDisk, networkNumbers } from "../../components/links";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { Ago, isSet } from "../../components/Time";
import type { Tone } from "../../components/tone";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { DiskDialog } from "./DiskDialog";

/** The heartbeat over a shared disk: what each node's daemon says of itself, and how to have one or be without it. */
export function DiskCard({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const query = useQuery(queries.disk(detail.name));
  const [enabling, setEnabling] = useState(false);
  const alone = aloneOnDisk(detail);
  const disable = () =>
    ask({
      title: t("disk.disable.title"),
      consequence: (
        <div className="col tight">
          {alone.length > 0 && <p className="b bad">{t("disk.disable.alone")}</p>}
          <p className="b">{t("disk.disable.consequence", { count: networkNumbers(detail).length })}</p>
          <p className="t2">{t("disk.disable.wipe")}</p>
        </div>
      ),
      act: t("disk.disable.act"),
      tone: "danger",
      run: () => act("diskhb.disable", { path: { cluster: detail.name } }),
    });
  return (
    <Card
      title={t("heartbeat.disk")}
      note={t("disk.note")}
      extra={
        <>
          <span className="tag">{t("disk.experimental")}</span>
          {query.data?.enabled && (
            <Button size="small" disabled={!can("diskhb.disable")} onClick={disable}>
              {t("disk.disable.short")}
            </Button>
          )}
        </>
      }
    >
      <Query query={query} rows={3}>
        {(disk) =>
          disk.enabled ? (
            <Nodes detail={detail} disk={disk} />
          ) : (
            <Empty
              icon="disk"
              title={t("disk.empty")}
              text={t("disk.empty_text")}
              action={
                <Button
                  icon={<Icon name="plus" />}
                  disabled={!can("diskhb.enable")}
                  title={can("diskhb.enable") ? undefined : t("preferences.no_permission")}
                  onClick={() => setEnabling(true)}
                >
                  {t("disk.enable.short")}
                </Button>
              }
            />
          )
        }
      </Query>
      {enabling && <DiskDialog detail={detail} onClose={() => setEnabling(false)} />}
    </Card>
  );
}

const tones: Record<string, Tone> = { working: "ok", starting: "info", stalled: "warn", stopped: "bad", down: "bad" };

function Nodes({ detail, disk }: { detail: ClusterDetail; disk: DiskHeartbeatShown }) {
  const t = useT();
  const format = useFormat();
  const devices = [...new Set(list(disk.nodes).flatMap((n) => n.heartbeat?.device ?? []))];
  const carrying = list(disk.nodes).filter((n) => n.heartbeat?.inUse);
  return (
    <>
      <p className="pad t2 row wrap">
        <span>
          {t("disk.device")} <span className="mono">{format.list(devices.filter(Boolean)) || "–"}</span>
        </span>
        {carrying.length > 0 && (
          <span className="warn row">
            <Icon name="warn" size={14} />
            {t("disk.in_use", { nodes: format.list(carrying.map((n) => n.node)) })}
          </span>
        )}
      </p>
      <div className="beats-scroll" role="region" aria-label={t("heartbeat.disk")} tabIndex={0}>
        <table className="beats">
          <thead>
            <tr>
              <th scope="col">{t("nodes.node")}</th>
              <th scope="col">{t("disk.state")}</th>
              <th scope="col">{t("disk.sees")}</th>
              <th scope="col">{t("disk.times")}</th>
              <th scope="col">{t("disk.stalls")}</th>
              <th scope="col">{t("disk.daemon")}</th>
            </tr>
          </thead>
          <tbody>
            {list(disk.nodes).map((n) => (
              <Row key={n.node} detail={detail} node={n} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ detail, node }: { detail: ClusterDetail; node: DiskHeartbeatNode }) {
  const t = useT();
  const text = useFaultText();
  const format = useFormat();
  const { heartbeat: h, fault } = node;
  const name = (id: number) => list(detail.setup?.nodes).find((n) => n.id === id)?.name ?? `#${id}`;
  const inMS = (us: number) => `${format.number(us / 1000, 1)} ms`;
  if (!h)
    return (
      <tr>
        <th scope="row">{node.node}</th>
        <td colSpan={5} className="broken v-off">
          <Pill tone="off" icon="unknown">
            {t("heartbeat.unknown")}
          </Pill>{" "}
          {fault && text(fault).sentence}
        </td>
      </tr>
    );
  const tone = tones[h.state] ?? "off";
  const lost = list(h.peers).filter((p) => !p.alive);
  return (
    <tr>
      <th scope="row">
        {node.node}
        <span className="mono t3">{node.address}</span>
      </th>
      <td className={tone === "ok" || tone === "info" ? undefined : `broken v-${tone}`}>
        <span className="row">
          <Pill tone={tone}>{t(`disk.state.${h.state}`)}</Pill>
          {isSet(h.since) && (
            <span className="t3 xs">
              <Ago at={h.since} />
            </span>
          )}
        </span>
        {h.why && <span className="xs t2 wrap">{h.why}</span>}
      </td>
      <td>
        <span className={lost.length > 0 ? "warn row" : "row"}>
          {lost.length > 0 && <Icon name="warn" size={14} />}
          {t("disk.sees_of", { alive: list(h.peers).length - lost.length, all: list(h.peers).length })}
        </span>
        {lost.length > 0 && (
          <span className="t2 xs">{t("disk.not_seen", { nodes: format.list(lost.map((p) => name(p.id))) })}</span>
        )}
      </td>
      <td>{h.state === "down" ? "–" : `${inMS(h.readUs)} / ${inMS(h.writeUs)}`}</td>
      <td>
        {h.stalls === 0 ? (
          <span className="t3">{t("disk.no_stalls")}</span>
        ) : (
          t("disk.stalls_of", { count: h.stalls, longest: format.duration(h.longestStallMs) })
        )}
      </td>
      <td>
        {h.memoryLocked && h.realTime ? (
          <span className="row ok">
            <Icon name="ok" size={14} />
            <span className="t2">{t("disk.guarded")}</span>
          </span>
        ) : (
          <span className="row warn">
            <Icon name="warn" size={14} />
            {[!h.memoryLocked && t("disk.not_locked"), !h.realTime && t("disk.not_real_time")]
              .filter(Boolean)
              .join(t("common.comma"))}
          </span>
        )}
      </td>
    </tr>
  );
}
