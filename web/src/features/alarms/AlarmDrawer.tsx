import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Form, Input, Modal } from "antd";
import { Fragment, type ReactNode, useState } from "react";
import { Link } from "react-router";

import { call } from "../../api/client";
import { keys, queries, useCan } from "../../api/queries";
import type { Alarm, AlarmDetail } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { EventLine } from "../../components/EventLine";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { Query } from "../../components/Query";
import { Ago, At, isSet } from "../../components/Time";
import { useSaving } from "../../components/useSaving";
import { list } from "../../lib/list";
import { type Translate, useT } from "../../lib/i18n";
import { MessageLine } from "./Messages";
import { Severity } from "./Severity";
import { SilenceDialog } from "./SilenceDialog";
import { kindTitle, objectText, placeOf } from "./words";

/** One alarm: what happened around it, who was told, and what can be done about it. */
export function AlarmDrawer({ id, onClose }: { id: number | undefined; onClose: () => void }) {
  const t = useT();
  const query = useQuery({ ...queries.alarm(id ?? 0), enabled: id !== undefined });
  const alarm = query.data;
  return (
    <Drawer
      open={id !== undefined}
      onClose={onClose}
      size={440}
      mask={false}
      rootClassName="below-top"
      title={
        alarm ? (
          <span className="row">
            {kindTitle(t, alarm.kind)}
            <Severity alarm={alarm} />
          </span>
        ) : (
          t("alarms.alarm", { id })
        )
      }
    >
      {id !== undefined && <Query query={query}>{(data) => <Ready alarm={data} />}</Query>}
    </Drawer>
  );
}

function Ready({ alarm }: { alarm: AlarmDetail }) {
  const t = useT();
  const place = placeOf(alarm);
  return (
    <section className="col" aria-label={kindTitle(t, alarm.kind)} tabIndex={0}>
      <p className="b wrap">{t.words(`event.${alarm.event}`, alarm.args, alarm.event)}</p>
      <Acts alarm={alarm} />
      <Card label={t("alarms.facts")} pad>
        <dl className="kv">
          {facts(t, alarm).map(([name, value]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
      </Card>
      {place && (
        <Link to={place} className="row">
          <Icon name="arrow" size={14} /> {t("alarms.go")}
        </Link>
      )}
      <Card title={t("alarms.happened")} pad>
        {list(alarm.events).length === 0 ? (
          <p className="t2">{t("alarms.nothing_happened")}</p>
        ) : (
          <ol className="timeline">
            {list(alarm.events).map((event) => (
              <EventLine key={event.id} event={event} />
            ))}
          </ol>
        )}
      </Card>
      <Card title={t("alarms.told")} extra={<span className="t3 xs">{list(alarm.messages).length}</span>}>
        {list(alarm.messages).length === 0 ? (
          <p className="pad-around t2">{t(alarm.silenced ? "alarms.told_silenced" : "alarms.told_nobody")}</p>
        ) : (
          <ul className="lines">
            {list(alarm.messages).map((m) => (
              <MessageLine key={m.id} message={m} />
            ))}
          </ul>
        )}
      </Card>
    </section>
  );
}

function facts(t: Translate, alarm: Alarm): [string, ReactNode][] {
  const resolvedBy = alarm.resolvedBy ?? "";
  const ender = resolvedBy.startsWith("user:")
    ? resolvedBy.slice("user:".length)
    : t.words(`event.title.${resolvedBy}`, undefined, t("alarms.by_itself"));
  return [
    [t("overview.cluster"), alarm.cluster ?? t("alarms.server")],
    [t("alarms.object"), objectText(alarm) || t("alarms.whole_cluster")],
    [
      t("alarms.since"),
      <>
        <At at={alarm.opened} /> · <Ago at={alarm.opened} />
      </>,
    ],
    ...(alarm.count > 1
      ? [
          [
            t("alarms.count"),
            <>
              {alarm.count} · {t("alarms.last")} <Ago at={alarm.last} />
            </>,
          ] as [string, ReactNode],
        ]
      : []),
    ...(alarm.ack
      ? [
          [
            t("alarms.acked_by"),
            <>
              {alarm.ack.by} · <Ago at={alarm.ack.at} />
              {alarm.ack.note && <div className="t2">{alarm.ack.note}</div>}
            </>,
          ] as [string, ReactNode],
        ]
      : []),
    ...(alarm.state === "resolved" && !alarm.notice && isSet(alarm.resolved)
      ? [
          [
            t("alarms.over_since"),
            <>
              <At at={alarm.resolved} /> · {ender}
            </>,
          ] as [string, ReactNode],
        ]
      : []),
  ];
}

/** Take on, silence, resolve by hand: what an operator does about an open alarm. */
function Acts({ alarm }: { alarm: Alarm }) {
  const t = useT();
  const can = useCan();
  const cache = useQueryClient();
  const ask = useConfirm();
  const [dialog, setDialog] = useState<"ack" | "silence">();
  if (alarm.state !== "open") return null;
  const resolve = () =>
    ask({
      title: t("alarms.resolve_title"),
      consequence: <p className="b">{t("alarms.resolve_text")}</p>,
      act: t("alarms.resolve"),
      run: async () => {
        const result = await call("alarm.resolve", { path: { alarm: alarm.id } });
        await cache.invalidateQueries({ queryKey: keys.alarms() });
        return result;
      },
    });
  return (
    <div className="row wrap">
      {can("alarm.ack") && !alarm.ack && (
        <Button type="primary" icon={<Icon name="check" />} onClick={() => setDialog("ack")}>
          {t("alarms.ack")}
        </Button>
      )}
      {can("silence.create") && (
        <Button icon={<Icon name="pause" />} onClick={() => setDialog("silence")}>
          {t("silence.create")}
        </Button>
      )}
      {can("alarm.resolve") && <Button onClick={resolve}>{t("alarms.resolve")}</Button>}
      {dialog === "ack" && <AckDialog alarm={alarm} onClose={() => setDialog(undefined)} />}
      {dialog === "silence" && (
        <SilenceDialog
          start={{ cluster: alarm.cluster ?? "", kind: alarm.kind, object: alarm.object ?? "" }}
          onClose={() => setDialog(undefined)}
        />
      )}
    </div>
  );
}

function AckDialog({ alarm, onClose }: { alarm: Alarm; onClose: () => void }) {
  const t = useT();
  const cache = useQueryClient();
  const [note, setNote] = useState("");
  const { busy, fault, save } = useSaving(() => {
    void cache.invalidateQueries({ queryKey: keys.alarms() });
    onClose();
  });
  const send = () =>
    save(() => call("alarm.ack", { path: { alarm: alarm.id }, body: note.trim() ? { note: note.trim() } : {} }));
  return (
    <Modal
      open
      title={t("alarms.ack_title", { title: kindTitle(t, alarm.kind) })}
      okText={t("alarms.ack")}
      cancelText={t("common.cancel")}
      confirmLoading={busy}
      onOk={() => void send()}
      onCancel={onClose}
    >
      <Form layout="vertical" component="div" requiredMark={false}>
        <Form.Item label={t("alarms.ack_note")} htmlFor="ack-note" extra={t("alarms.ack_text")}>
          <Input.TextArea
            id="ack-note"
            autoFocus
            rows={2}
            maxLength={1000}
            value={note}
            placeholder={t("alarms.ack_placeholder")}
            onChange={(ev) => setNote(ev.target.value)}
          />
        </Form.Item>
      </Form>
      {fault && <FaultBox fault={fault} compact />}
    </Modal>
  );
}
