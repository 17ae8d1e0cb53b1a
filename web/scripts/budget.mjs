// Fails when the console has grown beyond its budget: what a browser loads before the first page, and any one page.
import { readdir, readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const limits = { first: 400, page: 120, all: 850 }; // KiB, compressed
const dist = new URL("../dist/", import.meta.url);
const index = await readFile(new URL("index.html", dist), "utf8");
const first = new Set([...index.matchAll(/\/assets\/([^"]+\.(?:js|css))/g)].map((m) => m[1]));

let initial = 0;
let all = 0;
let largest = ["", 0];
for (const name of await readdir(new URL("assets/", dist))) {
  if (!/\.(js|css)$/.test(name)) continue;
  const kib = gzipSync(await readFile(new URL(`assets/${name}`, dist))).length / 1024;
  all += kib;
  if (first.has(name)) initial += kib;
  else if (kib > largest[1]) largest = [name, kib];
}
const lines = [
  ["first load", initial, limits.first],
  [`largest page (${largest[0]})`, largest[1], limits.page],
  ["everything", all, limits.all],
];
let over = false;
for (const [what, kib, limit] of lines) {
  over ||= kib > limit;
  process.stdout.write(`${kib > limit ? "OVER" : "ok  "} ${what}: ${kib.toFixed(0)} of ${limit} KiB\n`);
}
if (initial === 0) throw new Error("index.html names no script: the budget has measured nothing");
process.exit(over ? 1 : 0);
