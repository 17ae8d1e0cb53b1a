import type { Volume } from "../api/types";
import { useT } from "../lib/i18n";

/** What replicates a volume. */
export function DriverName({ driver }: { driver: Volume["driver"] }) {
  const t = useT();
  return (
    <>
      {driver === "mirror" ? t("replication.driver.mirror") : "DRBD"}
      {driver === "mirror" && (
        <>
          {" "}
          <span className="tag">{t("replication.preview")}</span>
        </>
      )}
    </>
  );
}
