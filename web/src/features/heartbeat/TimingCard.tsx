import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";

import { queries, useCan } from "../../api/queries";
import type { ClusterDetail, Profile, Timing } from "../../api/types";
import { Card } from "../../components/Card";
import { useConfirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { list } from "../../lib/list";
import { gap, useT } from "../../lib/i18n";
import { DetectionBar } from "./DetectionBar";

/** How soon a lost node is noticed, what was measured, and what each profile would mean here. */
export function TimingCard({ detail }: { detail: ClusterDetail }) {
  const t = useT();
  const query = useQuery(queries.timing(detail.name));
  return (
    <Card
      title={t("timing.title")}
      note={t("timing.note")}
      extra={
        <Button
          size="small"
          icon={<Icon name="restart" size={14} />}
          loading={query.isFetching}
          onClick={() => void query.refetch()}
        >
          {t("timing.measure")}
        </Button>
      }
      pad
    >
      <Query query={query} rows={3}>
        {(timing) => <Ready detail={detail} timing={timing} onSet={() => void query.refetch()} />}
      </Query>
    </Card>
  );
}

function Ready({ detail, timing, onSet }: { detail: ClusterDetail; timing: Timing; onSet: () => void }) {
  const t = useT();
  const format = useFormat();
  const { measured } = timing;
  const slow = list(timing.hosts).filter((h) => h.fault);
  // Below a millisecond the digits after the point are what counts.
  const inMS = (us: number) => `${format.number(us / 1000, 2)} ms`;
  const figures = [
    ["latency", inMS(measured.latencyUs)],
    ["worst", inMS(measured.worstUs)],
    ["loss", `${format.number(measured.lossPercent, 1)} %`],
    ["jitter", inMS(measured.jitterUs)],
    ["needs", format.duration(measured.needsMs)],
  ] as const;
  return (
    <div className="col">
      <DetectionBar budget={timing.budget} />
      {Boolean(timing.budget.lastOutageMs) && (
        <p className="t2 xs">{t("timing.last", { took: format.duration(timing.budget.lastOutageMs ?? 0) })}</p>
      )}
      <dl className="measured">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`timing.measured.${name}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {slow.length > 0 && (
        <p className="t3 xs">{t("timing.not_measured", { nodes: format.list(slow.map((h) => h.node)) })}</p>
      )}
      <ul className="profiles">
        {list(timing.profiles).map((p) => (
          <ProfileRow
            key={p.name}
            detail={detail}
            profile={p}
            advised={timing.advice === p.name}
            now={timing.budget.detectionMs}
            onSet={onSet}
          />
        ))}
      </ul>
    </div>
  );
}

function ProfileRow({
  detail,
  profile,
  advised,
  now,
  onSet,
}: {
  detail: ClusterDetail;
  profile: Profile;
  advised: boolean;
  now: number;
  onSet: () => void;
}) {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const name = t(`timing.${profile.name}`);
  const choose = () =>
    ask({
      title: t("timing.set.title", { name }),
      consequence: (
        <div className="col tight">
          <p className="b">
            {t("timing.set.consequence", {
              before: format.duration(now),
              after: format.duration(profile.budget.detectionMs),
            })}
          </p>
          {!profile.safe && <p className="bad">{t("timing.unsafe_text")}</p>}
          {list(profile.breaks).map((f) => (
            <p key={`${f.object}/${f.args?.event}`} className="bad">
              <b>{t("whatif.breaks_target")}</b>
              {gap(t)}
              {t.words(`finding.${f.code}`, f.args)}
            </p>
          ))}
          <p className="t2">{t("link.undo")}</p>
        </div>
      ),
      act: t("timing.set.act", { name }),
      tone: profile.safe ? "plain" : "danger",
      run: async () => {
        const result = await act("timing.set", { path: { cluster: detail.name }, body: { profile: profile.name } });
        if (result.ok) onSet();
        return result;
      },
    });
  return (
    <li className={profile.inForce ? "on" : undefined}>
      <div className="two grow">
        <span className="row">
          <b>{name}</b>
          {profile.inForce && <Pill tone="ok">{t("timing.in_force")}</Pill>}
          {advised && <span className="tag">{t("timing.advised")}</span>}
          {!profile.safe && (
            <span className="warn row xs">
              <Icon name="warn" size={14} />
              {t("timing.unsafe")}
            </span>
          )}
        </span>
        <small>
          {t("timing.profile_text", {
            token: format.duration(profile.tokenMs),
            detection: format.duration(profile.budget.detectionMs),
          })}
        </small>
      </div>
      {!profile.inForce && (
        <Button size="small" disabled={!can("timing.set")} onClick={choose}>
          {t("timing.choose")}
        </Button>
      )}
    </li>
  );
}
