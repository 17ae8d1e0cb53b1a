// Generates src/api/types.gen.ts and src/api/routes.gen.ts from the server's OpenAPI document.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL(process.argv[2] ?? "../../server/rest/openapi.gen.json", import.meta.url);
const out = new URL("../src/api/", import.meta.url);
const banner = "// Generated from server/rest/openapi.gen.json by npm run gen; do not edit.\n";

const doc = JSON.parse(await readFile(source, "utf8"));
await writeFile(new URL("types.gen.ts", out), banner + astToString(await openapiTS(doc)));

const routes = [];
for (const [path, item] of Object.entries(doc.paths)) {
  for (const [method, op] of Object.entries(item)) {
    if (op.operationId) routes.push([op.operationId, method.toUpperCase(), path]);
  }
}
routes.sort(([a], [b]) => (a < b ? -1 : 1));
const lines = routes.map(
  ([name, method, path]) => `  ${JSON.stringify(name)}: { method: "${method}", path: "${path}" },\n`,
);
await writeFile(new URL("routes.gen.ts", out), `${banner}export const routes = {\n${lines.join("")}} as const;\n`);
