import { Button } from "antd";
import { useRouteError } from "react-router";

import { FaultBox, toFault } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";

/** Stands in for a page that could not be drawn; the rest of the console goes on. */
export function PageError() {
  const t = useT();
  const error = useRouteError();
  return (
    <div className="page">
      <FaultBox fault={toFault(error)} />
      <div className="row">
        <Button icon={<Icon name="sync" />} onClick={() => window.location.reload()}>
          {t("common.reload")}
        </Button>
      </div>
    </div>
  );
}
