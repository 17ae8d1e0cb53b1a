import { Button } from "antd";
import { type ReactNode, useState } from "react";

import type { Result } from "../../api/client";
import { useCan } from "../../api/queries";
import type { Fault, RouteName } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox } from "../../components/FaultView";
import { ForecastOnDemand } from "../../components/ForecastOnDemand";
import { errorsBelow } from "../../components/formErrors";
import { useT } from "../../lib/i18n";
import { changesOf, type Property } from "./properties";
import { PropertyList } from "./PropertyList";

/** Values that are edited and saved together. Whoever draws it gives it another key when the cluster's own values change. */
export function ValuesCard({
  cluster,
  op,
  title,
  note,
  known,
  before,
  words,
  route,
  errorsAt,
  consequence,
  save,
}: {
  cluster: string;
  /** The change of the configuration that saving them is. */
  op: "properties.set" | "resource_defaults.set" | "op_defaults.set";
  title: string;
  note: string;
  known: readonly Property[];
  before: Readonly<Record<string, string>>;
  /** What the keys of their sentences begin with: <words>.<name> and <words>.<name>.help. */
  words: string;
  /** Who may call this route may change them. */
  route: RouteName;
  /** Where a fault's paths of these values begin. */
  errorsAt: string;
  /** What the changes mean, where that has to be said before they are saved. */
  consequence?: (set: Readonly<Record<string, string>>, unset: readonly string[]) => ReactNode;
  save: (set: Record<string, string>, unset: string[]) => Promise<Result<unknown>>;
}) {
  const t = useT();
  const can = useCan();
  const [value, setValue] = useState<Record<string, string>>(before);
  const [fault, setFault] = useState<Fault>();
  const [busy, setBusy] = useState(false);
  const { set, unset } = changesOf(before, value);
  const count = Object.keys(set).length + unset.length;
  const allowed = can(route);
  const why = !allowed ? t("preferences.no_permission") : count === 0 ? t("form.unchanged") : "";
  const submit = async () => {
    setBusy(true);
    setFault(undefined);
    const result = await save(set, unset);
    setBusy(false);
    if (!result.ok) setFault(result.fault);
  };
  return (
    <Card title={title} note={note} label={title}>
      <PropertyList
        known={known}
        words={words}
        before={before}
        value={value}
        onChange={setValue}
        disabled={!allowed}
        errors={errorsBelow(t, fault, errorsAt)}
      />
      <div className="pad col">
        {count > 0 && consequence?.(set, unset)}
        {why === "" && <ForecastOnDemand cluster={cluster} scenario={{ edits: [{ op, values: set, unset }] }} />}
        {fault && <FaultBox fault={fault} />}
        <div className="row">
          <span className="t3 xs">{why}</span>
          <span className="grow" />
          <Button disabled={count === 0} onClick={() => setValue(before)}>
            {t("common.reset")}
          </Button>
          <Button type="primary" loading={busy} disabled={why !== ""} onClick={() => void submit()}>
            {count === 0 ? t("common.save") : t("preferences.act", { count })}
          </Button>
        </div>
      </div>
    </Card>
  );
}
