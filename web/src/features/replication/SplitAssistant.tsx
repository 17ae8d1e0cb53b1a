import { Button, Input, Radio } from "antd";
import { type ReactNode, useState } from "react";

import { useCan } from "../../api/queries";
import type { Fault, Operation, SplitSide, VolumeShown, VolumeState } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { operationDone } from "../../components/operation";
import { OperationSteps } from "../../components/Steps";
import { Ago, At, isSet } from "../../components/Time";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { gap, useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { useDiskWord } from "./useDiskWord";
import { advisedSide } from "./volumes";

const stages = ["see", "choose", "confirm", "carry_out"] as const;
type Stage = (typeof stages)[number];

/** Ends a split brain: the evidence of each side, whose data are kept, what is lost by it, and then it is done. */
export function SplitAssistant({
  cluster,
  shown,
  operation,
}: {
  cluster: string;
  shown: VolumeShown;
  /** The one that ends it, as soon as it has begun. */
  operation: Operation | undefined;
}) {
  const t = useT();
  const volume = shown.volume.name;
  const [keep, setKeep] = useState<string>();
  const [again, setAgain] = useState<string>();
  // One that has failed is looked at, and then the choice is made again.
  const running = operation && again !== operation.id ? operation : undefined;
  const failed = running && operationDone(running) && running.state !== "succeeded";
  const stage: Stage = running ? "carry_out" : keep ? "confirm" : "choose";
  return (
    <Card
      className="assistant v-bad"
      label={t("replication.assistant_of", { volume })}
      title={
        <span className="row">
          <Icon name="bad" className="bad" />
          {t("replication.assistant_of", { volume })}
        </span>
      }
      extra={<Stages at={stage} />}
      pad
    >
      <div className="col">
        {running ? (
          <>
            <OperationSteps operation={running} />
            {failed && shown.verdict === "split" && (
              <div className="row">
                <span className="grow" />
                <Button onClick={() => setAgain(running.id)}>{t("replication.choose_again")}</Button>
              </div>
            )}
          </>
        ) : (
          <>
            <p>
              <b>{t("replication.split_head", { volume })}</b>
              {gap(t)}
              {t("replication.split_choose")}
            </p>
            <Evidence shown={shown} keep={keep} onKeep={setKeep} />
            {keep && (
              <Consequence key={keep} cluster={cluster} shown={shown} keep={keep} onLater={() => setKeep(undefined)} />
            )}
          </>
        )}
      </div>
    </Card>
  );
}

function Stages({ at }: { at: Stage }) {
  const t = useT();
  const now = stages.indexOf(at);
  return (
    <ol className="stages row" aria-label={t("replication.assistant_steps")}>
      {stages.map((stage, i) => (
        <li
          key={stage}
          className={i < now ? "done" : i === now ? "on" : ""}
          aria-current={i === now ? "step" : undefined}
        >
          {i < now ? <Icon name="check" size={14} /> : `${i + 1} `}
          {t(`replication.stage.${stage}`)}
        </li>
      ))}
    </ol>
  );
}

/** What each side can show, one beside the other. */
function Evidence({
  shown,
  keep,
  onKeep,
}: {
  shown: VolumeShown;
  keep: string | undefined;
  onKeep: (node: string) => void;
}) {
  const t = useT();
  const can = useCan();
  const format = useFormat();
  const disk = useDiskWord();
  const advice = advisedSide(shown);
  const sides = list(shown.volume.replicas).map((r) => {
    const state = list(shown.states).find((s) => s.node === r.node);
    return { node: r.node, state, split: state?.split };
  });
  // A mirror keeps no book of when a side was Primary, nor generations that say anything to a person.
  const booked = shown.volume.driver === "drbd";
  const row = (label: string, cell: (split: SplitSide, state: VolumeState) => ReactNode) => (
    <tr key={label}>
      <th scope="row">{label}</th>
      {sides.map((s) => (
        <td key={s.node} className={s.node === keep ? "kept" : undefined}>
          {s.split && s.state ? cell(s.split, s.state) : <span className="t3">{t("replication.untold")}</span>}
        </td>
      ))}
    </tr>
  );
  return (
    <>
      <div className="beats-scroll" role="region" aria-label={t("replication.evidence")} tabIndex={0}>
        <table className="evidence">
          <thead>
            <tr>
              <td>
                <span className="visually-hidden">{t("replication.evidence")}</span>
              </td>
              {sides.map((s) => (
                <th key={s.node} scope="col" className={s.node === keep ? "kept" : undefined}>
                  <Radio
                    name="keep"
                    checked={s.node === keep}
                    disabled={!can("volume.resolve") || s.state?.disk !== "UpToDate"}
                    onChange={() => onKeep(s.node)}
                  >
                    <b>{t("replication.keep_of", { node: s.node })}</b>
                  </Radio>
                  {advice?.node === s.node && (
                    <span className="tag advised">
                      <Icon name="star" size={12} /> {t("replication.advised")}
                    </span>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {booked &&
              row(t("replication.evidence.until"), (s) =>
                isSet(s.until) ? (
                  <>
                    <At at={s.until} />{" "}
                    <span className="t3">
                      <Ago at={s.until} />
                    </span>
                  </>
                ) : (
                  t("replication.evidence.never")
                ),
              )}
            {row(t("replication.evidence.changed"), (s) => (
              <b>{s.changed > 0 ? format.bytes(s.changed) : t("replication.evidence.nothing")}</b>
            ))}
            {booked && row(t("replication.evidence.since"), (s) => (isSet(s.since) ? <At at={s.since} /> : "–"))}
            {row(t("replication.evidence.role"), (s) =>
              s.primary
                ? t("replication.evidence.primary_now")
                : s.wasPrimary
                  ? t("replication.evidence.was_primary")
                  : booked
                    ? t("replication.evidence.never_primary")
                    : "–",
            )}
            {booked &&
              row(t("replication.evidence.mounted"), (s) =>
                s.mounted ? <span className="mono">{s.mounted}</span> : t("replication.evidence.not_mounted"),
              )}
            {row(t("replication.evidence.disk"), (_, state) => disk(state.disk))}
            {booked &&
              row(t("replication.evidence.generation"), (s) => (
                <span className="mono" title={list(s.generation).join("\n")}>
                  {list(s.generation)[0] ?? "–"}
                </span>
              ))}
          </tbody>
        </table>
      </div>
      <p className="t2">
        {advice ? t(`replication.advice.${advice.why}`, { node: advice.node }) : t("replication.advice.none")}
      </p>
    </>
  );
}

/** What is lost, and the volume's name to be typed. */
function Consequence({
  cluster,
  shown,
  keep,
  onLater,
}: {
  cluster: string;
  shown: VolumeShown;
  keep: string;
  onLater: () => void;
}) {
  const t = useT();
  const act = useAct();
  const format = useFormat();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const volume = shown.volume.name;
  const others = list(shown.states).filter((s) => s.node !== keep);
  const names = format.list(others.map((s) => s.node));
  const lost = others.reduce((sum, s) => sum + (s.split?.changed ?? 0), 0);
  const primary = others.find((s) => s.role === "Primary");
  const mounted = others.find((s) => s.split?.mounted);
  const ready = typed === volume;
  const resolve = async () => {
    if (!ready || busy) return;
    setBusy(true);
    setFault(undefined);
    const result = await act("volume.resolve", { path: { cluster, volume }, body: { keep } });
    setBusy(false);
    if (!result.ok) setFault(result.fault);
  };
  return (
    <>
      <div className="note-box v-warn" role="status">
        <Icon name="warn" />
        <div className="grow col tight">
          <p className="b">
            {lost > 0
              ? t("replication.lost", { nodes: names, bytes: format.bytes(lost) })
              : t("replication.lost_unknown", { nodes: names })}
          </p>
          <p>{t("replication.lost_backup")}</p>
          {primary &&
            (shown.resource ? (
              <p className="b">
                {shown.user
                  ? t("replication.role_moves_with", { from: primary.node, to: keep, user: shown.user })
                  : t("replication.role_moves", { from: primary.node, to: keep })}
              </p>
            ) : (
              <p className="b">{t("replication.demoted", { node: primary.node })}</p>
            ))}
          {mounted?.split?.mounted && (
            <p>{t("replication.mounted_there", { node: mounted.node, path: mounted.split.mounted })}</p>
          )}
          <p className="t2">
            {t(shown.volume.driver === "mirror" ? "replication.then_copied" : "replication.then_resync", {
              keep,
              nodes: names,
            })}
          </p>
        </div>
      </div>
      <label className="col tight">
        <span>
          {t("replication.type_volume")} <b className="mono">{volume}</b>
        </span>
        <Input
          autoComplete="off"
          spellCheck={false}
          value={typed}
          aria-label={t("replication.type_label")}
          onChange={(ev) => setTyped(ev.target.value)}
          onPressEnter={() => void resolve()}
        />
      </label>
      {fault && <FaultBox fault={fault} compact />}
      <div className="row">
        <span className="grow t3 xs">{ready ? "" : t("confirm.type_first", { name: volume })}</span>
        <Button onClick={onLater}>{t("replication.later")}</Button>
        <Button type="primary" danger disabled={!ready} loading={busy} onClick={() => void resolve()}>
          {t("replication.keep_act", { node: keep })}
        </Button>
      </div>
    </>
  );
}
