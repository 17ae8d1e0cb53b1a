import { useQueryClient } from "@tanstack/react-query";
import { Button, Table } from "antd";

import { call } from "../api/client";
import { keys, useSession } from "../api/queries";
import type { Access } from "../api/types";
import { useConfirm } from "./Confirm";
import { Icon } from "./Icon";
import { Pill } from "./Pill";
import { Ago, At, isSet, useNow } from "./Time";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";

/** Sessions and API tokens; whoseOwn says by which route one is ended. */
export function AccessTable({ items, everybody }: { items: readonly Access[]; everybody?: boolean }) {
  const t = useT();
  const ask = useConfirm();
  const now = useNow();
  const cache = useQueryClient();
  const session = useSession();
  const end = (x: Access) =>
    ask({
      title: t(x.kind === "token" ? "access.revoke_token" : "access.revoke_session"),
      consequence: (
        <p className="b">
          {x.kind === "token"
            ? t("access.revoke_token_text", { label: x.label })
            : t("access.revoke_session_text", { user: x.user, address: x.address })}
        </p>
      ),
      act: t("access.revoke"),
      tone: "danger",
      run: async () => {
        const result = everybody
          ? await call("access.revoke", { path: { access: x.id } })
          : x.kind === "token"
            ? await call("token.revoke", { path: { token: x.id } })
            : await call("session.revoke", { path: { session: x.id } });
        for (const queryKey of [keys.access(), keys.sessions(), keys.tokens()]) {
          await cache.invalidateQueries({ queryKey });
        }
        return result;
      },
    });
  const mine = list(session?.permissions);
  if (items.length === 0) return <p className="t3">{t("access.none")}</p>;
  return (
    <Table<Access>
      rowKey="id"
      size="small"
      dataSource={[...items]}
      pagination={false}
      scroll={{ x: "max-content" }}
      columns={[
        {
          title: t("access.kind"),
          key: "kind",
          render: (_, x) => (
            <span className="row">
              <Icon name={x.kind === "token" ? "key" : x.kind === "cli" ? "right" : "globe"} />
              <div className="two">
                {x.label ?? t(`access.${x.kind}`)}
                {x.role && (
                  <small>
                    {[t(`role.${x.role}`), list(x.clusters).join(t("common.comma")) || t("access.all_clusters")].join(
                      " · ",
                    )}
                  </small>
                )}
              </div>
              {x.current && <span className="tag">{t("access.current")}</span>}
            </span>
          ),
        },
        ...(everybody
          ? [{ title: t("user.name"), key: "user", render: (_: unknown, x: Access) => <b>{x.user}</b> }]
          : []),
        {
          title: t("audit.address"),
          key: "address",
          render: (_, x) => <span className="mono">{x.address ?? "–"}</span>,
        },
        {
          title: t("access.seen"),
          key: "seen",
          render: (_, x) => (isSet(x.seen) ? <Ago at={x.seen} /> : <span className="t3">{t("users.never")}</span>),
        },
        {
          title: t("access.expires"),
          key: "expires",
          render: (_, x) =>
            Date.parse(x.expires) <= now ? <Pill tone="off">{t("access.expired")}</Pill> : <At at={x.expires} />,
        },
        {
          title: <span className="visually-hidden">{t("common.actions")}</span>,
          key: "act",
          align: "right",
          render: (_, x) =>
            !x.current && mine.includes(everybody ? "access.revoke" : "session.revoke") ? (
              <Button size="small" danger onClick={() => end(x)}>
                {t("access.revoke")}
              </Button>
            ) : null,
        },
      ]}
    />
  );
}
