import { AutoComplete } from "antd";

import { useFormat } from "../lib/format";
import { useT } from "../lib/i18n";
import type { SharedDevice } from "./devices";

/** A block device: chosen from those that are offered, or typed; reported when it is chosen or left, not at each key. */
export function DevicePicker({
  id,
  label,
  text,
  devices,
  none,
  onText,
  onChosen,
  autoFocus,
}: {
  id: string;
  /** Where no label of a form stands beside it. */
  label?: string;
  text: string;
  devices: readonly SharedDevice[];
  /** What is said where there are none. */
  none?: string;
  onText: (text: string) => void;
  onChosen: (device: string) => void;
  autoFocus?: boolean;
}) {
  const t = useT();
  const format = useFormat();
  return (
    <AutoComplete
      id={id}
      className="grow"
      {...(label ? { "aria-label": label } : {})}
      {...(autoFocus ? { autoFocus } : {})}
      value={text}
      placeholder={devices.length > 0 ? t("device.pick") : (none ?? t("device.none_shared"))}
      onChange={onText}
      onSelect={(path: string) => onChosen(path)}
      onBlur={() => onChosen(text.trim())}
      options={devices.map((d) => ({ value: d.path, device: d }))}
      // As a label it would stand, unseen, in the field as well, and make the field as high as two lines.
      optionRender={({ data: { device: d } }) => (
        <span className="two">
          <span className="mono">{d.path}</span>
          <small>
            {format.bytes(d.sizeBytes)} · {d.fileSystem || t("device.no_file_system")}
          </small>
        </span>
      )}
    />
  );
}
