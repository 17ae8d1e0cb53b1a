// Chromium as this project's tests want it, and a page on which somebody is signed in.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page of its own; errors of the page are collected in page.problems. */
export async function newPage(
  browser,
  {
    language = "zh",
    theme = "light",
    viewport = { width: 1440, height: 900 },
  } = {},
) {
  const context = await browser.newContext({
    viewport,
    ignoreHTTPSErrors: true,
    locale: language === "zh" ? "zh-CN" : "en-GB",
    timezoneId: "Asia/Shanghai",
  });
  // Far longer than anything takes on a busy machine, so that only what never comes fails.
  context.setDefaultTimeout(60_000);
  await context.addInitScript(
    ([l, t]) => {
      localStorage.setItem(
        "hawser.language",
        localStorage.getItem("hawser.language") ?? l,
      );
      localStorage.setItem(
        "hawser.theme",
        localStorage.getItem("hawser.theme") ?? t,
      );
    },
    [language, theme],
  );
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (err) => page.problems.push(`uncaught: ${err.message}`));
  page.on("console", (message) => {
    // A refused request is told by the console too; tests look at what the page says of it.
    if (
      message.type() === "error" &&
      !message.text().startsWith("Failed to load resource")
    )
      page.problems.push(message.text());
  });
  return page;
}

export async function signIn(page, server, path = "/") {
  await page.goto(`${server.url}/sign-in?next=${encodeURIComponent(path)}`);
  await page.fill("#name", server.user);
  await page.fill("#password", server.password);
  await page.click("button[type=submit]");
  await page.waitForURL((url) => url.pathname === path.split("?")[0]);
}

/** Violations of WCAG 2.1 A and AA, as lines. */
export async function violations(page) {
  await page.evaluate(axe);
  const result = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
      resultTypes: ["violations"],
    }),
  );
  return result.violations.flatMap((v) =>
    v.nodes.map(
      (n) =>
        `${v.id}: ${n.target.join(" ")} ${n.failureSummary.replaceAll("\n", " ")}`,
    ),
  );
}

/** Waits until a page has come to rest: no outline of what is loading, no drawer on its way in. */
export async function settled(page) {
  await page.locator(".page").first().waitFor();
  await page.waitForFunction(() => !document.querySelector(".skeleton"));
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        (a) =>
          a.playState !== "running" ||
          a.effect?.getTiming().iterations === Infinity,
      ),
  );
}
