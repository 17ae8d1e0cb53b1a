import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, Link, LinkState } from "../../api/types";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { Icon, type IconName } from "../../components/Icon";
import {
  aloneOnDisk,
  cellKey,
  diskLink,
  type LinkCell,
  linkCells,
  type LinkMark,
  linkNumbers,
} from "../../components/links";
import { Query } from "../../components/Query";
import type { Tone } from "../../components/tone";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { DiskCard } from "./DiskCard";
import { LinkDialog } from "./LinkDialog";
import { LinkHead } from "./LinkHead";
import { LinkNotes } from "./LinkNotes";
import { QDeviceCard } from "./QDeviceCard";
import { Quorum } from "./Quorum";
import { TimingCard } from "./TimingCard";
import "./heartbeat.css";

export function Heartbeat() {
  const { cluster = "" } = useParams();
  const query = useQuery(queries.cluster(cluster));
  return (
    <div className="page">
      <Query query={query}>{(detail) => <Ready detail={detail} />}</Query>
    </div>
  );
}

const tones: Record<LinkMark, Tone> = {
  ok: "ok",
  partial: "warn",
  stalled: "warn",
  cut: "bad",
  offline: "off",
  unknown: "off",
};
const icons: Record<LinkMark, IconName> = {
  ok: "ok",
  partial: "warn",
  stalled: "clock",
  cut: "bad",
  offline: "off",
  unknown: "unknown",
};
const broken: readonly LinkMark[] = ["partial", "stalled", "cut"];

