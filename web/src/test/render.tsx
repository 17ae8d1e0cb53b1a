import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter } from "react-router";
import { vi } from "vitest";

import { App, makeCache } from "../app/App";
import { routeTable } from "../app/router";
import { makeSession } from "../fake/data";
import { FakeFault, FakeNetwork } from "../fake/network";
import { type Language, startI18n } from "../lib/i18n";
import type { RouteName } from "../api/types";

/** A network on which somebody is signed in and nothing else is there. */
export function signedIn(over: Parameters<typeof makeSession>[0] = {}): FakeNetwork {
  return new FakeNetwork()
    .on("session.show", () => makeSession(over))
    .on("operation.list", () => ({ items: [] }))
    .on("cluster.list", () => ({ items: [] }));
}

/** The fault that a test lets the server answer. */
export function broken(reason = "internal", status = 500): FakeFault {
  const code = status === 409 ? "conflict" : status === 404 ? "not_found" : "internal";
  return new FakeFault(status, { code, reason, message: `the server said ${reason}` });
}

/** A route that never answers: the page stays as it is while it loads. */
export function silent<R extends RouteName>(net: FakeNetwork, route: R): FakeNetwork {
  return net.on(route, () => new Promise(() => undefined));
}

/** Opens the console at a path, as a browser would. */
export async function open(path: string, net: FakeNetwork, language: Language = "zh") {
  vi.stubGlobal("fetch", net.fetch);
  await startI18n(language);
  const router = createMemoryRouter(routeTable, { initialEntries: [path] });
  const cache = makeCache();
  cache.setDefaultOptions({ queries: { ...cache.getDefaultOptions().queries, retry: false } });
  const user = userEvent.setup({ delay: null, pointerEventsCheck: 0 });
  render(<App router={router} cache={cache} />);
  return { user, router, cache, net };
}
