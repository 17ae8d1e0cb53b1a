import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { queries, useCan } from "../../api/queries";
import { Icon } from "../../components/Icon";
import { licenseHead, licenseTone } from "../../components/license";
import { useT } from "../../lib/i18n";

/** One line above every page while the licence ends soon, or nothing can be added; nothing otherwise. */
export function LicenseNotice() {
  const t = useT();
  const can = useCan();
  const { data } = useQuery({ ...queries.license(), enabled: can("license.status"), refetchInterval: 600_000 });
  if (!data || !(data.warn || data.state === "grace" || data.clockBack)) return null;
  const tone = licenseTone(data);
  return (
    <p className={`license-notice v-${tone}`}>
      <Icon name={tone === "bad" ? "bad" : "warn"} size={14} />
      <span>
        <b>{licenseHead(t, data)}</b> {t("license.runs_on")}
      </span>
      <Link to="/license">{t("license.open")}</Link>
    </p>
  );
}
