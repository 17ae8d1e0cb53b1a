import { NavLink } from "react-router";

import { useCan, useSession } from "../../api/queries";
import { Icon, type IconName } from "../../components/Icon";
import { Logo } from "../../components/Logo";
import { type MessageKey, useT } from "../../lib/i18n";

interface Place {
  to: string;
  icon: IconName;
  text: MessageKey;
  /** Also lit below this path. */
  also?: string;
}

/** The way to what is not one cluster's. Only what exists and the user may see. */
export function Rail() {
  const t = useT();
  const can = useCan();
  const session = useSession();
  const places: Place[] = [
    { to: "/", icon: "overview", text: "rail.overview", also: "/c/" },
    { to: "/hosts", icon: "hosts", text: "rail.hosts" },
    { to: "/events", icon: "events", text: "rail.events" },
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
        </NavLink>
      ))}
    </nav>
  );
}
