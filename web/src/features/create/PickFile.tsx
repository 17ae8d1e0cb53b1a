import { useState } from "react";

import { call } from "../../api/client";
import type { Fault, ManifestContents } from "../../api/types";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";
import { FileContents } from "./FileContents";
import { mostBytes, type SourceFile } from "./mapping";

/** The file of the old cluster: chosen or dropped, read by the server, and shown. */
export function PickFile({
  source,
  contents,
  onRead,
}: {
  source: SourceFile | undefined;
  contents: ManifestContents | undefined;
  /** With nothing where what was chosen cannot be read. */
  onRead: (read: { source: SourceFile; contents: ManifestContents } | undefined) => void;
}) {
  const t = useT();
  const format = useFormat();
  const [fault, setFault] = useState<Fault>();
  const [tooLarge, setTooLarge] = useState<File>();

  const take = async (file: File | undefined) => {
    if (!file) return;
    onRead(undefined);
    setFault(undefined);
    setTooLarge(file.size > mostBytes ? file : undefined);
    if (file.size > mostBytes) return;
    const yaml = await file.text();
    let files: SourceFile["files"] = {};
    let result = await call("config.read", { body: { yaml } });
    if (!result.ok && isSecretsOnly(result.fault)) {
      files = hiddenFiles(result.fault);
      result = await call("config.read", { body: { yaml, files: { ...files } } });
    }
    if (result.ok) onRead({ source: { name: file.name, yaml, files }, contents: result.data });
    else setFault(result.fault);
  };
  return (
    <div className="col">
      <p className="t2">{t("import.file_text")}</p>
      <label className="drop">
        {/* It lies over all of the field: a browser's own input takes what is dropped on it. */}
        <input
          type="file"
          accept=".yaml,.yml"
          onChange={(ev) => {
            void take(ev.target.files?.[0]);
            // So that the same file, mended, can be chosen again.
            ev.target.value = "";
          }}
        />
        <Icon name="audit" size={24} />
        <span className="two">
          <span className="b">{source ? source.name : t("import.drop")}</span>
          <small>{source ? t("import.other") : t("import.limit", { size: format.bytes(mostBytes) })}</small>
        </span>
      </label>
      {tooLarge && (
        <p className="note-box v-bad" role="alert">
          <Icon name="bad" />
          {t("import.too_large", { name: tooLarge.name, size: format.bytes(mostBytes) })}
        </p>
      )}
      {fault && <FaultBox fault={fault} />}
      {contents && <FileContents contents={contents} />}
    </div>
  );
}

/** Whether nothing is missing but parameters that stand in files of the administrator's: passwords. */
function isSecretsOnly(fault: Fault): boolean {
  const fields = list(fault.fields);
  return (
    fields.length > 0 &&
    fields.every((f) => f.reason === "yaml.file_missing" && /^resources.*\.parameters\./.test(f.path))
  );
}

/** Those files as secrets that nobody has given yet: the form asks for each, as for what only the old nodes have. */
function hiddenFiles(fault: Fault): Record<string, string> {
  return Object.fromEntries(list(fault.fields).map((f) => [f.args?.file ?? "", "***"]));
}
