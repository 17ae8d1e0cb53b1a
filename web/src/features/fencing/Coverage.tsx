import { Button } from "antd";
import { useState } from "react";

import { useCan } from "../../api/queries";
import type { ClusterDetail, Fencing, NodeFencing } from "../../api/types";
import { Card } from "../../components/Card";
import { Icon } from "../../components/Icon";
import { Ago, isSet } from "../../components/Time";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";
import { fenced } from "./fenced";
import { LevelsDialog } from "./LevelsDialog";
import { TestDialog } from "./TestDialog";

/** Node × device: which device can fence which node, in which order they are tried, and when that was last seen to work. */
export function Coverage({ detail, fencing }: { detail: ClusterDetail; fencing: Fencing }) {
  const t = useT();
  const [testing, setTesting] = useState<NodeFencing>();
  const [levels, setLevels] = useState<NodeFencing>();
  const devices = list(fencing.devices);
  return (
    <Card title={t("fencing.nodes")} note={t("fencing.nodes_note")}>
      <div className="beats-scroll" role="region" aria-label={t("fencing.nodes")} tabIndex={0}>
        <table className="beats coverage">
          <thead>
            <tr>
              <th scope="col">{t("nodes.node")}</th>
              {devices.map((d) => (
                <th key={d.id} scope="col">
                  <span className="row">
                    <Icon name="shield" size={14} />
                    {d.id}
                  </span>
                </th>
              ))}
              <th scope="col">{t("fencing.last")}</th>
              <th scope="col">
                <span className="visually-hidden">{t("common.actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list(fencing.nodes).map((node) => (
              <tr key={node.node}>
                <th scope="row">
                  {node.node}
                  {!fenced(node, fencing) && !node.idle && (
                    <span className="bad row xs">
                      <Icon name="bad" size={14} />
                      {t("fencing.nobody")}
                    </span>
                  )}
                </th>
                {devices.map((d) => (
                  <Cell key={d.id} node={node} device={d.id} />
                ))}
                <td>
                  <LastFence node={node} />
                </td>
                <td className="acts">
                  <Acts node={node} onLevels={() => setLevels(node)} onTest={() => setTesting(node)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {testing && <TestDialog detail={detail} node={testing} onClose={() => setTesting(undefined)} />}
      {levels && <LevelsDialog detail={detail} node={levels} fencing={fencing} onClose={() => setLevels(undefined)} />}
    </Card>
  );
}

function Acts({ node, onLevels, onTest }: { node: NodeFencing; onLevels: () => void; onTest: () => void }) {
  const t = useT();
  const can = useCan();
  return (
    <span className="row">
      <Button size="small" disabled={!can("fence.levels")} onClick={onLevels}>
        {t("fencing.levels")}
      </Button>
      <Button
        size="small"
        danger
        icon={<Icon name="bolt" size={14} />}
        disabled={!node.covered || !can("fence.test")}
        title={node.covered ? undefined : t("fencing.nobody")}
        onClick={onTest}
      >
        {t("fencing.test")}
      </Button>
    </span>
  );
}

/** Whether a device can fence a node, and at which level it is tried. */
function Cell({ node, device }: { node: NodeFencing; device: string }) {
  const t = useT();
  const path = list(node.paths).find((p) => list(p.devices).includes(device));
  if (!path) return <td className="t3">–</td>;
  const missing = list(path.missing).includes(device);
  return (
    <td className={missing ? "broken v-bad" : undefined}>
      <span className={missing ? "row bad" : "row ok"}>
        <Icon name={missing ? "bad" : "ok"} size={14} />
        {missing ? t("fencing.missing") : t("fencing.can")}
      </span>
      {path.level > 0 && <span className="t2 xs">{t("fencing.level", { level: path.level })}</span>}
    </td>
  );
}

function LastFence({ node }: { node: NodeFencing }) {
  const t = useT();
  const { last, failure } = node;
  return (
    <>
      {last ? (
        <span className="row">
          <Icon name="ok" size={14} className="ok" />
          {t(last.test ? "fencing.tested" : "fencing.status.success")}
          <span className="t3">
            <Ago at={last.at} />
          </span>
        </span>
      ) : (
        <span className="row warn">
          <Icon name="warn" size={14} />
          {t("fencing.never")}
        </span>
      )}
      {last && (last.device || last.delegate) && (
        <span className="t2 xs">{[last.device, last.delegate, last.actor].filter(Boolean).join(" · ")}</span>
      )}
      {failure && (
        <span className="row bad xs">
          <Icon name="bad" size={14} />
          {t("fencing.status.failed")}
          {isSet(failure.at) && <Ago at={failure.at} />}
        </span>
      )}
    </>
  );
}
