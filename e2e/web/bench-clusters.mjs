// Many clusters on one server, all simulated: how soon the overview is painted, how soon a change in one of them is on it, and what
// the process takes that holds the server and all agents. Writes build/bench/clusters.json and, with RESULTS, a page for people.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { newPage, signIn, startBrowser } from "./browser.mjs";
import { startServer } from "./sim.mjs";

const rounds = Number(process.env.ROUNDS ?? 5);
const clusters = 100;
const startMS = 1_800_000;
const restMS = 30_000;

const median = (list) => {
  const s = [...list].sort((a, b) => a - b);
  return (s[(s.length - 1) >> 1] + s[s.length >> 1]) / 2;
};
/** Processor time of a process, in seconds, and its memory in MiB. */
function used(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1];
  const fields = stat.split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    seconds: (Number(fields[11]) + Number(fields[12])) / 100,
    mib: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024,
  };
}
const row = (metric, unit, hawser, limit) => ({
  metric,
  unit,
  hawser,
  peer: null,
  ratio: null,
  aim: limit ? `< ${limit}` : "",
  met: limit ? hawser < limit : true,
});

const server = await startServer("hundred", startMS);
const browser = await startBrowser();
try {
  const page = await newPage(browser);
  await signIn(page, server, "/");
  const paints = [];
  const rows = [];
  const lists = [];
  for (let n = 0; n < rounds; n++) {
    await page.goto(server.url);
    // The painting is noted a little later than it happens.
    await page.waitForFunction(
      () =>
        performance.getEntriesByName("first-contentful-paint").length > 0 &&
        document.querySelector("tbody tr.ant-table-row"),
      null,
      { polling: "raf" },
    );
    rows.push((await page.evaluate(() => performance.now())) / 1000);
    await page.waitForFunction(
      (count) =>
        document.querySelectorAll("tbody tr.ant-table-row").length >= count,
      clusters,
      { polling: "raf" },
    );
    const [paint, list] = await page.evaluate(() => [
      performance.getEntriesByName("first-contentful-paint")[0].startTime,
      performance.now(),
    ]);
    paints.push(paint / 1000);
    lists.push(list / 1000);
  }
  // Somebody changes one cluster with Pacemaker's own tool. Which is on the page only once the agent has seen it and the server has told.
  const seen = [];
  for (let n = 0; n < rounds; n++) {
    const name = `c${String(10 * n + 5).padStart(3, "0")}`;
    const shown = page.evaluate((name) => {
      const cell = () =>
        [...document.querySelectorAll("tbody tr.ant-table-row")]
          .find((r) => r.dataset.rowKey === name)
          ?.querySelectorAll("td")[4]?.textContent;
      const before = cell();
      return new Promise((resolve) => {
        const look = () =>
          cell() === before ? requestAnimationFrame(look) : resolve(Date.now());
        look();
      });
    }, name);
    const begun = Date.now();
    execFileSync(
      "cibadmin",
      [
        "--create",
        "--scope=resources",
        `--xml-text=<primitive id="late${n}" class="ocf" provider="pacemaker" type="Dummy"/>`,
      ],
      {
        env: {
          ...process.env,
          CIB_file: join(server.dir, "world", "clusters", name, "cib.xml"),
        },
      },
    );
    const after = (await shown) - begun;
    seen.push(after / 1000);
  }
  await page.goto("about:blank");
  const before = used(server.pid);
  await new Promise((resolve) => setTimeout(resolve, restMS)); // what is measured, not a wait for something
  const after = used(server.pid);
  const figures = [
    row(
      `overview of ${clusters} clusters, something is painted: who it is`,
      "s",
      median(paints),
      0,
    ),
    row("overview, first paint: the first of them listed", "s", median(rows), 1),
    row("overview, all of them listed", "s", median(lists), 0),
    row(
      "somebody changes one with cibadmin: from the command to the overview",
      "s",
      median(seen),
      1,
    ),
    row(
      `server and ${2 * clusters} agents in one process at rest, processor`,
      "% of a core",
      (100 * (after.seconds - before.seconds) * 1000) / restMS,
      0,
    ),
    row(
      `server and ${2 * clusters} agents in one process, memory`,
      "MiB",
      after.mib,
      0,
    ),
  ];
  const out = fileURLToPath(
    new URL("../../build/bench/clusters.json", import.meta.url),
  );
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(figures, null, 1)}\n`);
  const table = [
    "| metric | unit | Hawser | aim | met |",
    "| --- | --- | --- | --- | --- |",
    ...figures.map(
      (r) =>
        `| ${r.metric} | ${r.unit} | ${r.hawser.toFixed(2)} | ${r.aim} | ${r.met ? "yes" : "NO"} |`,
    ),
  ].join("\n");
  console.log(table);
  if (process.env.RESULTS)
    writeFileSync(
      process.env.RESULTS,
      `# A hundred clusters on one server\n\nWritten by \`make bench-clusters\`, commit ${process.env.HAWSER_COMMIT ?? "unknown"}, ${new Date().toISOString().slice(0, 10)}: ${clusters} simulated clusters of two nodes, median of ${rounds}; server, agents and browser on one machine with ${cpus().length} processors. There is no peer: no other product was at hand that shows so many.\n\n${table}\n`,
    );
} finally {
  await browser.close();
  await server.stop();
}
