import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { call, fetchRoute } from "../../api/client";
import { keys, useCan } from "../../api/queries";
import type { Fault, Message, Query as RouteQuery } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Empty } from "../../components/Empty";
import { FaultBox, toFault, useFaultText } from "../../components/FaultView";
import { Loading } from "../../components/Loading";
import { Pill } from "../../components/Pill";
import { At, isSet } from "../../components/Time";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { messageTone, waits } from "./words";

const perPage = 50;
const shows = ["waiting", "gave_up", "sent"] as const;
type Show = (typeof shows)[number];

const asked: Record<Show, RouteQuery<"message.list">> = {
  waiting: { waiting: true },
  gave_up: { state: "gave_up" },
  sent: { state: "sent" },
};

/** What has not been taken yet and why, what was given up, and what was sent. */
export function Messages() {
  const t = useT();
  const [search, setSearch] = useSearchParams();
  const show = shows.find((s) => s === search.get("which")) ?? "waiting";
  const query: RouteQuery<"message.list"> = { limit: perPage, ...asked[show] };
  const messages = useInfiniteQuery({
    queryKey: keys.messages(query),
    queryFn: ({ pageParam, signal }) =>
      fetchRoute("message.list", { query: { ...query, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  const all = list(messages.data?.pages).flatMap((p) => list(p.items));
  return (
    <>
      <div className="tools">
        <Segmented
          aria-label={t("message.show")}
          value={show}
          onChange={(value) => setSearch(value === "waiting" ? {} : { which: value }, { replace: true })}
          options={shows.map((s) => ({ value: s, label: t(`message.show.${s}`) }))}
        />
        <span className="grow" />
        <span className="t3 xs">{t("message.note")}</span>
      </div>
      {messages.isLoading && <Loading />}
      {messages.error && !messages.data && (
        <FaultBox fault={toFault(messages.error)} onRetry={() => void messages.refetch()} />
      )}
      {messages.data && (
        <Card label={t("alarms.view.messages")}>
          {all.length === 0 ? (
            <Empty
              icon={show === "waiting" ? "ok" : "mail"}
              title={t(`message.empty.${show}`)}
              text={t(`message.empty.${show}.text`)}
            />
          ) : (
            <ul className="lines">
              {all.map((m) => (
                <MessageLine key={m.id} message={m} subject />
              ))}
            </ul>
          )}
          {messages.hasNextPage && (
            <div className="pad-around">
              <Button loading={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>
                {t("common.older")}
              </Button>
            </div>
          )}
        </Card>
      )}
    </>
  );
}

/** A message to one recipient: how far it came, why not further, and what to do about it. */
export function MessageLine({ message, subject }: { message: Message; subject?: boolean }) {
  const t = useT();
  const faultText = useFaultText();
  const who = message.recipient || message.channel;
  return (
    <li className="message">
      <Pill tone={messageTone[message.state]} {...(message.state === "sent" ? {} : { icon: icons[message.state] })}>
        {t(`message.state.${message.state}`)}
      </Pill>
      <div className="grow col tight">
        <span className="wrap">
          <b>{who}</b>
          {message.recipient && <span className="t3"> · {message.channel}</span>}
        </span>
        {subject && message.subject && <span className="wrap">{message.subject}</span>}
        {message.fault && <span className="wrap bad">{faultText(message.fault).sentence}</span>}
        <span className="t3 xs">
          {isSet(message.sent) ? <At at={message.sent} /> : <At at={message.created} />}
          {message.attempts > 1 && ` · ${t("message.attempts", { count: message.attempts })}`}
          {waits(message) && isSet(message.due) && message.attempts > 0 && (
            <>
              {" · "}
              {t("message.next")} <At at={message.due} />
            </>
          )}
          {message.by &&
            ` · ${t(message.state === "gave_up" ? "message.given_up_by" : "message.by_node", { name: message.by })}`}
          {message.repeat && ` · ${t("message.repeat")}`}
        </span>
      </div>
      <MessageActs message={message} who={who} />
    </li>
  );
}

const icons = { queued: "clock", sending: "sync", trying: "warn", gave_up: "off" } as const;

function MessageActs({ message, who }: { message: Message; who: string }) {
  const t = useT();
  const can = useCan();
  const cache = useQueryClient();
  const ask = useConfirm();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const refresh = () =>
    Promise.all(
      [keys.messages(), keys.channels(), keys.alarms()].map((queryKey) => cache.invalidateQueries({ queryKey })),
    );
  if (message.state !== "trying" && message.state !== "queued") return null;
  const retry = async () => {
    setBusy(true);
    const result = await call("message.retry", { path: { message: message.id } });
    setBusy(false);
    setFault(result.ok ? undefined : result.fault);
    await refresh();
  };
  const giveUp = () =>
    ask({
      title: t("message.giveup_title", { who }),
      consequence: <p className="b">{t("message.giveup_text")}</p>,
      act: t("message.giveup"),
      tone: "danger",
      run: async () => {
        const result = await call("message.giveup", { path: { message: message.id } });
        await refresh();
        return result;
      },
    });
  return (
    <span className="row wrap">
      {fault && <FaultBox fault={fault} compact />}
      {can("message.retry") && message.state === "trying" && (
        <Button size="small" loading={busy} aria-label={t("message.retry_of", { who })} onClick={() => void retry()}>
          {t("message.retry")}
        </Button>
      )}
      {can("message.giveup") && (
        <Button size="small" danger aria-label={t("message.giveup_of", { who })} onClick={giveUp}>
          {t("message.giveup")}
        </Button>
      )}
    </span>
  );
}
