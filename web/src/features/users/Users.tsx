import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Table } from "antd";
import { useState } from "react";
import { NavLink, useParams } from "react-router";

import { call } from "../../api/client";
import { keys, queries, useCan, useSession } from "../../api/queries";
import type { User } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { AccessTable } from "../../components/AccessTable";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { roleText } from "../../components/roles";
import { Ago, isSet } from "../../components/Time";
import { list } from "../../lib/list";
import { type MessageKey, useT } from "../../lib/i18n";
import { PolicyForm } from "./PolicyForm";
import { UserDialog } from "./UserDialog";

const views = [
  { path: "", route: "user.list", text: "users.title" },
  { path: "access", route: "access.list", text: "users.view.access" },
  { path: "policy", route: "policy.edit", text: "users.view.policy" },
] as const satisfies readonly { path: string; route: string; text: MessageKey }[];

/** Who may sign in and what they may do; who has; what holds for all of them. */
export function Users() {
  const t = useT();
  const can = useCan();
  const { view = "" } = useParams();
  const shown = views.some((v) => v.path === view) ? view : "";
  const users = useQuery({ ...queries.users(), enabled: shown === "" });
  const access = useQuery({ ...queries.access(), enabled: shown === "access" });
  const policy = useQuery(queries.policy());
  return (
    <div className="page">
      <nav className="views" aria-label={t("users.views")}>
        {views
          .filter((v) => can(v.route))
          .map((v) => (
            <NavLink
              key={v.path}
              to={v.path ? `/users/${v.path}` : "/users"}
              end
              className={v.path === shown ? "on" : ""}
              {...(v.path === shown ? { "aria-current": "page" } : {})}
            >
              {t(v.text)}
            </NavLink>
          ))}
      </nav>
      {shown === "" && <Query query={users}>{(page) => <Ready users={list(page.items)} />}</Query>}
      {shown === "access" && (
        <Card label={t("users.view.access")}>
          <Query query={access}>{(page) => <AccessTable items={list(page.items)} everybody />}</Query>
        </Card>
      )}
      {shown === "policy" && <Query query={policy}>{(p) => <PolicyForm key={JSON.stringify(p)} policy={p} />}</Query>}
    </div>
  );
}

function Ready({ users }: { users: readonly User[] }) {
  const t = useT();
  const session = useSession();
  const cache = useQueryClient();
  const ask = useConfirm();
  const [editing, setEditing] = useState<User | "new">();
  const refresh = () => cache.invalidateQueries({ queryKey: keys.users() });

  const setDisabled = (user: User, disabled: boolean) =>
    ask({
      title: t(disabled ? "users.disable_title" : "users.enable_title", { name: user.name }),
      consequence: <p className="b">{t(disabled ? "users.disable_text" : "users.enable_text")}</p>,
      act: t(disabled ? "users.disable" : "users.enable"),
      tone: disabled ? "danger" : "plain",
      run: async () => {
        const result = await call("user.edit", { path: { user: user.name }, body: { disabled } });
        await refresh();
        return result;
      },
    });
  const resetFactor = (user: User) =>
    ask({
      title: t("users.reset_totp_title", { name: user.name }),
      consequence: <p className="b">{t("users.reset_totp_text")}</p>,
      act: t("users.reset_totp"),
      tone: "danger",
      run: async () => {
        const result = await call("totp.reset", { path: { user: user.name } });
        await refresh();
        return result;
      },
    });
  const remove = (user: User) =>
    ask({
      title: t("users.delete_title", { name: user.name }),
      consequence: <p className="b">{t("users.delete_text")}</p>,
      act: t("users.delete_act", { name: user.name }),
      tone: "danger",
      typed: user.name,
      run: async () => {
        const result = await call("user.delete", { path: { user: user.name } });
        await refresh();
        return result;
      },
    });
  return (
    <>
      <div className="tools">
        <span className="t3 xs">{t(session?.separated ? "users.note_separated" : "users.note")}</span>
        <span className="grow" />
        <Button type="primary" icon={<Icon name="plus" />} onClick={() => setEditing("new")}>
          {t("users.create")}
        </Button>
      </div>
      <Card label={t("users.title")}>
        <Table<User>
          rowKey="name"
          dataSource={[...users]}
          pagination={false}
          columns={[
            {
              title: t("user.name"),
              key: "name",
              render: (_, u) => (
                <span className="row">
                  <span className="avatar">{u.name.slice(0, 1).toUpperCase()}</span>
                  <b>{u.name}</b>
                  {u.name === session?.user.name && <span className="tag">{t("users.you")}</span>}
                </span>
              ),
            },
            {
              title: t("user.role"),
              key: "role",
              render: (_, u) => (
                <div className="two">
                  {t(`role.${u.role}`)}
                  <small>{roleText(t, u.role, session)}</small>
                </div>
              ),
            },
            {
              title: t("users.state"),
              key: "state",
              render: (_, u) => (
                <div className="two">
                  <Pill tone={u.disabled ? "off" : "ok"}>{t(u.disabled ? "users.disabled" : "users.enabled")}</Pill>
                  {u.mustChange && <small>{t("users.must_change")}</small>}
                </div>
              ),
            },
            {
              title: t("account.second_factor"),
              key: "factor",
              render: (_, u) => (
                <span className={u.secondFactor ? "ok row" : "t3"}>
                  {u.secondFactor && <Icon name="shield" size={14} />}
                  {t(u.secondFactor ? "account.on" : "account.off")}
                </span>
              ),
            },
            {
              title: t("users.last_seen"),
              key: "seen",
              render: (_, u) =>
                isSet(u.lastSeen) ? <Ago at={u.lastSeen} /> : <span className="t3">{t("users.never")}</span>,
            },
            {
              title: <span className="visually-hidden">{t("common.actions")}</span>,
              key: "actions",
              width: 56,
              align: "right",
              render: (_, u) => (
                <ActsMenu
                  menu={{
                    items: [
                      { key: "edit", icon: <Icon name="edit" />, label: t("users.edit") },
                      u.disabled
                        ? { key: "enable", icon: <Icon name="check" />, label: t("users.enable") }
                        : {
                            key: "disable",
                            icon: <Icon name="pause" />,
                            label: t("users.disable"),
                            disabled: u.name === session?.user.name,
                          },
                      ...(u.secondFactor && u.name !== session?.user.name
                        ? [{ key: "reset", icon: <Icon name="shield" />, label: t("users.reset_totp") }]
                        : []),
                      { type: "divider" },
                      {
                        key: "delete",
                        icon: <Icon name="trash" />,
                        label: t("users.delete"),
                        danger: true,
                        disabled: u.name === session?.user.name,
                      },
                    ],
                    onClick: ({ key }) => {
                      if (key === "edit") setEditing(u);
                      else if (key === "delete") remove(u);
                      else if (key === "reset") resetFactor(u);
                      else setDisabled(u, key === "disable");
                    },
                  }}
                >
                  <Button
                    type="text"
                    size="small"
                    icon={<Icon name="more" />}
                    aria-label={t("users.actions_of", { name: u.name })}
                  />
                </ActsMenu>
              ),
            },
          ]}
        />
      </Card>
      {editing && <UserDialog user={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />}
    </>
  );
}
