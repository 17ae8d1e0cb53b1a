import { useQuery } from "@tanstack/react-query";
import { Tooltip } from "antd";
import { Fragment } from "react";
import { NavLink } from "react-router";

import { queries } from "../../api/queries";
import { Icon, type IconName } from "../../components/Icon";
import { promised } from "../../components/targets";
import { list } from "../../lib/list";
import { type MessageKey, useT } from "../../lib/i18n";

interface Entry {
  to: string;
  icon: IconName;
  text: MessageKey;
  count?: number | undefined;
  bad?: number;
  warn?: number;
  rule?: boolean;
}

/** What there is in one cluster, with counts that say where to look. */
export function ClusterMenu({ cluster }: { cluster: string }) {
  const t = useT();
  const { data } = useQuery(queries.cluster(cluster));
  const findings = list(useQuery(queries.checks(cluster)).data?.items);
  const targets = promised(useQuery(queries.targets(cluster)).data?.items);
  const missed = new Set(targets.flatMap((g) => (g.answer === "missed" ? [g.service] : []))).size;
  const state = data?.state;
  const online = new Set(list(state?.nodes).flatMap((n) => (n.online ? [n.name] : [])));
  const cut = list(state?.links).filter((l) => l.enabled && !l.connected && online.has(l.node) && online.has(l.peer));
  const volumes = new Set(list(state?.volumes).map((v) => v.name));
  const entries: Entry[] = [
    { to: "", icon: "summary", text: "menu.summary" },
    {
      to: "nodes",
      icon: "nodes",
      text: "menu.nodes",
      count: data?.nodes?.length,
      bad: list(state?.nodes).filter((n) => !n.online).length,
    },
    { to: "resources", icon: "resource", text: "menu.resources", count: data?.resources, bad: data?.failed ?? 0 },
    {
      to: "heartbeat",
      icon: "heartbeat",
      text: "menu.heartbeat",
      warn: new Set(cut.map((l) => l.link)).size,
    },
    {
      to: "fencing",
      icon: "shield",
      text: "menu.fencing",
      warn: list(data?.verdict.reasons).filter((r) => /fenc/.test(r.code)).length,
    },
    {
      to: "replication",
      icon: "replica",
      text: "menu.replication",
      count: volumes.size || undefined,
      bad: list(data?.verdict.reasons).filter((r) => /^volume_(split|down)/.test(r.code)).length,
      warn: list(data?.verdict.reasons).filter((r) => r.code.startsWith("volume_")).length,
    },
    {
      to: "health",
      icon: "arrow",
      text: "menu.health",
      bad: list(state?.nodes).filter((n) => n.health === "red").length,
      warn: list(state?.nodes).filter((n) => n.health === "yellow").length,
    },
    { to: "targets", icon: "target", text: "menu.targets", bad: missed },
    {
      to: "checks",
      icon: "check",
      text: "menu.checks",
      bad: findings.filter((f) => f.severity === "critical").length,
      warn: findings.filter((f) => f.severity === "warning").length,
    },
    { to: "logs", icon: "events", text: "menu.logs" },
    { to: "preferences", icon: "sliders", text: "menu.preferences", rule: true },
    { to: "history", icon: "history", text: "menu.history" },
    { to: "whatif", icon: "help", text: "menu.whatif" },
  ];
  return (
    <nav className="menu" aria-label={t("menu.label")}>
      {entries.map((entry) => (
        <Fragment key={entry.to}>
          {entry.rule && <hr />}
          <Tooltip title={t(entry.text)} placement="right" mouseEnterDelay={0.4} classNames={{ root: "menu-tip" }}>
            <NavLink
              to={`/c/${encodeURIComponent(cluster)}${entry.to ? `/${entry.to}` : ""}`}
              end={entry.to === ""}
              className={({ isActive }) => (isActive ? "on" : "")}
            >
              <Icon name={entry.icon} />
              <span className="word">{t(entry.text)}</span>
              <Count entry={entry} />
            </NavLink>
          </Tooltip>
        </Fragment>
      ))}
    </nav>
  );
}

function Count({ entry }: { entry: Entry }) {
  if (entry.bad) {
    return (
      <em className="bad">
        <Icon name="bad" size={14} />
        {entry.bad}
      </em>
    );
  }
  if (entry.warn) {
    return (
      <em className="warn">
        <Icon name="warn" size={14} />
        {entry.warn}
      </em>
    );
  }
  return entry.count === undefined ? null : <em>{entry.count}</em>;
}
