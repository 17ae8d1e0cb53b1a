import { useState } from "react";

import type { Result } from "../api/client";
import { useT } from "../lib/i18n";
import { KeyValues } from "./KeyValues";
import { SaveDialog } from "./SaveDialog";

/** Changes names and values of one object; what is sent is only the difference. */
export function ValuesDialog({
  title,
  text,
  values,
  names,
  send,
  onClose,
}: {
  title: string;
  text: string;
  values: Record<string, string>;
  /** Names that are known. */
  names: readonly string[];
  send: (change: { set: Record<string, string>; unset: string[] }) => Promise<Result<unknown>>;
  onClose: () => void;
}) {
  const t = useT();
  const [before] = useState(values);
  const [value, setValue] = useState(values);
  const set = Object.fromEntries(Object.entries(value).filter(([name, v]) => before[name] !== v));
  const unset = Object.keys(before).filter((name) => !(name in value));
  const empty = Object.keys(value).filter((name) => value[name] === "");
  const why =
    empty.length > 0
      ? t("form.needs", { names: empty.join(", ") })
      : Object.keys(set).length + unset.length === 0
        ? t("form.unchanged")
        : "";
  return (
    <SaveDialog title={title} act={t("common.save")} why={why} send={() => send({ set, unset })} onClose={onClose}>
      <div className="col">
        <p className="t2">{text}</p>
        <KeyValues value={value} onChange={setValue} names={names} label={title} />
      </div>
    </SaveDialog>
  );
}
