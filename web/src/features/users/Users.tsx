import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown, Table } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries, useSession } from "../../api/queries";
import type { User } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { Ago, isSet } from "../../components/Time";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { UserDialog } from "./UserDialog";

/** Who may sign in, and what they may do. */
export function Users() {
  const query = useQuery(queries.users());
  return (
    <div className="page">
      <Query query={query}>{(page) => <Ready users={list(page.items)} />}</Query>
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
        <span className="t3 xs">{t("users.note")}</span>
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
                  <small>{t(`role.${u.role}.text`)}</small>
                </div>
              ),
            },
            {
              title: t("users.state"),
              key: "state",
              render: (_, u) => (
                <Pill tone={u.disabled ? "off" : "ok"}>{t(u.disabled ? "users.disabled" : "users.enabled")}</Pill>
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
                <Dropdown
                  trigger={["click"]}
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
                </Dropdown>
              ),
            },
          ]}
        />
      </Card>
      {editing && <UserDialog user={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />}
    </>
  );
}
