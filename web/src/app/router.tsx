import { createBrowserRouter, Navigate, type RouteObject } from "react-router";

import { ClusterFrame } from "./shell/ClusterFrame";
import { PageError } from "./shell/PageError";
import { Shell } from "./shell/Shell";

/** Every page is loaded when it is first opened. */
export const routeTable: RouteObject[] = [
  {
    path: "/sign-in",
    ErrorBoundary: PageError,
    HydrateFallback: () => null,
    lazy: async () => ({ Component: (await import("../features/signin/SignIn")).SignIn }),
  },
  {
    path: "/",
    Component: Shell,
    ErrorBoundary: PageError,
    HydrateFallback: () => null,
    children: [
      { index: true, ...page(async () => (await import("../features/overview/Overview")).Overview) },
      { path: "clusters/new", ...page(async () => (await import("../features/create/CreateCluster")).CreateCluster) },
      {
        path: "clusters/migrate",
        ...page(async () => (await import("../features/create/MigrateCluster")).MigrateCluster),
      },
      { path: "hosts", ...page(async () => (await import("../features/hosts/Hosts")).Hosts) },
      { path: "users/:view?", ...page(async () => (await import("../features/users/Users")).Users) },
      { path: "account", ...page(async () => (await import("../features/account/Account")).Account) },
      { path: "audit", ...page(async () => (await import("../features/audit/Audit")).Audit) },
      { path: "events", ...page(async () => (await import("../features/events/Events")).Events) },
      { path: "alarms/:view?", ...page(async () => (await import("../features/alarms/Alarms")).Alarms) },
      { path: "license/:view?", ...page(async () => (await import("../features/license/License")).License) },
      { path: "demo", ...page(async () => (await import("../features/demo/DemoPage")).DemoPage) },
      {
        path: "c/:cluster",
        Component: ClusterFrame,
        children: [
          { index: true, ...page(async () => (await import("../features/summary/Summary")).Summary) },
          { path: "nodes/:node?", ...page(async () => (await import("../features/nodes/Nodes")).Nodes) },
          { path: "resources", ...page(async () => (await import("../features/resources/Resources")).Resources) },
          {
            path: "resources/new",
            ...page(async () => (await import("../features/resources/NewResource")).NewResource),
          },
          {
            path: "resources/:resource/edit",
            ...page(async () => (await import("../features/resources/EditResource")).EditResource),
          },
          { path: "protect", ...page(async () => (await import("../features/protect/Protect")).Protect) },
          {
            path: "protect/kwdb",
            ...page(async () => (await import("../features/database/NewDatabase")).NewDatabase),
          },
          { path: "heartbeat", ...page(async () => (await import("../features/heartbeat/Heartbeat")).Heartbeat) },
          { path: "fencing", ...page(async () => (await import("../features/fencing/Fencing")).Fencing) },
          {
            path: "replication/:volume?",
            ...page(async () => (await import("../features/replication/Replication")).Replication),
          },
          {
            // Two words deep: a volume of any name has its page one word deep.
            path: "replication/new/volume",
            ...page(async () => (await import("../features/replication/NewVolume")).NewVolume),
          },
          { path: "targets/:service?", ...page(async () => (await import("../features/targets/Targets")).Targets) },
          { path: "health", ...page(async () => (await import("../features/health/Health")).Health) },
          { path: "checks", ...page(async () => (await import("../features/checks/Checks")).Checks) },
          { path: "whatif", ...page(async () => (await import("../features/whatif/WhatIfPage")).WhatIfPage) },
          { path: "history", ...page(async () => (await import("../features/history/History")).History) },
          { path: "logs", ...page(async () => (await import("../features/logs/Logs")).Logs) },
          { path: "events", element: <Navigate to="../logs" replace /> },
          {
            path: "preferences",
            ...page(async () => (await import("../features/preferences/Preferences")).Preferences),
          },
        ],
      },
      { path: "*", element: <Navigate to="/" replace /> },
    ],
  },
];

function page(load: () => Promise<React.ComponentType>) {
  return { lazy: async () => ({ Component: await load() }), ErrorBoundary: PageError };
}

export function makeRouter() {
  return createBrowserRouter(routeTable);
}
