import { useQuery } from "@tanstack/react-query";
import { Button, Drawer } from "antd";
import { useState } from "react";

import { queries } from "../../api/queries";
import type { Operation } from "../../api/types";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import { operationDone, operationIcon, operationTone } from "../../components/operation";
import { Pill } from "../../components/Pill";
import { Query } from "../../components/Query";
import { OperationSteps } from "../../components/Steps";
import { Ago } from "../../components/Time";
import { operationTitle, useTracker } from "../../components/Tracker";
import { list } from "../../lib/list";
import { useT } from "../../lib/i18n";

/** All long work, running first. It is the server's list: closing the browser loses nothing. */
export function OperationsDrawer() {
  const t = useT();
  const { drawer, close } = useTracker();
  const query = useQuery({ ...queries.operations(), enabled: drawer.open });
  return (
    <Drawer open={drawer.open} onClose={close} title={t("operation.title")} size={480} destroyOnHidden>
      <Query query={query} rows={4}>
        {(page) => {
          const all = list(page.items);
          if (all.length === 0)
            return <Empty icon="sync" title={t("operation.none")} text={t("operation.none_text")} />;
          const sorted = all.toSorted(
            (a, b) => Number(operationDone(a)) - Number(operationDone(b)) || b.started.localeCompare(a.started),
          );
          return (
            <div className="col">
              {sorted.map((operation) => (
                <Entry
                  key={operation.id}
                  operation={operation}
                  open={operation.id === drawer.operation || (!drawer.operation && !operationDone(operation))}
                />
              ))}
            </div>
          );
        }}
      </Query>
    </Drawer>
  );
}

function Entry({ operation: listed, open: initially }: { operation: Operation; open: boolean }) {
  const t = useT();
  const [open, setOpen] = useState(initially);
  // The live stream keeps the single operation fresh at every step.
  const { data } = useQuery({ ...queries.operation(listed.id), enabled: open });
  const operation = data ?? listed;
  return (
    <section className="card">
      <Button type="text" block className="entry" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} size={14} />
        <Pill tone={operationTone[operation.state]} icon={operationIcon[operation.state]}>
          {t(`operation.${operation.state}`)}
        </Pill>
        <span className="grow ell b">{operationTitle(t.words, operation)}</span>
        <span className="t3 xs">
          <Ago at={operation.started} />
        </span>
      </Button>
      {open && (
        <div className="pad">
          <OperationSteps operation={operation} />
        </div>
      )}
    </section>
  );
}
