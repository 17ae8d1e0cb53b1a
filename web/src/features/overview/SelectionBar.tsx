import { Button } from "antd";

import type { Result } from "../../api/client";
import { useCan } from "../../api/queries";
import type { Cluster } from "../../api/types";
import { useConfirm } from "../../components/Confirm";
import { Icon, type IconName } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

const acts = ["start", "stop", "restart"] as const;
const icons: Record<(typeof acts)[number], IconName> = { start: "play", stop: "stop", restart: "restart" };

/** Acts on all clusters that are ticked. */
export function SelectionBar({ clusters, onClear }: { clusters: readonly Cluster[]; onClear: () => void }) {
  const t = useT();
  const format = useFormat();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const names = format.list(clusters.map((c) => c.label ?? c.name));
  const started = clusters.reduce((n, c) => n + c.started, 0);

  const run = (what: (typeof acts)[number]) =>
    ask({
      title: t(`overview.many.${what}`, { count: clusters.length }),
      consequence: (
        <>
          <p className="b">{names}</p>
          <p className="t2">
            {what === "start" ? t("cluster.start.consequence") : t("overview.many.stops", { count: started })}
          </p>
        </>
      ),
      act: t(`overview.many.${what}`, { count: clusters.length }),
      tone: what === "start" ? "plain" : "danger",
      run: async () => {
        let last: Result<unknown> = { ok: true, data: undefined };
        for (const c of clusters) {
          const path = { cluster: c.name };
          if (what === "start") last = await act("cluster.start", { path });
          else last = await act(`cluster.${what}`, { path, body: {} });
          if (!last.ok) return last;
        }
        onClear();
        return last;
      },
    });

  return (
    <div className="selection v-info">
      <b>{t("overview.selected", { count: clusters.length })}</b>
      <span className="t2 ell grow">{names}</span>
      {acts.map((what) => (
        <Button
          key={what}
          size="small"
          icon={<Icon name={icons[what]} size={14} />}
          disabled={!can(`cluster.${what}`)}
          onClick={() => run(what)}
        >
          {t(`cluster.${what}.short`)}
        </Button>
      ))}
      <Button type="text" size="small" onClick={onClear}>
        {t("common.clear_selection")}
      </Button>
    </div>
  );
}
