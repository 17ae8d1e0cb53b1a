import { Form } from "antd";
import { useState } from "react";

import type { Volume } from "../../api/types";
import { Icon } from "../../components/Icon";
import { KeyValues } from "../../components/KeyValues";
import { ProtocolChoice } from "../../components/ProtocolChoice";
import { SaveDialog } from "../../components/SaveDialog";
import { useAct } from "../../components/Tracker";
import { useT } from "../../lib/i18n";
import { MirrorTimes } from "./MirrorTimes";

/** What stands in the place of an option that is never told. */
export const hiddenOption = "***";

// Those of DRBD that are set most often; any other can be typed.
const known = [
  "disk.c-max-rate",
  "disk.c-min-rate",
  "disk.on-io-error",
  "disk.al-extents",
  "net.max-buffers",
  "net.sndbuf-size",
  "net.ping-timeout",
  "net.fencing",
  "net.verify-alg",
  "net.after-sb-0pri",
] as const;

function flat(options: Volume["options"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options ?? {}).flatMap(([section, values]) =>
      Object.entries(values).flatMap(([name, value]) =>
        value === hiddenOption ? [] : [[`${section}.${name}`, value] as const],
      ),
    ),
  );
}

/** What has become another value; an option that is no longer there is given back to its default. */
export function changedOptions(before: Record<string, string>, after: Record<string, string>) {
  const changes: Record<string, Record<string, string>> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if ((before[key] ?? "") === (after[key] ?? "")) continue;
    const dot = key.indexOf(".");
    const section = dot < 0 ? "net" : key.slice(0, dot);
    (changes[section] ??= {})[key.slice(dot + 1)] = after[key] ?? "";
  }
  return changes;
}

/** Protocol and options of a volume, changed on all nodes at once: DRBD's while it is up, a mirror's while nobody uses it. */
export function EditVolume({
  cluster,
  volume,
  primary,
  fencing,
  onClose,
}: {
  cluster: string;
  volume: Volume;
  /** A side is Primary. */
  primary: boolean;
  fencing: boolean;
  onClose: () => void;
}) {
  const t = useT();
  const act = useAct();
  const [before] = useState(() => flat(volume.options));
  const [protocol, setProtocol] = useState(volume.protocol);
  const [options, setOptions] = useState(before);
  const changes = changedOptions(before, options);
  const changed = protocol !== volume.protocol || Object.keys(changes).length > 0;
  const mirror = volume.driver === "mirror";
  const held = mirror && primary;
  return (
    <SaveDialog
      width={640}
      title={t("replication.edit.title", { volume: volume.name })}
      act={t("replication.edit.act")}
      why={held ? t("replication.edit.held") : changed ? "" : t("form.unchanged")}
      hint={mirror ? "" : t("replication.edit.when.drbd")}
      send={() =>
        act("volume.edit", {
          path: { cluster, volume: volume.name },
          body: {
            ...(protocol !== volume.protocol ? { protocol } : {}),
            ...(Object.keys(changes).length > 0 ? { options: changes } : {}),
          },
        })
      }
      onClose={onClose}
    >
      {mirror && (
        <p className={held ? "row warn" : "row t2"}>
          <Icon name={held ? "warn" : "info"} size={14} />
          {t("replication.edit.when.mirror", { volume: volume.name })}
        </p>
      )}
      <Form layout="vertical" component="div" requiredMark={false}>
        {mirror ? (
          <MirrorTimes value={options} onChange={setOptions} />
        ) : (
          <>
            <Form.Item label={t("replication.protocol")}>
              <ProtocolChoice value={protocol} onChange={setProtocol} />
            </Form.Item>
            <Form.Item
              label={t("replication.edit.options")}
              extra={t("replication.edit.options_extra")}
              className="flat"
            >
              <KeyValues value={options} onChange={setOptions} names={known} label={t("replication.edit.option")} />
            </Form.Item>
          </>
        )}
      </Form>
      {fencing && options["net.fencing"] === "dont-care" && (
        <p className="row bad b">
          <Icon name="bad" size={14} />
          {t("replication.edit.unfenced")}
        </p>
      )}
    </SaveDialog>
  );
}
