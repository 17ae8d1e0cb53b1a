import { useQuery } from "@tanstack/react-query";
import { NavLink, useParams } from "react-router";

import { queries, useCan } from "../../api/queries";
import type { License as Status } from "../../api/types";
import { Icon, type IconName } from "../../components/Icon";
import { Query } from "../../components/Query";
import { type MessageKey, useT } from "../../lib/i18n";
import { CurrentCard } from "./CurrentCard";
import { KeptCard } from "./KeptCard";
import { LicenseVerdict } from "./LicenseVerdict";
import { NodeBound } from "./NodeBound";
import { SiteLicense } from "./SiteLicense";
import { Ukey } from "./Ukey";
import "./license.css";

const views = [
  { path: "", icon: "table", text: "license.view.code" },
  { path: "ukey", icon: "key", text: "license.view.ukey" },
  { path: "site", icon: "hosts", text: "license.view.site" },
] as const satisfies readonly { path: string; icon: IconName; text: MessageKey }[];

/** What may be added, by which licence and until when; and the three ways to another licence. */
export function License() {
  const query = useQuery(queries.license());
  return (
    <div className="page">
      <Query query={query}>{(license) => <Ready license={license} />}</Query>
    </div>
  );
}

function Ready({ license }: { license: Status }) {
  const t = useT();
  const can = useCan();
  const { view = "" } = useParams();
  const shown = views.find((v) => v.path === view)?.path ?? "";
  return (
    <>
      <LicenseVerdict license={license} />
      <div className="split license">
        {can("license.activate") ? (
          <section className="card" aria-label={t("license.activate_title")}>
            <nav className="views" aria-label={t("license.views")}>
              {views.map((v) => (
                <NavLink
                  key={v.path}
                  to={v.path ? `/license/${v.path}` : "/license"}
                  end
                  className={v.path === shown ? "on" : ""}
                  {...(v.path === shown ? { "aria-current": "page" } : {})}
                >
                  <Icon name={v.icon} />
                  {t(v.text)}
                </NavLink>
              ))}
            </nav>
            {shown === "" && <NodeBound />}
            {shown === "ukey" && <Ukey license={license} />}
            {shown === "site" && <SiteLicense />}
          </section>
        ) : (
          <p className="note-box v-off">
            <Icon name="info" />
            {t("license.only_admin")}
          </p>
        )}
        <div className="col">
          <CurrentCard license={license} />
          <KeptCard license={license} />
        </div>
      </div>
    </>
  );
}
