import { expect, test } from "vitest";

import { routes } from "./routes.gen";

/** What the console has no use for, and why. */
const elsewhere: Record<string, string> = {
  "constraint.list": "part of cluster.show",
  "tag.list": "part of cluster.show",
  "attributes.list": "part of cluster.show",
  "host.show": "part of host.list",
  "node.show": "part of node.list",
  "revision.show": "part of revision.list",
  "budget.show": "part of budget.list",
  "logs.show": "part of logs.list",
  "property.list": "the console has the metadata's texts in both languages",
};

const sources = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../fake/**", "!../**/*.test.*", "!./*.gen.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});

test("the console has every action that the interface has", () => {
  const text = Object.values(sources).join("\n");
  const used = (route: string) => {
    if (text.includes(`"${route}"`)) return true;
    // A menu calls the acts of its list by their names.
    const [object, ...rest] = route.split(".");
    return text.includes(`act(\`${object}.\${what}\``) && text.includes(`"${rest.join(".")}"`);
  };
  const missing = Object.keys(routes).filter((route) => !used(route) && !(route in elsewhere));
  expect(missing).toEqual([]);
  expect(Object.keys(elsewhere).filter((route) => !(route in routes) || used(route))).toEqual([]);
});
