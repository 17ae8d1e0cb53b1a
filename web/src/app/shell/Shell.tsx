import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { Outlet, useLocation, useMatch, useNavigate } from "react-router";

import { FaultError, onSignedOut } from "../../api/client";
import { keys, queries } from "../../api/queries";
import { ConfirmProvider } from "../../components/Confirm";
import { FaultBox, toFault } from "../../components/FaultView";
import { Loading } from "../../components/Loading";
import { TrackerProvider } from "../../components/Tracker";
import { ClusterMenu } from "./ClusterMenu";
import { HelpDialog } from "./HelpDialog";
import { LicenseNotice } from "./LicenseNotice";
import { LiveProvider } from "./live";
import { OperationsDrawer } from "./OperationsDrawer";
import { Rail } from "./Rail";
import { useShortcuts } from "./shortcuts";
import { TopBar } from "./TopBar";

const Settle = lazy(async () => ({ default: (await import("../../features/account/Settle")).Settle }));

/** What stands around every page; it sends whoever is not signed in to sign in, and back again afterwards. */
export function Shell() {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const location = useLocation();
  const session = useQuery(queries.session());
  const cluster = useMatch("/c/:cluster/*")?.params.cluster;
  const [help, setHelp] = useState(false);
  useShortcuts({ help: () => setHelp(true) });

  const here = location.pathname + location.search;
  useEffect(() => {
    const leave = () => {
      const expired = cache.getQueryData(keys.session()) !== undefined;
      cache.clear();
      const query = new URLSearchParams({ next: here, ...(expired ? { expired: "1" } : {}) });
      void navigate(`/sign-in?${query.toString()}`, { replace: true });
    };
    onSignedOut.add(leave);
    return () => {
      onSignedOut.delete(leave);
    };
  }, [cache, navigate, here]);

  if (!session.data) {
    const anonymous = session.error instanceof FaultError && session.error.status === 401;
    return (
      <div className="page">
        {session.error && !anonymous ? (
          <FaultBox fault={toFault(session.error)} onRetry={() => void session.refetch()} />
        ) : (
          <Loading />
        )}
      </div>
    );
  }
  if (session.data.must) {
    return (
      <Suspense fallback={<Loading />}>
        <Settle session={session.data} />
      </Suspense>
    );
  }
  return (
    <LiveProvider>
      <TrackerProvider>
        <ConfirmProvider>
          <div className={cluster ? "shell in" : "shell"}>
            <Rail />
            <TopBar cluster={cluster} onHelp={() => setHelp(true)} />
            {cluster && <ClusterMenu cluster={cluster} />}
            <main id="main" tabIndex={-1}>
              {location.pathname.startsWith("/license") ? null : <LicenseNotice />}
              <Suspense fallback={<Loading />}>
                <Outlet />
              </Suspense>
            </main>
          </div>
          <OperationsDrawer />
          <HelpDialog open={help} onClose={() => setHelp(false)} />
        </ConfirmProvider>
      </TrackerProvider>
    </LiveProvider>
  );
}
