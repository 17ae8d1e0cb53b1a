import { useQuery } from "@tanstack/react-query";
import { NavLink } from "react-router";

import { queries, useCan, useSession } from "../../api/queries";
import { Icon, type IconName } from "../../components/Icon";
import { Logo } from "../../components/Logo";
import { list } from "../../lib/list";
import { type MessageKey, useT } from "../../lib/i18n";

interface Place {
  to: string;
  icon: IconName;
  text: MessageKey;
  /** Also lit below this path. */
  also?: string;
  /** So many things wait there. */
  count?: number;
}

const openCritical = { state: "open", severity: "critical", limit: 100 } as const;

/** The way to what is not one cluster's. Only what exists and the user may see. */
export function Rail() {
  const t = useT();
  const can = useCan();
  const session = useSession();
  const alarms = useQuery({ ...queries.alarms(openCritical), enabled: can("alarm.list") });
  const critical = list(alarms.data?.items).length;
  const places: Place[] = [
    { to: "/", icon: "overview", text: "rail.overview", also: "/c/" },
    { to: "/hosts", icon: "hosts", text: "rail.hosts" },
    ...(can("alarm.list") ? [{ to: "/alarms", icon: "bell", text: "rail.alarms", count: critical } as const] : []),
    { to: "/events", icon: "events", text: "rail.events" },
    ...(can("license.status") ? [{ to: "/license", icon: "key", text: "rail.license" } as const] : []),
    ...(session?.demo ? [{ to: "/demo", icon: "pulse", text: "rail.demo" } as const] : []),
    ...(can("user.list") ? [{ to: "/users", icon: "user", text: "rail.users" } as const] : []),
    ...(can("audit.list") ? [{ to: "/audit", icon: "audit", text: "rail.audit" } as const] : []),
  ];
  return (
    <nav className="rail" aria-label={t("rail.label")}>
      <NavLink to="/" className="logo" aria-label="Hawser">
        <Logo />
      </NavLink>
      {places.map((place) => (
        <NavLink
          key={place.to}
          to={place.to}
          end={place.to === "/"}
          className={({ isActive }) =>
            isActive || (place.also && window.location.pathname.startsWith(place.also)) ? "place on" : "place"
          }
        >
          <Icon name={place.icon} />
          <span>{t(place.text)}</span>
          {place.count ? (
            <em>
              {Math.min(place.count, 99)}
              <span className="visually-hidden">{t("rail.alarms_critical")}</span>
            </em>
          ) : null}
        </NavLink>
      ))}
    </nav>
  );
}
