import type { License } from "../api/types";
import type { Translate } from "../lib/i18n";
import type { Tone } from "./tone";

// From how many days before the end it is urgent; the server tells it as critical from then on.
const urgent = 7;

/** How much the licence asks for attention. What runs is never at risk. */
export function licenseTone(license: License): Tone {
  if (license.state === "barred") return "bad";
  if (license.state === "grace" || license.clockBack) return "warn";
  if (license.warn) return license.daysLeft <= urgent ? "bad" : "warn";
  return license.state === "trial" ? "info" : "ok";
}

/** The state in a few words. */
export function licenseHead(t: Translate, license: License): string {
  if (license.state === "barred") return t("license.head.barred");
  if (license.state === "grace") return t("license.head.grace");
  if (license.clockBack) return t("license.head.clock");
  if (license.state === "trial") return t("license.head.trial", { count: license.daysLeft });
  return license.warn ? t("license.head.ends", { count: license.daysLeft }) : t("license.head.valid");
}
