import { Input } from "antd";

import type { Volume, VolumeCheck } from "../api/types";
import { useFormat } from "../lib/format";
import { gap, type Translate, useT } from "../lib/i18n";
import { list } from "../lib/list";
import { FaultSentence } from "./FaultView";
import { Icon } from "./Icon";
import { named } from "./replicas";

type Looked = NonNullable<VolumeCheck["nodes"]>[number];

/** Why the disk of a node cannot be had at all by a driver, whatever is named; empty where it can. */
export function diskRefusal(t: Translate, looked: Looked, driver: Volume["driver"] = "drbd"): string {
  const seen = looked.inspection;
  if (looked.fault || !seen) return t("replication.contents.not_looked");
  if (seen.disk.inUse) return t("replication.contents.in_use");
  if (driver === "mirror") {
    const failed = list(seen.checks).find((c) => c.result === "failed");
    const words = (of: string) => t.words(`check.${failed?.code}.${of}`, { node: looked.node, ...failed?.args });
    return failed ? `${words("failed")}${gap(t)}${words("fix")}` : "";
  }
  if (!seen.driver) return t.words("volume.module_missing", { node: looked.node });
  if (!seen.tools) return t.words("volume.no_tools", { node: looked.node });
  return "";
}

/** What is on the disk of a node, and the field in which it is named where it may be destroyed. */
export function DiskContents({
  looked,
  driver = "drbd",
  disk,
  typed,
  onTyped,
}: {
  looked: Looked;
  driver?: Volume["driver"];
  disk: string;
  typed: string;
  onTyped: (text: string) => void;
}) {
  const t = useT();
  const format = useFormat();
  const seen = looked.inspection;
  const refused = diskRefusal(t, looked, driver);
  const carries = list(seen?.disk.carries);
  const tone = refused || carries.length > 0 ? "bad" : "ok";
  return (
    <section className={`note-box v-${tone}`} aria-label={looked.node}>
      <Icon name={tone} />
      <div className="grow col">
        <div className="col tight">
          <p className="b">
            {looked.node}
            {t("common.colon")}
            {refused ||
              (carries.length > 0
                ? t("disk.look.carries", { names: format.list(carries) })
                : t("replication.contents.blank"))}
          </p>
          <p className="mono t2 wrap">{disk}</p>
          {looked.fault && (
            <p>
              <FaultSentence fault={looked.fault} />
            </p>
          )}
          {seen && (
            <p className="t2">
              {format.bytes(seen.disk.sizeBytes)}
              {driver === "drbd" && seen.driver && ` · DRBD ${seen.driver}`}
              {seen.tools && ` · ${driver === "drbd" ? "drbd-utils" : "hawser-mirror"} ${seen.tools}`}
            </p>
          )}
        </div>
        {!refused && carries.length > 0 && (
          <label className="col tight">
            <span>
              {t("replication.contents.type")} <b className="mono">{named(carries)}</b>
            </span>
            <Input
              autoComplete="off"
              spellCheck={false}
              value={typed}
              aria-label={t("replication.contents.type_label", { node: looked.node })}
              onChange={(ev) => onTyped(ev.target.value)}
            />
          </label>
        )}
      </div>
    </section>
  );
}
