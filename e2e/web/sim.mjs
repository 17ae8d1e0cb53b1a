// The server under test: one that is told by HAWSER_URL, or the true server on simulated nodes, started here.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Enrolment and a first cluster on a busy machine.
const startMS = 180_000;

/** Returns url, user, password and stop; of a simulated one also pid and dir. The scenario says what there is to begin with. */
export async function startServer(
  scenario = "empty",
  patience = startMS,
  flags = [],
) {
  const { HAWSER_URL, HAWSER_USER = "admin", HAWSER_PASSWORD } = process.env;
  if (HAWSER_URL) {
    if (!HAWSER_PASSWORD)
      throw new Error("HAWSER_URL needs HAWSER_PASSWORD beside it");
    return {
      url: HAWSER_URL,
      user: HAWSER_USER,
      password: HAWSER_PASSWORD,
      simulated: false,
      stop: async () => undefined,
    };
  }
  const program = process.env.HAWSER_SIM ?? join(root, "build/bin/hawser-sim");
  if (!existsSync(program)) {
    const built = spawnSync(
      "go",
      ["build", "-o", program, "./e2e/sim/cmd/hawser-sim"],
      { cwd: root, stdio: "inherit" },
    );
    if (built.status !== 0) throw new Error("cannot build hawser-sim");
  }
  const dir = mkdtempSync(join(tmpdir(), "hawser-web-"));
  const child = spawn(
    program,
    [
      "run",
      "--dir",
      dir,
      "--listen",
      "127.0.0.1:0",
      "--scenario",
      scenario,
      ...flags,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  const told = await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`hawser-sim is not ready:\n${said}`)),
      patience,
    );
    const listen = (chunk) => {
      said += chunk;
      const url = /https:\/\/\S+/.exec(said)?.[0];
      const password = /^Password\s+(\S+)/m.exec(said)?.[1];
      if (url && password) {
        clearTimeout(timer);
        resolve({ url, password });
      }
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    void ended.then((code) =>
      reject(new Error(`hawser-sim ended with ${code}:\n${said}`)),
    );
  });
  return {
    ...told,
    pid: child.pid,
    dir,
    user: "admin",
    simulated: true,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
