import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Table } from "antd";
import { useState } from "react";

import { call } from "../../api/client";
import { keys, queries, useCan } from "../../api/queries";
import type { Silence } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { Ago, At } from "../../components/Time";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { SilenceDialog } from "./SilenceDialog";
import { kindTitle } from "./words";

/** What is kept quiet, until when, and who wanted it so. */
export function Silences() {
  const t = useT();
  const can = useCan();
  const query = useQuery(queries.silences());
  const [making, setMaking] = useState(false);
  const make = can("silence.create") && (
    <Button type="primary" icon={<Icon name="plus" />} onClick={() => setMaking(true)}>
      {t("silence.create")}
    </Button>
  );
  return (
    <>
      <div className="tools">
        <span className="t3 xs">{t("silence.note")}</span>
        <span className="grow" />
        {make}
      </div>
      <Query query={query}>
        {(page) => (
          <Card label={t("alarms.view.silences")}>
            {list(page.items).length === 0 ? (
              <Empty icon="pause" title={t("silence.empty")} text={t("silence.empty_text")} />
            ) : (
              <Ready silences={list(page.items)} />
            )}
          </Card>
        )}
      </Query>
      {making && <SilenceDialog start={{ cluster: "", kind: "", object: "" }} onClose={() => setMaking(false)} />}
    </>
  );
}

function Ready({ silences }: { silences: readonly Silence[] }) {
  const t = useT();
  const can = useCan();
  const cache = useQueryClient();
  const ask = useConfirm();
  const about = (s: Silence) =>
    [s.kind && kindTitle(t, s.kind), s.object, s.cluster].filter(Boolean).join(" · ") || t("silence.everything");
  const end = (s: Silence) =>
    ask({
      title: t("silence.end_title", { about: about(s) }),
      consequence: <p className="b">{t("silence.end_text")}</p>,
      act: t("silence.end"),
      run: async () => {
        const result = await call("silence.delete", { path: { silence: s.id } });
        await cache.invalidateQueries({ queryKey: keys.silences() });
        await cache.invalidateQueries({ queryKey: keys.alarms() });
        return result;
      },
    });
  return (
    <Table<Silence>
      rowKey="id"
      dataSource={silences.toSorted((a, b) => Number(b.active) - Number(a.active) || b.until.localeCompare(a.until))}
      pagination={false}
      scroll={{ x: "max-content" }}
      columns={[
        {
          title: t("silence.about"),
          key: "about",
          render: (_, s) => (
            <div className="two">
              <b>{about(s)}</b>
              <small className="wrap">{s.reason}</small>
            </div>
          ),
        },
        {
          title: t("users.state"),
          key: "state",
          render: (_, s) => (
            <Pill tone={s.active ? "info" : "off"} icon={s.active ? "pause" : "off"}>
              {t(s.active ? "silence.active" : Date.parse(s.since) > Date.now() ? "silence.later" : "silence.ended")}
            </Pill>
          ),
        },
        {
          title: t("silence.ends"),
          key: "until",
          render: (_, s) => (
            <div className="two">
              <At at={s.until} />
              <small>
                {t("silence.since")} <Ago at={s.since} />
              </small>
            </div>
          ),
        },
        { title: t("silence.author"), dataIndex: "author", key: "author" },
        {
          title: <span className="visually-hidden">{t("common.actions")}</span>,
          key: "actions",
          align: "right",
          render: (_, s) =>
            can("silence.delete") &&
            s.active && (
              <Button size="small" aria-label={t("silence.end_of", { about: about(s) })} onClick={() => end(s)}>
                {t("silence.end")}
              </Button>
            ),
        },
      ]}
    />
  );
}
