import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, Fencing, SbdHost, SbdView } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { SbdDialog } from "./SbdDialog";
import { SbdTimes } from "./SbdTimes";

/** SBD: nodes that reset themselves with a watchdog, and each other over a shared disk. */
export function SbdCard({ detail, fencing }: { detail: ClusterDetail; fencing: Fencing }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const query = useQuery(queries.sbd(detail.name));
  const [editing, setEditing] = useState(false);
  const view = query.data;
  const others = list(fencing.devices).filter((d) => d.id !== view?.resource);
  const remove = () =>
    ask({
      title: t("sbd.remove.title"),
      consequence: (
        <div className="col tight">
          <p className="b">{t(others.length > 0 ? "sbd.remove.consequence" : "sbd.remove.unprotects")}</p>
          <p className="t2">{t("sbd.remove.undo")}</p>
        </div>
      ),
      act: t("sbd.remove.act"),
      tone: "danger",
      ...(others.length === 0 ? { force: t("sbd.remove.force") } : {}),
      run: ({ force }) => act("sbd.remove", { path: { cluster: detail.name }, body: force ? { force } : {} }),
    });
  const edit = (
    <Button
      size={view?.configured ? "small" : "middle"}
      icon={<Icon name={view?.configured ? "edit" : "plus"} size={14} />}
      disabled={!can("sbd.set")}
      title={can("sbd.set") ? undefined : t("preferences.no_permission")}
      onClick={() => setEditing(true)}
    >
      {t(view?.configured ? "sbd.edit" : "sbd.set.short")}
    </Button>
  );
  return (
    <Card
      className="sbd"
      title={t("sbd.title")}
      note={t("sbd.note")}
      extra={
        view?.configured && (
          <>
            <Pill tone={view.active ? "ok" : "warn"}>{t(view.active ? "sbd.active" : "sbd.inactive")}</Pill>
            {edit}
            <Button size="small" disabled={!can("sbd.remove")} onClick={remove}>
              {t("sbd.remove.short")}
            </Button>
          </>
        )
      }
    >
      <Query query={query} rows={3}>
        {(shown) =>
          shown.configured ? (
            <Ready view={shown} />
          ) : (
            <Empty icon="clock" title={t("sbd.empty")} text={t("sbd.empty_text")} action={edit} />
          )
        }
      </Query>
      {editing && view && <SbdDialog detail={detail} view={view} onClose={() => setEditing(false)} />}
    </Card>
  );
}

function Ready({ view }: { view: SbdView }) {
  const t = useT();
  const devices = list(view.devices);
  return (
    <>
      <div className="pad col">
        <p>
          <b>{t(devices.length > 0 ? "sbd.mode.disk" : "sbd.mode.diskless")}</b>
          {t("common.colon")}
          {devices.length > 0 ? <span className="mono wrap">{devices.join(" ")}</span> : t("sbd.mode.diskless.short")}
        </p>
        {list(view.findings).map((f, i) => {
          const tone = f.level === "unprotected" ? "bad" : "warn";
          return (
            <div key={`${f.code}/${i}`} className={`note-box v-${tone}`}>
              <Icon name={tone} />
              <div className="grow">{t.words(`sbd.finding.${f.code}`, f.args)}</div>
            </div>
          );
        })}
      </div>
      <div className="beats-scroll" role="region" aria-label={t("sbd.nodes")} tabIndex={0}>
        <table className="beats">
          <thead>
            <tr>
              <th scope="col">{t("nodes.node")}</th>
              <th scope="col">{t("sbd.daemon")}</th>
              <th scope="col">{t("sbd.watchdog")}</th>
              {devices.map((d, i) => (
                <th key={d} scope="col" title={d}>
                  {t("sbd.device_of", { number: i + 1 })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Object.entries(view.nodes)
              .toSorted(([a], [b]) => a.localeCompare(b))
              .map(([node, host]) => (
                <Row key={node} node={node} host={host} devices={devices} />
              ))}
          </tbody>
        </table>
      </div>
      {view.times && (
        <div className="pad">
          <h3 className="gap-small">{t("sbd.times")}</h3>
          <SbdTimes times={view.times} />
        </div>
      )}
    </>
  );
}

function Row({ node, host, devices }: { node: string; host: SbdHost; devices: readonly string[] }) {
  const t = useT();
  const chosen = host.settings?.SBD_WATCHDOG_DEV ?? "";
  const watchdog = list(host.watchdogs).find((w) => w.device === chosen) ?? list(host.watchdogs)[0];
  const state = !host.installed ? "not_installed" : host.active ? "running" : host.enabled ? "waiting" : "off";
  const tone = state === "running" ? "ok" : state === "waiting" ? "warn" : "bad";
  return (
    <tr>
      <th scope="row">{node}</th>
      <td className={tone === "ok" ? undefined : `broken v-${tone}`}>
        <Pill tone={tone}>{t(`sbd.state.${state}`)}</Pill>
      </td>
      <td className={watchdog ? undefined : "broken v-bad"}>
        {watchdog ? (
          <>
            <span className="mono">{chosen || watchdog.device}</span>
            <span className={watchdog.soft ? "warn row xs" : "t2 xs"}>
              {watchdog.soft && <Icon name="warn" size={14} />}
              {[watchdog.identity, watchdog.timeout && `${watchdog.timeout} s`].filter(Boolean).join(" · ")}
            </span>
          </>
        ) : (
          <span className="bad row">
            <Icon name="bad" size={14} />
            {t("sbd.no_watchdog")}
          </span>
        )}
      </td>
      {devices.map((d) => {
        const disk = list(host.disks).find((x) => x.device === d);
        const well = disk?.content === "sbd";
        return (
          <td key={d} className={well ? undefined : "broken v-bad"}>
            <span className={well ? "row ok" : "row bad"}>
              <Icon name={well ? "ok" : "bad"} size={14} />
              {well ? t("sbd.header") : disk && !disk.missing ? t("sbd.no_header") : t("sbd.missing")}
            </span>
            {well && (
              <span className="t2 xs">
                {t("sbd.header_times", { watchdog: disk.watchdog ?? 0, msgwait: disk.msgwait ?? 0 })}
              </span>
            )}
          </td>
        );
      })}
    </tr>
  );
}
