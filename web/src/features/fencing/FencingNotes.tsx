import { Button } from "antd";

import { useCan } from "../../api/queries";
import type { ClusterDetail, Fencing } from "../../api/types";
import { useConfirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { useAct } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** What the cluster is waiting for now, and what keeps two nodes from fencing each other at once. */
export function FencingNotes({ detail, fencing }: { detail: ClusterDetail; fencing: Fencing }) {
  const t = useT();
  const can = useCan();
  const ask = useConfirm();
  const act = useAct();
  const race = fencing.race;
  const device = list(detail.config?.resources).find((r) => r.id === race?.device);
  const settle = () => {
    if (!race?.parameter || !device) return;
    const { parameter, value = "" } = race;
    ask({
      title: t("fencing.race.title"),
      consequence: (
        <div className="col tight">
          <p className="b">{t("fencing.race.consequence", { device: device.id, parameter, value })}</p>
          {race.favours && <p className="t2">{t("fencing.race.favours", { node: race.favours })}</p>}
        </div>
      ),
      act: t("fencing.race.act"),
      run: () =>
        act("resource.edit", {
          path: { cluster: detail.name, resource: device.id },
          body: {
            resource: { ...device, parameters: { ...device.parameters, [parameter]: value } },
            ...(detail.config ? { version: detail.config.version } : {}),
          },
        }),
    });
  };
  return (
    <>
      {list(fencing.waiting).map((reason, i) => (
        <div key={`${reason.code}/${i}`} className="note-box v-bad" role="status">
          <Icon name="sync" className="spin" />
          <div className="grow">
            <p className="b">{t("fencing.waiting")}</p>
            <p>{t.words(`verdict.${reason.code}`, reason.args)}</p>
          </div>
        </div>
      ))}
      {race?.kind === "none" && (
        <div className="note-box v-info">
          <Icon name="info" />
          <div className="grow">
            <p className="b">{t("fencing.race.none")}</p>
            <p className="t2">{t("fencing.race.none_text")}</p>
          </div>
          {race.parameter && device && (
            <Button disabled={!can("resource.edit")} onClick={settle}>
              {t("fencing.race.settle")}
            </Button>
          )}
        </div>
      )}
    </>
  );
}
