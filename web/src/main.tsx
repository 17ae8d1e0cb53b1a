import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { queries } from "./api/queries";
import { App, makeCache } from "./app/App";
import { makeRouter } from "./app/router";
import { startI18n } from "./lib/i18n";
import "./app/base.css";
import "./app/parts.css";

if (import.meta.env.MODE === "fake") {
  const { startFakeServer } = await import("./fake/browser");
  startFakeServer();
}
// What the first page needs is asked for at once: its code, who is there, and the overview's list. Each waits for nothing else.
const cache = makeCache();
const router = makeRouter();
void cache.prefetchQuery(queries.session());
if (location.pathname === "/") void cache.prefetchQuery(queries.clusters());
await startI18n();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App router={router} cache={cache} />
  </StrictMode>,
);
