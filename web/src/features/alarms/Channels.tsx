import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Switch, Table } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries, useCan } from "../../api/queries";
import type { Channel, ChannelForm } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Empty } from "../../components/Empty";
import { useFaultText } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { IconButton } from "../../components/IconButton";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { Ago, isSet } from "../../components/Time";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { ChannelDrawer } from "./ChannelDrawer";
import { TestDialog, type Tried, tryChannel } from "./ChannelTest";

/** Where alarms are sent, and how that goes. */
export function Channels() {
  const t = useT();
  const can = useCan();
  const query = useQuery(queries.channels());
  const [editing, setEditing] = useState<Channel | "new">();
  const make = can("channel.create") && (
    <Button type="primary" icon={<Icon name="plus" />} onClick={() => setEditing("new")}>
      {t("channel.create")}
    </Button>
  );
  return (
    <>
      <Query query={query}>
        {(page) =>
          list(page.items).length === 0 ? (
            <section className="card">
              <Empty icon="mail" title={t("channel.empty")} text={t("channel.empty_text")} action={make} />
            </section>
          ) : (
            <>
              <div className="tools">
                <span className="t3 xs">{t("channel.note")}</span>
                <span className="grow" />
                {make}
              </div>
              <Ready channels={list(page.items)} onEdit={setEditing} />
            </>
          )
        }
      </Query>
      {editing && (
        <ChannelDrawer channel={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />
      )}
    </>
  );
}

/** Who gets it: recipients of a mail, the address of a webhook. */
function goesTo(channel: Channel): string {
  return channel.mail ? list(channel.mail.recipients).join(", ") : (channel.webhook?.url ?? "");
}

/** A channel as it is, without what is secret: the form that changes it. */
function formOf(channel: Channel): ChannelForm {
  const { kind, enabled, language, mail, webhook, subject, text } = channel;
  return {
    kind,
    enabled,
    language,
    ...(mail ? { mail } : {}),
    // The address is shown without its key; left out, it stays as it was.
    ...(webhook ? { webhook: {} } : {}),
    ...(subject ? { subject } : {}),
    ...(text ? { text } : {}),
  };
}

function Ready({ channels, onEdit }: { channels: readonly Channel[]; onEdit: (channel: Channel) => void }) {
  const t = useT();
  const can = useCan();
  const cache = useQueryClient();
  const ask = useConfirm();
  const faultText = useFaultText();
  const [testing, setTesting] = useState<{ channel: Channel; tried?: Tried }>();
  const test = async (channel: Channel) => {
    const begun = { channel };
    setTesting(begun);
    const tried = await tryChannel(channel.name);
    // Whoever has closed the dialog meanwhile does not want to see it again.
    setTesting((now) => (now === begun ? { channel, tried } : now));
  };
  const refresh = () => cache.invalidateQueries({ queryKey: keys.channels() });
  const turn = (channel: Channel, enabled: boolean) =>
    ask({
      title: t(enabled ? "channel.on_title" : "channel.off_title", { name: channel.name }),
      consequence: <p className="b">{t(enabled ? "channel.on_text" : "channel.off_text")}</p>,
      act: t(enabled ? "channel.on" : "channel.off"),
      run: async () => {
        const result = await call("channel.edit", {
          path: { channel: channel.name },
          body: { ...formOf(channel), enabled },
        });
        await refresh();
        return result;
      },
    });
  const remove = (channel: Channel) =>
    ask({
      title: t("channel.delete_title", { name: channel.name }),
      consequence: <p className="b">{t("channel.delete_text", { count: channel.waiting })}</p>,
      act: t("channel.delete"),
      tone: "danger",
      typed: channel.name,
      run: async () => {
        const result = await call("channel.delete", { path: { channel: channel.name } });
        await refresh();
        return result;
      },
    });
  return (
    <Card label={t("alarms.view.channels")}>
      <Table<Channel>
        rowKey="name"
        dataSource={[...channels]}
        pagination={false}
        scroll={{ x: "max-content" }}
        columns={[
          {
            title: t("channel.name"),
            key: "name",
            render: (_, c) => (
              <span className="row">
                <Icon name={c.kind === "mail" ? "mail" : "link"} className="t3" />
                <span className="two">
                  <b>{c.name}</b>
                  <small>{t(`channel.kind.${c.kind}`)}</small>
                </span>
              </span>
            ),
          },
          {
            title: t("channel.to"),
            key: "to",
            render: (_, c) => (
              <div className="two channel-to">
                <span className="ell" title={goesTo(c)}>
                  {goesTo(c)}
                </span>
                {c.mail && (
                  <small>
                    {c.mail.server}:{c.mail.port} · {t(`channel.security.${c.mail.security}`)}
                    {c.mail.fromNodes && ` · ${t("channel.from_nodes_short")}`}
                  </small>
                )}
              </div>
            ),
          },
          {
            title: t("users.state"),
            key: "state",
            render: (_, c) => (
              <div className="two channel-state">
                <State channel={c} />
                {c.enabled && c.fault && <small className="wrap">{faultText(c.fault).sentence}</small>}
              </div>
            ),
          },
          {
            title: t("channel.waiting"),
            key: "waiting",
            align: "right",
            render: (_, c) => <span className={c.waiting > 0 ? "b warn" : "t3"}>{c.waiting}</span>,
          },
          {
            title: t("channel.last_sent"),
            key: "sent",
            render: (_, c) =>
              isSet(c.lastSent) ? <Ago at={c.lastSent} /> : <span className="t3">{t("channel.never")}</span>,
          },
          {
            title: t("channel.switch"),
            key: "on",
            render: (_, c) => (
              <Switch
                size="small"
                checked={c.enabled}
                disabled={!can("channel.edit")}
                aria-label={t("channel.switch_of", { name: c.name })}
                onChange={(on) => turn(c, on)}
              />
            ),
          },
          {
            title: <span className="visually-hidden">{t("common.actions")}</span>,
            key: "actions",
            align: "right",
            render: (_, c) => (
              <span className="acts">
                {can("channel.test") && (
                  <Button size="small" aria-label={t("channel.test_of", { name: c.name })} onClick={() => void test(c)}>
                    {t("channel.test")}
                  </Button>
                )}
                {can("channel.edit") && (
                  <IconButton icon="edit" label={t("channel.edit_of", { name: c.name })} onClick={() => onEdit(c)} />
                )}
                {can("channel.delete") && (
                  <IconButton icon="trash" label={t("channel.delete_of", { name: c.name })} onClick={() => remove(c)} />
                )}
              </span>
            ),
          },
        ]}
      />
      {testing && (
        <TestDialog
          channel={testing.channel}
          tried={testing.tried}
          onAgain={() => void test(testing.channel)}
          onClose={() => setTesting(undefined)}
        />
      )}
    </Card>
  );
}

function State({ channel }: { channel: Channel }) {
  const t = useT();
  if (!channel.enabled) return <Pill tone="off">{t("channel.state.off")}</Pill>;
  if (channel.fault) return <Pill tone="bad">{t("channel.state.broken")}</Pill>;
  if (!isSet(channel.lastSent))
    return (
      <Pill tone="off" icon="unknown">
        {t("channel.state.untried")}
      </Pill>
    );
  return <Pill tone="ok">{t("channel.state.works")}</Pill>;
}
