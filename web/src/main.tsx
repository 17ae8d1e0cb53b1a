import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { startI18n } from "./lib/i18n";
import "./app/base.css";
import "./app/parts.css";

if (import.meta.env.MODE === "fake") {
  const { startFakeServer } = await import("./fake/browser");
  startFakeServer();
}
await startI18n();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
