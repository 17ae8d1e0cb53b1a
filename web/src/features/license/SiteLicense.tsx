import { useT } from "../../lib/i18n";
import { GiveFile } from "./GiveFile";
import { Proposal } from "./Proposal";
import { useActivation } from "./useActivation";

/** A document for a place; it is not tied to a machine. */
export function SiteLicense() {
  const t = useT();
  const activation = useActivation("site");
  return (
    <div className="pad col">
      <p className="t2">{t("license.site_text")}</p>
      <GiveFile
        label={t("license.choose_document")}
        onGiven={(given) => void activation.look(given)}
        onUnreadable={activation.refuse}
      />
      <Proposal activation={activation} />
      <p className="t3 xs">
        {t("license.by_command")} <code className="mono">hawser license site --from licence.txt</code>
      </p>
    </div>
  );
}
