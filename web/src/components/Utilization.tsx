import { useState } from "react";

import type { Result } from "../api/client";
import { useT } from "../lib/i18n";
import { Card } from "./Card";
import { IconButton } from "./IconButton";
import { ValueList } from "./ValueList";
import { ValuesDialog } from "./ValuesDialog";

/** What a node has, or a resource takes; the cluster weighs both where placement-strategy says so. */
export function Utilization({
  of,
  values,
  send,
}: {
  of: "node" | "resource";
  values: Record<string, string> | undefined;
  /** Absent where it may not be changed. */
  send?: (change: { set: Record<string, string>; unset: string[] }) => Promise<Result<unknown>>;
}) {
  const t = useT();
  const [editing, setEditing] = useState(false);
  const all = Object.keys(values ?? {});
  if (all.length === 0 && !send) return null;
  return (
    <Card
      title={t(`utilization.${of}`)}
      pad
      extra={send && <IconButton icon="edit" label={t(`utilization.edit_${of}`)} onClick={() => setEditing(true)} />}
    >
      {all.length === 0 ? <p className="t2">{t("utilization.none")}</p> : <ValueList values={values ?? {}} />}
      {editing && send && (
        <ValuesDialog
          title={t(`utilization.edit_${of}`)}
          text={t(`utilization.${of}_text`)}
          values={values ?? {}}
          names={["cpu", "memory"]}
          send={send}
          onClose={() => setEditing(false)}
        />
      )}
    </Card>
  );
}
