import { Button } from "antd";
import { Fragment } from "react";

import type { VolumeShown } from "../../api/types";
import { ActsMenu } from "../../components/ActsMenu";
import { Icon } from "../../components/Icon";
import { toneIcon } from "../../components/tone";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { useDiskWord } from "./useDiskWord";
import { complete, type Flow, flowBetween, partings, type Side, sidesOf, sideTone } from "./volumes";
import { useVolumeActions } from "./useVolumeActions";

/** The sides of a volume, and what goes between them: the Primary at the left, in a row each with every other side. */
export function Sides({ cluster, shown }: { cluster: string; shown: VolumeShown }) {
  const [first, ...others] = sidesOf(shown);
  if (!first) return null;
  return (
    <div className="sides">
      {others.length === 0 && <SideBox cluster={cluster} shown={shown} side={first} />}
      {others.map((other, i) => (
        <Fragment key={other.node}>
          {i === 0 ? <SideBox cluster={cluster} shown={shown} side={first} /> : <span />}
          <Between shown={shown} flow={flowBetween(shown, first.node, other.node)} left={first.node} />
          <SideBox cluster={cluster} shown={shown} side={other} />
        </Fragment>
      ))}
    </div>
  );
}

function SideBox({ cluster, shown, side }: { cluster: string; shown: VolumeShown; side: Side }) {
  const t = useT();
  const disk = useDiskWord();
  const actions = useVolumeActions(cluster);
  // In a split brain no side is simply well, however complete its own data are.
  const own = sideTone(side);
  const tone = own === "ok" && shown.verdict === "split" ? "warn" : own;
  return (
    <section className={`side v-${tone}`} aria-label={side.node}>
      <div className="row">
        <b className="grow ell" title={side.node}>
          {side.node}
        </b>
        <ActsMenu menu={actions.menu(shown, side)}>
          <Button
            type="text"
            size="small"
            icon={<Icon name="more" />}
            aria-label={t("replication.acts_of", { node: side.node })}
          />
        </ActsMenu>
      </div>
      <p className="side-role">
        <Icon name={toneIcon[tone]} size={14} />
        {t(`replication.role.${side.role}`)}
        {t.language === "zh" && side.role !== "Unknown" && ` ${side.role}`}
      </p>
      <p>{side.state && !side.up ? t("replication.disk.down") : disk(side.disk)}</p>
      {side.replica?.disk && (
        <p className="mono t2 ell" title={side.replica.disk}>
          {side.replica.disk.split("/").at(-1)}
        </p>
      )}
      {side.state?.suspended && <p className="bad b">{t("replication.suspended")}</p>}
      {!side.state && <p className="t2">{t("replication.untold")}</p>}
      {side.role !== "Primary" && !complete(side) && <p className="t2">{t("replication.cannot_take_over")}</p>}
    </section>
  );
}

const flowTone = { apart: "bad", joined: "ok", sync: "warn", paused: "warn", verify: "info" } as const;

function Between({ shown, flow, left }: { shown: VolumeShown; flow: Flow; left: string }) {
  const t = useT();
  const format = useFormat();
  const back = flow.from !== left;
  const parting = partings.find((p) => p === flow.connection);
  const above =
    flow.kind === "sync" && flow.rate > 0 ? `${format.bytes(flow.rate)}/s` : t(`replication.flow.${flow.kind}`);
  return (
    <div className={`flow v-${flowTone[flow.kind]} ${flow.kind}${back ? " back" : ""}`}>
      <b>{above}</b>
      <span className="wire">
        <Icon
          name={flow.kind === "apart" ? "close" : "arrow"}
          size={14}
          {...(back && flow.kind !== "apart" ? { className: "flip" } : {})}
        />
      </span>
      <small className="t2">
        {flow.kind === "apart" && flow.connection
          ? parting
            ? t(`replication.connection.${parting}`)
            : flow.connection
          : shown.volume.driver === "mirror"
            ? t("replication.sync")
            : t("replication.by_protocol", { protocol: shown.volume.protocol || "–" })}
      </small>
      {flow.kind === "apart" && flow.left > 0 && (
        <small className="t2">{t("replication.out_of_sync", { bytes: format.bytes(flow.left) })}</small>
      )}
    </div>
  );
}
