import { useNavigate } from "react-router";

import type { ClusterDetail, NodeState, ResourceState } from "../../api/types";
import { agentType, isFenceAgent } from "../../components/agents";
import { Card } from "../../components/Card";
import { cellKey, diskLink, type LinkCell, linkCells, linkNetwork, linkNumbers } from "../../components/links";
import { nodeLook } from "../../components/node";
import { roleLook } from "../../components/role";
import { useWidth } from "../../components/useWidth";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { Icon } from "../../components/Icon";

const left = 112;
const gap = 10;
const leastNode = 136;
const lineStep = 18;
const headTall = 46;
const boxTall = 30;
const groupTall = 46;
const boxGap = 6;

/** Links as lines above, nodes below, each with the services that run in it. */
export function Topology({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const navigate = useNavigate();
  const { ref, width: room } = useWidth(720);
  const base = `/c/${encodeURIComponent(detail.name)}`;
  const nodes = list(detail.state?.nodes);
  const numbers = linkNumbers(detail);
  const cells = linkCells(detail);
  const services = (node: NodeState) => list(detail.state?.resources).filter((r) => list(r.nodes).includes(node.name));

  const nodeWide = Math.max(leastNode, (room - left - gap * Math.max(0, nodes.length - 1)) / Math.max(1, nodes.length));
  const width = Math.max(room, left + nodes.length * (nodeWide + gap) - gap);
  const x = (i: number) => left + i * (nodeWide + gap);
  const linksTop = 12;
  const nodesTop = linksTop + numbers.length * lineStep + 14;
  const stackTall = (n: NodeState) => services(n).reduce((tall, r) => tall + serviceTall(r) + boxGap, 0);
  const bodyTall = headTall + 12 + Math.max(2 * (boxTall + boxGap), ...nodes.map(stackTall));
  const height = nodesTop + bodyTall + 4;

  return (
    <Card
      title={t("topology.title")}
      note={t("topology.note")}
      extra={
        <span className="row xs t2 legend">
          <span className="dot ok-fill" /> {t("topology.ok")}
          <span className="dot warn-fill" /> {t("topology.warn")}
          <span className="dot bad-fill" /> {t("topology.bad")}
        </span>
      }
    >
      <div className="pad scroll-x">
        <div ref={ref}>
          {nodes.length === 0 ? (
            <p className="t2 row">
              <Icon name="unknown" /> {t("topology.no_report")}
            </p>
          ) : (
            <svg className="topology" width={width} height={height} role="group" aria-label={t("topology.label")}>
              {numbers.map((link, i) => {
                const y = linksTop + i * lineStep;
                return (
                  <g key={link}>
                    {link < diskLink && (
                      <text x={0} y={y + 4} className="t3">
                        {link}
                      </text>
                    )}
                    <text x={link < diskLink ? 16 : 0} y={y + 4} className="t2">
                      {link < diskLink ? linkNetwork(detail, link) : t("heartbeat.disk")}
                    </text>
                    <line x1={left - 8} x2={width} y1={y} y2={y} className={link < diskLink ? "bus" : "bus dash"} />
                  </g>
                );
              })}
              {nodes.map((node, i) => {
                const centre = x(i) + nodeWide / 2;
                return (
                  <g key={node.name}>
                    <line
                      x1={centre}
                      x2={centre}
                      y1={linksTop}
                      y2={nodesTop}
                      className={node.online ? "stem" : "stem dash"}
                    />
                    {numbers.map((link, n) => (
                      <LinkDot
                        key={link}
                        cell={cells.get(cellKey(node.name, link))}
                        x={centre}
                        y={linksTop + n * lineStep}
                      />
                    ))}
                    <NodeHead
                      node={node}
                      x={x(i)}
                      y={nodesTop}
                      wide={nodeWide}
                      tall={bodyTall}
                      onOpen={() => void navigate(`${base}/nodes/${encodeURIComponent(node.name)}`)}
                    />
                    {services(node).map((resource, n, all) => (
                      <Service
                        key={resource.id}
                        resource={resource}
                        x={x(i) + 8}
                        y={
                          nodesTop + headTall + 8 + all.slice(0, n).reduce((sum, r) => sum + serviceTall(r) + boxGap, 0)
                        }
                        wide={nodeWide - 16}
                        onOpen={() => void navigate(`${base}/resources?resource=${encodeURIComponent(resource.id)}`)}
                      />
                    ))}
                  </g>
                );
              })}
            </svg>
          )}
        </div>
      </div>
    </Card>
  );
}

function LinkDot({ cell, x, y }: { cell: LinkCell | undefined; x: number; y: number }) {
  const t = useT();
  const mark = cell?.mark ?? "unknown";
  const words = cell ? `${cell.node} · ${t("heartbeat.link", { link: cell.link })} · ${t(`heartbeat.${mark}`)}` : "";
  if (mark === "cut") {
    return (
      <g className="v-bad" role="img" aria-label={words}>
        <title>{words}</title>
        <circle cx={x} cy={y} r={6.5} className="cross-back" />
        <path d={`M${x - 2.5} ${y - 2.5}l5 5M${x + 2.5} ${y - 2.5}l-5 5`} className="cross" />
      </g>
    );
  }
  return (
    <g role="img" aria-label={words}>
      <title>{words}</title>
      <circle cx={x} cy={y} r={mark === "partial" || mark === "stalled" ? 5 : 4} className={`mark ${mark}`} />
    </g>
  );
}

function NodeHead({
  node,
  x,
  y,
  wide,
  tall,
  onOpen,
}: {
  node: NodeState;
  x: number;
  y: number;
  wide: number;
  tall: number;
  onOpen: () => void;
}) {
  const t = useT();
  const look = nodeLook(node);
  const word = t(`node.state.${look.key}`) + (node.dc ? ` · ${t("node.dc")}` : "");
  return (
    <g
      className={`node v-${look.tone}`}
      role="link"
      tabIndex={0}
      onClick={onOpen}
      onKeyDown={(ev) => ev.key === "Enter" && onOpen()}
    >
      <title>{`${node.name} ${word}`}</title>
      <rect x={x + 0.5} y={y + 0.5} width={wide - 1} height={tall - 1} rx={6} className="body" />
      <path d={headPath(x + 0.5, y + 0.5, wide - 1, headTall)} className="head" />
      <text x={x + 12} y={y + 20} className="name" aria-hidden>
        {node.name}
      </text>
      <text x={x + 12} y={y + 37} className="ink" aria-hidden>
        {word}
      </text>
      <svg x={x + wide - 28} y={y + 12} width={16} height={16} viewBox="0 0 16 16">
        <Icon name={look.icon} />
      </svg>
    </g>
  );
}

// About this wide is a letter of the small print.
const letterWide = 6.4;

/** As much of a text as there is room for. */
function fitting(text: string, room: number): string {
  const most = Math.floor(room / letterWide);
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`;
}

/** Members that start one after the other; instances of a clone are one thing several times. */
function inOrder(resource: ResourceState): readonly ResourceState[] {
  return resource.kind === "clone" ? [] : list(resource.members);
}

function serviceTall(resource: ResourceState): number {
  return inOrder(resource).length > 0 ? groupTall : boxTall;
}

/** A head with round upper corners only. */
function headPath(x: number, y: number, wide: number, tall: number): string {
  const r = 6;
  return `M${x} ${y + tall}V${y + r}a${r} ${r} 0 0 1 ${r}-${r}h${wide - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${tall - r}z`;
}

function Service({
  resource,
  x,
  y,
  wide,
  onOpen,
}: {
  resource: ResourceState;
  x: number;
  y: number;
  wide: number;
  onOpen: () => void;
}) {
  const t = useT();
  const broken = resource.failed || list(resource.members).some((m) => m.failed);
  const look = roleLook({ ...resource, failed: broken });
  const members = list(resource.members);
  const kind = isFenceAgent(resource.agent) ? t("topology.fence") : agentType(resource.agent);
  const steps = inOrder(resource);
  const note =
    resource.kind === "clone"
      ? `${agentType(members[0]?.agent)} ×${members.length}`
      : steps.length > 0
        ? t("topology.members", { count: steps.length })
        : kind;
  const word = t(`role.${look.key}`);
  // About 7 units for a letter; a note that would run into the name is left to the tooltip.
  const roomy = wide > 40 + resource.id.length * 7.4 + note.length * (/\p{Script=Han}/u.test(note) ? 12 : 6.4);
  return (
    <g
      className={`service v-${look.tone === "ok" ? "off" : look.tone}`}
      role="link"
      tabIndex={0}
      onClick={onOpen}
      onKeyDown={(ev) => ev.key === "Enter" && onOpen()}
    >
      <title>
        {[
          resource.id,
          resource.agent ?? t(`kind.${resource.kind}`),
          word,
          ...steps.map((m) => `· ${m.id} ${agentType(m.agent)}`),
        ].join("\n")}
      </title>
      <rect x={x + 0.5} y={y + 0.5} width={wide - 1} height={serviceTall(resource) - 1} rx={4} />
      <circle cx={x + 12} cy={y + boxTall / 2} r={3.5} className={`v-${look.tone} fill`} />
      <text x={x + 22} y={y + 19} className="name" aria-hidden>
        {resource.id}
      </text>
      {roomy && (
        <text x={x + wide - 10} y={y + 19} textAnchor="end" className="t3" aria-hidden>
          {note}
        </text>
      )}
      {steps.length > 0 && (
        <text x={x + 22} y={y + 36} className="t3" aria-hidden>
          {fitting(steps.map((m) => agentType(m.agent)).join(" → "), wide - 32)}
        </text>
      )}
    </g>
  );
}
