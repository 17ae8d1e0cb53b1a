import type { ClusterDetail, QDeviceStatus } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { tieBreakerName } from "./tieBreaker";

type DeviceNode = NonNullable<QDeviceStatus["nodes"]>[number];

/** A quorum device as it is: its settings, and each node's connection as the node and as the arbiter see it. */
export function QDeviceState({ detail, device }: { detail: ClusterDetail; device: QDeviceStatus }) {
  const t = useT();
  const format = useFormat();
  const nodes = list(device.nodes);
  const ping = list(device.ping);
  const cut = nodes.filter((n) => n.online && !n.connected);
  const unsecured = nodes.filter((n) => n.seen && !n.seen.secured);
  const tie = tieBreakerName(detail, device.tieBreaker);
  return (
    <>
      <dl className="qdevice-facts">
        <div>
          <dt>{t("qdevice.host")}</dt>
          <dd className="b">{device.host}</dd>
        </div>
        <div>
          <dt>{t("qdevice.address")}</dt>
          <dd className="mono">{device.address}</dd>
        </div>
        <div>
          <dt>{t("qdevice.algorithm")}</dt>
          <dd>
            <span className="mono">{device.algorithm}</span>{" "}
            <span className="t2">{t(`qdevice.algorithm.${device.algorithm}.short`)}</span>
          </dd>
        </div>
        <div>
          <dt>{t("qdevice.votes")}</dt>
          <dd>{t("quorum.votes", { count: device.votes })}</dd>
        </div>
        <div>
          <dt>{t("qdevice.tie")}</dt>
          <dd>{tie === "lowest" || tie === "highest" ? t(`qdevice.tie.${tie}`) : tie}</dd>
        </div>
        <div>
          <dt>{t("qdevice.ping")}</dt>
          <dd className={ping.length > 0 ? "mono" : "t2"}>
            {ping.length > 0 ? format.list(ping) : t("qdevice.ping.none")}
          </dd>
        </div>
      </dl>
      {(cut.length > 0 || !device.arbiterConnected || device.fault || unsecured.length > 0) && (
        <div className="pad col tight">
          {cut.length > 0 && (
            <p className="note-box v-bad">
              <Icon name="bad" />
              {t("qdevice.cut_text", { nodes: format.list(cut.map((n) => n.node)), address: device.address })}
            </p>
          )}
          {unsecured.length > 0 && (
            <p className="note-box v-warn">
              <Icon name="warn" />
              {t("qdevice.unsecured", { nodes: format.list(unsecured.map((n) => n.node)) })}
            </p>
          )}
          {!device.arbiterConnected && (
            <p className="note-box v-warn">
              <Icon name="warn" />
              {t("qdevice.arbiter_away", { host: device.host })}
            </p>
          )}
          {device.fault && device.arbiterConnected && <FaultBox fault={device.fault} compact />}
        </div>
      )}
      <div className="beats-scroll" role="region" aria-label={t("qdevice.title")} tabIndex={0}>
        <table className="beats">
          <thead>
            <tr>
              <th scope="col">{t("nodes.node")}</th>
              <th scope="col">{t("qdevice.node_side")}</th>
              <th scope="col">{t("qdevice.arbiter_side")}</th>
              <th scope="col">{t("qdevice.vote")}</th>
              <th scope="col">{t("qdevice.heuristics")}</th>
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <Row key={node.node} node={node} asked={device.arbiterConnected && !device.fault} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ node, asked }: { node: DeviceNode; asked: boolean }) {
  const t = useT();
  const { seen } = node;
  const heuristics = node.heuristics ?? "none";
  const side = !node.online ? "off" : node.connected ? "ok" : "bad";
  return (
    <tr>
      <th scope="row">{node.node}</th>
      <td className={node.online && !node.connected ? "broken v-bad" : undefined}>
        <span className={`row ${side}`}>
          <Icon name={side} size={14} />
          {t(!node.online ? "heartbeat.offline" : node.connected ? "qdevice.connected" : "qdevice.cut")}
        </span>
        {node.state && !node.connected && <span className="t3 xs">{node.state}</span>}
      </td>
      <td>
        {seen ? (
          <>
            <span className={seen.secured ? "row ok" : "row warn"}>
              <Icon name={seen.secured ? "ok" : "warn"} size={14} />
              <span className="t2">{t(seen.secured ? "qdevice.seen" : "qdevice.seen_unsecured")}</span>
            </span>
            {seen.address && <span className="mono t3">{seen.address}</span>}
          </>
        ) : (
          <span className="t3">{t(asked ? "qdevice.not_seen" : "qdevice.not_asked")}</span>
        )}
      </td>
      <td>
        <span className={node.voting ? "row ok" : "row"}>
          <Icon name={node.voting ? "ok" : "off"} size={14} />
          <span className="t2">{t(node.voting ? "qdevice.voting" : "qdevice.not_voting")}</span>
        </span>
      </td>
      <td>
        {heuristics === "none" ? (
          <span className="t3">{t("qdevice.heuristics.none")}</span>
        ) : (
          <span className={`row ${heuristics === "pass" ? "ok" : "bad"}`}>
            <Icon name={heuristics === "pass" ? "ok" : "bad"} size={14} />
            <span className="t2">{t(`qdevice.heuristics.${heuristics}`)}</span>
          </span>
        )}
      </td>
    </tr>
  );
}
