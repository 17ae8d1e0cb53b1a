import { Button } from "antd";

import { FaultError } from "../api/client";
import type { Fault } from "../api/types";
import { list } from "../lib/list";
import { useT } from "../lib/i18n";
import { Icon } from "./Icon";

/** The sentence of a fault in the user's language, and of each field. */
export function useFaultText(): (fault: Fault) => { sentence: string; fields: { path: string; text: string }[] } {
  const t = useT();
  return (fault) => {
    const sentence = t.words(fault.reason, fault.args, fault.reason.startsWith("console.") ? undefined : fault.message);
    const fields = list(fault.fields).map((f) => {
      const what = t.words(f.reason, f.args, f.message);
      const node = f.reason.startsWith("check.") ? f.args?.node : "";
      // A check says of one node what it may say of others, too.
      return { path: f.path, text: node ? t.words("check.at_node", { node, what }) : what };
    });
    // Where one field is all that is wrong, it may say what the sentence has said.
    return { sentence, fields: fields.filter((f) => f.text !== sentence) };
  };
}

/** Only the sentence of a fault, where its kind and the next step are said beside it. */
export function FaultSentence({ fault }: { fault: Fault }) {
  return <>{useFaultText()(fault).sentence}</>;
}

export function toFault(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  return { code: "internal", reason: "internal", message: error instanceof Error ? error.message : String(error) };
}

/** What a field is called, or else its path: somebody may know it from the file or the command line. */
function FieldName({ path, name }: { path: string; name: string | undefined }) {
  const t = useT();
  if (name) return <b>{`${name}${t("common.colon")}`}</b>;
  return path === "" ? null : <span className="mono">{path} </span>;
}

/** What failed, why, the next step; the words of the cluster itself one click away. */
export function FaultBox({
  fault,
  onRetry,
  compact,
  nameOf,
}: {
  fault: Fault;
  onRetry?: () => void;
  compact?: boolean;
  /** What a field is called where it is filled in, by its path. */
  nameOf?: (path: string) => string | undefined;
}) {
  const t = useT();
  const text = useFaultText()(fault);
  return (
    <div className={compact ? "fault v-bad compact" : "fault v-bad"} role="alert">
      <Icon name="bad" size={compact ? 16 : 24} />
      <div className="grow">
        <p className="b">{text.sentence}</p>
        {text.fields.length > 0 && (
          <ul>
            {text.fields.map((f) => (
              <li key={`${f.path} ${f.text}`}>
                <FieldName path={f.path} name={nameOf?.(f.path)} />
                {f.text}
              </li>
            ))}
          </ul>
        )}
        <p className="t2">{t(`fault.next.${fault.code}`)}</p>
        <details>
          <summary>{t("fault.details")}</summary>
          <p className="mono wrap">
            {fault.code} · {fault.reason}
            <br />
            {fault.message}
          </p>
        </details>
      </div>
      {onRetry && (
        <Button icon={<Icon name="sync" />} onClick={onRetry}>
          {t("common.retry")}
        </Button>
      )}
    </div>
  );
}
