import type { MenuProps } from "antd";

import { useCan } from "../../api/queries";
import type { Body, VolumeShown } from "../../api/types";
import { useConfirm } from "../../components/Confirm";
import { Icon, type IconName } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { complete, flowBetween, type Side, sidesOf } from "./volumes";

type Act = Exclude<Body<"volume.act">["action"], "limit">;

const acts = [
  "promote",
  "connect",
  "disconnect",
  "attach",
  "detach",
  "pause",
  "resume",
  "verify",
  "invalidate",
] as const satisfies readonly Act[];

const icons: Record<Act, IconName> = {
  promote: "star",
  connect: "link",
  disconnect: "close",
  attach: "disk",
  detach: "stop",
  pause: "pause",
  resume: "play",
  verify: "check",
  invalidate: "sync",
};

const dangerous: ReadonlySet<Act> = new Set(["detach", "disconnect", "invalidate"]);

/** Whether an act can have an effect on a side now; the server has the last word. */
export function useful(act: Act, shown: VolumeShown, side: Side): boolean {
  const others = sidesOf(shown).filter((s) => s.node !== side.node);
  const flows = others.map((o) => flowBetween(shown, side.node, o.node));
  const joined = flows.some((f) => f.kind !== "apart");
  const source = others.some((o) => complete(o)) && joined;
  const works = side.up && !["Diskless", "Failed", "Detaching", "DUnknown", ""].includes(side.disk);
  switch (act) {
    case "promote":
      return side.role !== "Primary" && (shown.resource ? true : side.up && (complete(side) || source));
    case "connect":
      return side.up && flows.some((f) => f.kind === "apart") && shown.verdict !== "split";
    case "disconnect":
      return side.up && joined;
    case "attach":
      return side.up && !works;
    case "detach":
      return works && source;
    case "pause":
      return flows.some((f) => f.kind === "sync");
    case "resume":
      return flows.some((f) => f.kind === "paused");
    case "verify":
      return flows.some((f) => f.kind === "joined") && (shown.volume.driver === "drbd" || side.role === "Primary");
    case "invalidate":
      return side.up && side.role !== "Primary" && source;
  }
}

/** What may be done with one side of a volume; each says what becomes of the data. */
export function useVolumeActions(cluster: string) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();

  const run = (what: Act, shown: VolumeShown, side: Side) => {
    const volume = shown.volume.name;
    const args = { volume, node: side.node };
    const primary = sidesOf(shown).find((s) => s.role === "Primary")?.node;
    ask({
      title: t(`replication.act.${what}.title`, args),
      consequence: (
        <div className="col tight">
          <p className="b">{t(`replication.act.${what}.consequence`, args)}</p>
          {what === "promote" && shown.resource && (
            <p className="t2">
              {shown.user ? t("replication.act.promote.moves", { user: shown.user }) : t("replication.act.promote.by")}
            </p>
          )}
          {what === "promote" && primary && (
            <p className="t2">{t("replication.act.promote.from", { node: primary })}</p>
          )}
          <p className="t2">{t(`replication.act.${what}.undo`, args)}</p>
        </div>
      ),
      act: t(`replication.act.${what}.act`, args),
      tone: dangerous.has(what) ? "danger" : "plain",
      ...(what === "invalidate" ? { typed: volume } : {}),
      // Where Pacemaker runs the volume, its scheduler says what moves along.
      ...(what === "promote" && shown.resource
        ? { forecast: { cluster, scenario: { move: [{ resource: shown.resource, node: side.node, promoted: true }] } } }
        : {}),
      run: () => act("volume.act", { path: { cluster, volume }, body: { action: what, node: side.node } }),
    });
  };

  const menu = (shown: VolumeShown, side: Side): MenuProps => {
    const item = (what: Act) => ({
      key: what,
      icon: <Icon name={icons[what]} />,
      label: t(`replication.act.${what}.short`),
      danger: what === "invalidate",
      disabled: !useful(what, shown, side) || !can("volume.act"),
    });
    const syncing = flowsPaused(shown, side) ? item("resume") : item("pause");
    const joined = useful("disconnect", shown, side) ? item("disconnect") : item("connect");
    const disk = useful("attach", shown, side) ? item("attach") : item("detach");
    return {
      items: [
        item("promote"),
        { type: "divider" },
        joined,
        ...(shown.volume.driver === "drbd" ? [disk] : []),
        { type: "divider" },
        syncing,
        item("verify"),
        { type: "divider" },
        item("invalidate"),
      ],
      onClick: ({ key, domEvent }) => {
        domEvent.stopPropagation();
        const what = acts.find((a) => a === key);
        if (what) run(what, shown, side);
      },
    };
  };

  return { run, menu };
}

function flowsPaused(shown: VolumeShown, side: Side): boolean {
  return list(side.state?.peers).some((p) => flowBetween(shown, side.node, p.node).kind === "paused");
}
