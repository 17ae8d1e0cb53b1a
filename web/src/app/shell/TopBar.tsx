import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";

import { call } from "../../api/client";
import { queries, useSession } from "../../api/queries";
import { Icon } from "../../components/Icon";
import { LevelPill } from "../../components/LevelPill";
import { operationDone } from "../../components/operation";
import { useNow } from "../../components/Time";
import { useTracker } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { type MessageKey, useLanguage, useT } from "../../lib/i18n";
import { useTheme } from "../../lib/theme";
import { useLive } from "./live";
import { PasswordDialog } from "../../features/account/PasswordDialog";
import { Search } from "./Search";

const titles: Record<string, MessageKey> = {
  "/": "overview.title",
  "/clusters/new": "create.title",
  "/clusters/migrate": "import.title",
  "/hosts": "hosts.title",
  "/users": "users.title",
  "/account": "account.title",
  "/audit": "audit.title",
  "/events": "events.title",
  "/alarms": "alarms.title",
  "/license": "license.title",
  "/demo": "demo.title",
};

export function TopBar({ cluster, onHelp }: { cluster: string | undefined; onHelp: () => void }) {
  const t = useT();
  const { pathname } = useLocation();
  const { language, change } = useLanguage();
  const { toggle, theme } = useTheme();
  const title = titles[pathname.replace(/^\/(alarms|license|users)\/.*/, "/$1")];
  return (
    <header className="top">
      {cluster ? <ClusterCrumb cluster={cluster} /> : <div className="crumb b">{title && t(title)}</div>}
      <span className="grow" />
      <Search cluster={cluster} />
      <Running />
      <LiveSign />
      <Button
        type="text"
        className="quiet"
        lang={language === "zh" ? "en" : "zh-CN"}
        title={t("top.language")}
        onClick={() => void change(language === "zh" ? "en" : "zh")}
      >
        {language === "zh" ? "EN" : "中文"}
      </Button>
      <Button
        type="text"
        className="quiet"
        aria-label={t(theme === "light" ? "top.to_dark" : "top.to_light")}
        icon={<Icon name="half" />}
        onClick={toggle}
      />
      <UserMenu onHelp={onHelp} />
    </header>
  );
}

function ClusterCrumb({ cluster }: { cluster: string }) {
  const t = useT();
  const navigate = useNavigate();
  const { data: page } = useQuery(queries.clusters());
  const { data: detail } = useQuery(queries.cluster(cluster));
  const all = list(page?.items);
  return (
    <nav className="crumb" aria-label={t("top.breadcrumb")}>
      <Link to="/">{t("overview.title")}</Link>
      <span className="t3">/</span>
      <Dropdown
        trigger={["click"]}
        menu={{
          items: all.map((c) => ({ key: c.name, label: c.label ? `${c.label} ${c.name}` : c.name })),
          selectedKeys: [cluster],
          onClick: ({ key }) => void navigate(`/c/${encodeURIComponent(key)}`),
        }}
      >
        <Button type="text" className="quiet b">
          {detail?.label ?? cluster}
          {detail?.label && <span className="t3 xs">{cluster}</span>}
          <Icon name="down" size={14} />
        </Button>
      </Dropdown>
      {detail && <LevelPill level={detail.verdict.level} />}
      {detail?.engine === "simulated" && <span className="tag">{t("cluster.simulated")}</span>}
    </nav>
  );
}

function Running() {
  const t = useT();
  const { open } = useTracker();
  const { data } = useQuery(queries.operations());
  const count = list(data?.items).filter((o) => !operationDone(o)).length;
  return (
    <Button type="text" className="quiet running" onClick={() => open()}>
      <Icon name="sync" {...(count > 0 ? { className: "spin" } : {})} />
      <span className="word">{count > 0 ? t("top.operations", { count }) : t("operation.title")}</span>
    </Button>
  );
}

function LiveSign() {
  const t = useT();
  const format = useFormat();
  const live = useLive();
  const now = useNow();
  const word =
    live.state === "lost" ? t("live.lost", { ago: format.ago(new Date(live.since), now) }) : t(`live.${live.state}`);
  return (
    <span
      className={`live ${live.state === "live" ? "ok" : live.state === "lost" ? "bad" : "off"}`}
      role="status"
      aria-label={word}
    >
      {live.state === "lost" ? <Icon name="bad" size={14} /> : <span className="dot" />}
      <span className="t2">
        {word}{" "}
        <span className="clock">
          {format.time(new Date(now))} {format.zone}
        </span>
      </span>
    </span>
  );
}

function UserMenu({ onHelp }: { onHelp: () => void }) {
  const t = useT();
  const session = useSession();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [password, setPassword] = useState(false);
  const name = session?.user.name ?? "";
  const signOut = async () => {
    await call("session.delete");
    cache.clear();
    await navigate("/sign-in");
  };
  return (
    <>
      <Dropdown
        trigger={["click"]}
        menu={{
          items: [
            {
              key: "who",
              type: "group",
              label: `${name} · ${session ? t(`role.${session.user.role}`) : ""} · Hawser ${session?.version ?? ""}`,
            },
            { key: "account", icon: <Icon name="user" />, label: t("account.title") },
            { key: "password", icon: <Icon name="key" />, label: t("user.change_password") },
            { key: "help", icon: <Icon name="help" />, label: t("help.title") },
            { type: "divider" },
            { key: "out", icon: <Icon name="out" />, label: t("user.sign_out") },
          ],
          onClick: ({ key }) => {
            if (key === "account") void navigate("/account");
            if (key === "password") setPassword(true);
            if (key === "help") onHelp();
            if (key === "out") void signOut();
          },
        }}
      >
        <Button type="text" className="quiet" title={t("user.menu", { name })}>
          <span className="avatar" aria-hidden>
            {name.slice(0, 1).toUpperCase()}
          </span>
          <span className="word">{name}</span>
        </Button>
      </Dropdown>
      {password && <PasswordDialog onClose={() => setPassword(false)} />}
    </>
  );
}
