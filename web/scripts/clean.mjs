// Empties dist before a build, but for the placeholder that is committed.
import { mkdir, readdir, rm } from "node:fs/promises";

const dist = new URL("../dist/", import.meta.url);
await mkdir(dist, { recursive: true });
for (const name of await readdir(dist)) {
  if (name !== "placeholder.html") await rm(new URL(name, dist), { recursive: true });
}
