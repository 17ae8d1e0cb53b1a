import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, QuorumShown } from "../../api/types";
import { Card } from "../../components/Card";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { gap, useT } from "../../lib/i18n";
import { QuorumDrawer } from "./QuorumDrawer";
import { survivalSentence } from "./survival";

/** Votes that are there, needed, and may still be lost; in words what the cluster survives. */
export function Quorum({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const can = useCan();
  const query = useQuery(queries.quorum(detail.name));
  const [editing, setEditing] = useState(false);
  const quorate = query.data?.quorate ?? detail.state?.quorate;
  return (
    <Card
      title={t("quorum.title")}
      extra={
        <>
          {quorate !== undefined && (
            <Pill tone={quorate ? "ok" : "bad"}>{t(quorate ? "quorum.yes" : "quorum.no")}</Pill>
          )}
          {query.data && (
            <Button
              size="small"
              icon={<Icon name="sliders" size={14} />}
              disabled={!can("quorum.edit")}
              onClick={() => setEditing(true)}
            >
              {t("quorum.edit")}
            </Button>
          )}
        </>
      }
      pad
    >
      <Query query={query} rows={3}>
        {(quorum) => (
          <>
            <Ready quorum={quorum} />
            {editing && <QuorumDrawer detail={detail} quorum={quorum} onClose={() => setEditing(false)} />}
          </>
        )}
      </Query>
    </Card>
  );
}

function Ready({ quorum }: { quorum: QuorumShown }) {
  const t = useT();
  const format = useFormat();
  const { device } = quorum;
  return (
    <div className="col">
      <p>
        <b>{survivalSentence(t, quorum.survives)}</b>
        {gap(t)}
        {t("quorum.sentence", { votes: quorum.votes, expected: quorum.expectedVotes, needed: quorum.needed })}
      </p>
      <ul className="votes">
        {list(quorum.nodes).map((n) => (
          <li key={n.node} className={n.online ? "v-ok" : "v-off"}>
            <span className="row">
              <Icon name={n.online ? "ok" : "off"} size={14} />
              <b>{t("quorum.votes", { count: n.votes })}</b>
            </span>
            <span className="t2">{n.node}</span>
          </li>
        ))}
        {device && (
          <li className={device.connected ? "v-info" : "v-bad"}>
            <span className="row">
              <Icon name={device.connected ? "ok" : "bad"} size={14} />
              <b>{t("quorum.votes", { count: device.votes })}</b>
            </span>
            <span className="t2">{t("qdevice.title")}</span>
          </li>
        )}
      </ul>
      {list(quorum.inForce).length > 0 && (
        <p className="row wrap xs t2">
          {t("quorum.in_force")}
          {list(quorum.inForce).map((o) => (
            <span key={o} className="tag mono">
              {o}
            </span>
          ))}
        </p>
      )}
      {list(quorum.restart).length > 0 && (
        <p className="note-box v-warn">
          <Icon name="warn" />
          {t("quorum.restart", { options: format.list(list(quorum.restart)) })}
        </p>
      )}
    </div>
  );
}
