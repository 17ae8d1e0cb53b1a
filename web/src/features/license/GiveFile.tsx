import { Icon } from "../../components/Icon";
import type { Fault } from "../../api/types";
import { type Given, readGiven } from "./picture";

/** A file or a picture, chosen or dropped. */
export function GiveFile({
  label,
  onGiven,
  onUnreadable,
}: {
  label: string;
  onGiven: (given: Given) => void;
  onUnreadable: (fault: Fault) => void;
}) {
  const take = async (file: File | undefined) => {
    if (!file) return;
    try {
      onGiven(await readGiven(file));
    } catch {
      onUnreadable({ code: "invalid", reason: "licence.picture", message: "this is no picture" });
    }
  };
  return (
    <label className="drop license-drop">
      <input
        type="file"
        accept=".txt,.licence,.license,image/*"
        onChange={(ev) => {
          void take(ev.target.files?.[0]);
          // So that the same file, mended, can be chosen again.
          ev.target.value = "";
        }}
      />
      <Icon name="audit" />
      {label}
    </label>
  );
}
