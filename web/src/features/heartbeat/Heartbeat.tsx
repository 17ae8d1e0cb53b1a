import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, Link, LinkState } from "../../api/types";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { Icon, type IconName } from "../../components/Icon";
import { cellKey, type LinkCell, linkCells, type LinkMark, linkNumbers } from "../../components/links";
import { Query } from "../../components/Query";
import type { Tone } from "../../components/tone";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { LinkDialog } from "./LinkDialog";
import { LinkHead } from "./LinkHead";
import { LinkNotes } from "./LinkNotes";
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

const tones: Record<LinkMark, Tone> = { ok: "ok", partial: "warn", cut: "bad", offline: "off", unknown: "off" };
const icons: Record<LinkMark, IconName> = { ok: "ok", partial: "warn", cut: "bad", offline: "off", unknown: "unknown" };

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
        cells={all}
        links={numbers.length}
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
            {(["ok", "partial", "cut"] as const).map((mark) => (
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
                  <th key={link} scope="col">
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
      <TimingCard detail={detail} />
      <Quorum detail={detail} />
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
    <td className={cell.mark === "cut" || cell.mark === "partial" ? `broken v-${tones[cell.mark]}` : undefined}>
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
  cells,
  links,
  actions,
}: {
  cells: readonly LinkCell[];
  links: number;
  actions: React.ReactNode;
}) {
  const t = useT();
  const format = useFormat();
  const broken = cells.filter((c) => c.mark === "cut" || c.mark === "partial");
  const names = format.list(broken.map((c) => t("heartbeat.link_of", { node: c.node, link: c.link })));
  const worst = Math.min(
    ...[...new Set(cells.filter((c) => c.mark !== "offline").map((c) => c.node))].map(
      (node) => cells.filter((c) => c.node === node && c.mark === "ok").length,
    ),
  );
  const detail = t("heartbeat.at_least", { count: Number.isFinite(worst) ? worst : 0, links });
  if (broken.length > 0) {
    return (
      <Verdict
        tone={worst === 0 ? "bad" : "warn"}
        head={t("heartbeat.head.cut", { count: broken.length })}
        sentence={names}
        detail={detail}
        actions={actions}
      />
    );
  }
  if (cells.every((c) => c.mark === "unknown" || c.mark === "offline")) {
    return <Verdict tone="off" icon="unknown" head={t("heartbeat.head.unknown")} sentence={t("heartbeat.no_report")} />;
  }
  if (links < 2)
    return (
      <Verdict
        tone="warn"
        head={t("heartbeat.head.single")}
        sentence={t("heartbeat.single_text")}
        detail={detail}
        actions={actions}
      />
    );
  return (
    <Verdict tone="ok" head={t("heartbeat.head.ok")} sentence={t("heartbeat.ok_text", { links })} actions={actions} />
  );
}
