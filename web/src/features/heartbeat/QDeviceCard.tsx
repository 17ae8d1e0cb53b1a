import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, QDeviceStatus } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { QDeviceDrawer } from "./QDeviceDrawer";
import { QDeviceState } from "./QDeviceState";

/** The arbiter outside of the cluster: what the nodes and it say of each other, and how to have one or be without it. */
export function QDeviceCard({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const query = useQuery(queries.qdevice(detail.name));
  const [editing, setEditing] = useState(false);
  const device = query.data?.device;
  const nodes = list(detail.nodes).length;
  const set = can("qdevice.set");
  const remove = (asked: QDeviceStatus) => {
    // With a quorum device every node has one vote.
    const needed = Math.floor(nodes / 2) + 1;
    ask({
      title: t("qdevice.remove.title"),
      consequence: (
        <div className="col tight">
          <p className="b">
            {nodes === 2
              ? t("qdevice.remove.two")
              : t("qdevice.remove.votes", { nodes, needed, count: nodes - needed })}
          </p>
          <p className="t2">{t("qdevice.remove.running")}</p>
          <p className="t2">{t("qdevice.remove.undo", { host: asked.host })}</p>
        </div>
      ),
      act: t("qdevice.remove.act", { host: asked.host }),
      tone: "danger",
      run: () => act("qdevice.remove", { path: { cluster: detail.name } }),
    });
  };
  return (
    <Card
      title={t("qdevice.title")}
      note={t("qdevice.note")}
      extra={
        device && (
          <>
            <Pill tone={device.connected ? "ok" : "bad"}>
              {t(device.connected ? "qdevice.connected" : "qdevice.cut")}
            </Pill>
            <Button
              size="small"
              icon={<Icon name="sliders" size={14} />}
              disabled={!set}
              title={set ? undefined : t("qdevice.no_permission")}
              onClick={() => setEditing(true)}
            >
              {t("qdevice.edit")}
            </Button>
            <Button
              size="small"
              disabled={!can("qdevice.remove")}
              title={can("qdevice.remove") ? undefined : t("qdevice.no_permission")}
              onClick={() => remove(device)}
            >
              {t("qdevice.remove")}
            </Button>
          </>
        )
      }
    >
      <Query query={query} rows={3}>
        {(shown) =>
          shown.device ? (
            <QDeviceState detail={detail} device={shown.device} />
          ) : (
            <Empty
              icon="scales"
              title={t("qdevice.empty")}
              text={t(nodes === 2 ? "qdevice.empty_two" : nodes % 2 === 0 ? "qdevice.empty_even" : "qdevice.empty_odd")}
              action={
                <Button
                  icon={<Icon name="plus" />}
                  disabled={!set}
                  title={set ? undefined : t("qdevice.no_permission")}
                  onClick={() => setEditing(true)}
                >
                  {t("qdevice.set")}
                </Button>
              }
            />
          )
        }
      </Query>
      {editing && <QDeviceDrawer detail={detail} device={device} onClose={() => setEditing(false)} />}
    </Card>
  );
}
