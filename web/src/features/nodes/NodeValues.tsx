import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { queries, useCan } from "../../api/queries";
import type { Node } from "../../api/types";
import { Card } from "../../components/Card";
import { IconButton } from "../../components/IconButton";
import { useAct } from "../../components/Tracker";
import { Utilization } from "../../components/Utilization";
import { ValueList } from "../../components/ValueList";
import { ValuesDialog } from "../../components/ValuesDialog";
import { useT } from "../../lib/i18n";
import { list } from "../../lib/list";

// They have actions of their own, which say what becomes of what runs there.
const elsewhere = ["standby", "maintenance"];

/** A node's attributes, those that last and those that agents set, and its capacity. */
export function NodeValues({ cluster, node }: { cluster: string; node: Node }) {
  const t = useT();
  const can = useCan();
  const act = useAct();
  const [editing, setEditing] = useState(false);
  const { data } = useQuery(queries.cluster(cluster));
  const config = list(data?.config?.nodes).find((n) => n.name === node.name);
  const lasting = Object.fromEntries(
    Object.entries(config?.attributes ?? {}).filter(([name]) => !elsewhere.includes(name)),
  );
  const now = { ...lasting, ...node.state?.attributes };
  const path = { cluster, node: node.name };
  return (
    <>
      <Utilization
        of="node"
        values={config?.utilization}
        {...(can("node.utilization") ? { send: (body) => act("node.utilization", { path, body }) } : {})}
      />
      <Card
        title={t("node.attributes")}
        pad
        extra={
          can("node.attributes") && (
            <IconButton icon="edit" label={t("node.attributes_edit")} onClick={() => setEditing(true)} />
          )
        }
      >
        {Object.keys(now).length === 0 ? <p className="t2">{t("node.attributes_none")}</p> : <ValueList values={now} />}
      </Card>
      {editing && (
        <ValuesDialog
          title={t("node.attributes_edit")}
          text={t("node.attributes_text")}
          values={lasting}
          names={[]}
          send={(body) => act("node.attributes", { path, body })}
          onClose={() => setEditing(false)}
        />
      )}
    </>
  );
}