function Ready({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const numbers = linkNumbers(detail);
  const cells = linkCells(detail);
  const can = useCan();
  const { data: links } = useQuery(queries.links(detail.name));
  const [editing, setEditing] = useState<{ number: number; link: Link | undefined }>();
  const networks = list(links?.links).filter((l) => l.kind !== "disk").length;
  const nodes = list(detail.state?.nodes);
  const all = [...cells.values()];
  const count = (mark: LinkMark) => all.filter((c) => c.mark === mark).length;
  if (numbers.length === 0 || nodes.length === 0) {
    return (
      <section className="card">
        <Empty icon="heartbeat" title={t("heartbeat.empty")} text={t("heartbeat.empty_text")} />
      </section>
    );
  }
  return (
    <>
      <HeartbeatVerdict
        detail={detail}
        cells={all}
        actions={
          links && (
            <Button
              icon={<Icon name="plus" />}
              disabled={links.free < 0 || !can("link.add")}
              title={links.free < 0 ? t("link.full") : undefined}
              onClick={() => setEditing({ number: links.free, link: undefined })}
            >
              {t("create.add_link")}
            </Button>
          )
        }
      />
      {links && <LinkNotes detail={detail} links={links} />}
      <Card
        title={t("heartbeat.matrix")}
        note={t("heartbeat.matrix_note")}
        extra={
          <span className="row xs t2">
            {(["ok", ...broken] as const)
              .filter((mark) => mark !== "stalled" || count(mark) > 0)
              .map((mark) => (
                <span key={mark} className={`row ${tones[mark]}`}>
                  <Icon name={icons[mark]} size={14} />
                  <span className="t2">
                    {t(`heartbeat.${mark}`)} {count(mark)}
                  </span>
                </span>
              ))}
          </span>
        }
      >
        <div className="beats-scroll" role="region" aria-label={t("heartbeat.matrix")} tabIndex={0}>
          <table className="beats">
            <thead>
              <tr>
                <th scope="col">{t("nodes.node")}</th>
                {numbers.map((link) => (
                  <th key={link} scope="col" className={link === diskLink ? "disk" : undefined}>
                    <LinkHead
                      detail={detail}
                      number={link}
                      link={list(links?.links).find((l) => l.number === link)}
                      links={networks}
                      onEdit={(chosen) => setEditing({ number: link, link: chosen })}
                    />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <tr key={node.name}>
                  <th scope="row">{node.name}</th>
                  {numbers.map((link) => (
                    <Cell
                      key={link}
                      cell={cells.get(cellKey(node.name, link))}
                      seen={list(links?.matrix).filter(
                        // To a node that is off everything is lost; that is no fault of the link.
                        (s) => s.node === node.name && s.link === link && s.connected,
                      )}
                    />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
      <DiskCard detail={detail} />
      <TimingCard detail={detail} />
      <Quorum detail={detail} />
      <QDeviceCard detail={detail} />
      {editing && (
        <LinkDialog
          key={editing.number}
          detail={detail}
          link={editing.link}
          number={editing.number}
          onClose={() => setEditing(undefined)}
        />
      )}
    </>
  );
}

function Cell({ cell, seen }: { cell: LinkCell | undefined; seen: readonly LinkState[] }) {
  const t = useT();
  const format = useFormat();
  if (!cell) return <td>–</td>;
  const loss = Math.max(0, ...seen.map((s) => s.lossPercent ?? 0));
  const worst = Math.max(0, ...seen.map((s) => s.worstUs ?? 0));
  return (
    <td
      className={
        [broken.includes(cell.mark) && `broken v-${tones[cell.mark]}`, cell.link === diskLink && "disk"]
          .filter(Boolean)
          .join(" ") || undefined
      }
    >
      <span className={`row ${tones[cell.mark]}`}>
        <Icon name={icons[cell.mark]} size={14} />
        {t(`heartbeat.${cell.mark}`)}
      </span>
      {cell.latencyUs !== undefined && cell.mark !== "cut" ? (
        <span className="latency">
          <b>{format.number(cell.latencyUs / 1000, 2)}</b> ms
          {loss > 0 && <span className="warn xs">{t("heartbeat.loss", { loss: format.number(loss, 1) })}</span>}
          {worst > 0 && (
            <span className="t3 xs">{t("heartbeat.worst", { worst: format.number(worst / 1000, 1) })}</span>
          )}
        </span>
      ) : (
        cell.lost.length > 0 && <span className="t2 xs">{t("heartbeat.to", { peers: format.list(cell.lost) })}</span>
      )}
      <span className="mono t3">{cell.address}</span>
    </td>
  );
}

function HeartbeatVerdict({
  detail,
  cells,
  actions,
}: {
  detail: ClusterDetail;
  cells: readonly LinkCell[];
  actions: React.ReactNode;
}) {
  const t = useT();
  const format = useFormat();
  const numbers = linkNumbers(detail);
  const networks = numbers.filter((n) => n < diskLink).length;
  const faulty = cells.filter((c) => broken.includes(c.mark));
  const alone = aloneOnDisk(detail);
  const names = format.list(
    faulty.map((c) =>
      c.link === diskLink
        ? t("heartbeat.disk_of", { node: c.node })
        : t("heartbeat.link_of", { node: c.node, link: c.link }),
    ),
  );
  const worst = Math.min(
    ...[...new Set(cells.filter((c) => c.mark !== "offline").map((c) => c.node))].map(
      (node) => cells.filter((c) => c.node === node && c.mark === "ok").length,
    ),
  );
  const atLeast = t("heartbeat.at_least", { count: Number.isFinite(worst) ? worst : 0, links: numbers.length });
  if (alone.length > 0) {
    const pairs = alone.map((p) => t("heartbeat.pair", p));
    return (
      <Verdict
        tone="bad"
        head={t("heartbeat.head.alone")}
        sentence={format.list(pairs)}
        detail={t("heartbeat.alone_text")}
        actions={actions}
      />
    );
  }
  if (faulty.length > 0) {
    return (
      <Verdict
        tone={worst === 0 ? "bad" : "warn"}
        head={t("heartbeat.head.cut", { count: faulty.length })}
        sentence={names}
        detail={atLeast}
        actions={actions}
      />
    );
  }
  if (cells.every((c) => c.mark === "unknown" || c.mark === "offline")) {
    return <Verdict tone="off" icon="unknown" head={t("heartbeat.head.unknown")} sentence={t("heartbeat.no_report")} />;
  }
  if (networks < 2)
    return (
      <Verdict
        tone="warn"
        head={t("heartbeat.head.single")}
        sentence={t(networks < numbers.length ? "heartbeat.single_disk_text" : "heartbeat.single_text")}
        detail={atLeast}
        actions={actions}
      />
    );
  return (
    <Verdict
      tone="ok"
      head={t("heartbeat.head.ok")}
      sentence={t(networks < numbers.length ? "heartbeat.ok_disk_text" : "heartbeat.ok_text", { links: networks })}
      actions={actions}
    />
  );
}
