import type { License } from "../../api/types";
import { FaultSentence } from "../../components/FaultView";
import { licenseHead, licenseTone } from "../../components/license";
import { Verdict } from "../../components/Verdict";
import { useFormat } from "../../lib/format";
import { gap, useT } from "../../lib/i18n";

/** May something be added, until when; and that nothing that runs depends on it. */
export function LicenseVerdict({ license }: { license: License }) {
  const t = useT();
  const format = useFormat();
  const until = license.until ? t("license.until", { time: format.full(license.until) }) : t("license.no_end");
  const detail = [
    t("license.runs_on"),
    ...(license.development ? [t("license.development")] : []),
    ...(license.clockBack ? [t("license.clock", { time: format.full(license.reached) })] : []),
    ...(license.state === "grace" && license.ukey.graceUntil
      ? [t("license.grace_until", { time: format.full(license.ukey.graceUntil) })]
      : []),
  ].join(gap(t));
  return (
    <Verdict
      tone={licenseTone(license)}
      {...(licenseTone(license) === "info" ? { icon: "clock" as const } : {})}
      head={`${licenseHead(t, license)}${t("common.colon")}`}
      sentence={license.barred ? <FaultSentence fault={license.barred} /> : until}
      detail={detail}
    />
  );
}
