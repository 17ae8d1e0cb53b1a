import { Button } from "antd";
import { useState } from "react";

import type { Scenario } from "../api/types";
import { useT } from "../lib/i18n";
import { WhatIf } from "./Forecast";
import { Icon } from "./Icon";

/** A forecast of what is in a form, for those who ask: not at each key. What is typed afterwards has to be asked about again. */
export function ForecastOnDemand({ cluster, scenario }: { cluster: string; scenario: Scenario }) {
  const t = useT();
  const [asked, setAsked] = useState("");
  const now = JSON.stringify(scenario);
  if (asked === now) return <WhatIf cluster={cluster} scenario={scenario} />;
  return (
    <div>
      <Button icon={<Icon name="help" />} onClick={() => setAsked(now)}>
        {t("whatif.ask")}
      </Button>
    </div>
  );
}
