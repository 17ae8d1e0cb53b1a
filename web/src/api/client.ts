import { routes } from "./routes.gen";
import type { Answer, Body, Fault, PathArgs, Query, RouteName } from "./types";

export type Result<T> = { ok: true; data: T } | { ok: false; status: number; fault: Fault };

/** What a route is called with; what the route does not take cannot be given. */
export interface CallArgs<R extends RouteName> {
  path?: PathArgs<R>;
  query?: Query<R>;
  body?: Body<R>;
  signal?: AbortSignal;
}

/** A fault on its way through TanStack Query, which knows errors only by being thrown. */
export class FaultError extends Error {
  constructor(
    readonly fault: Fault,
    readonly status: number,
  ) {
    super(fault.message);
    this.name = "FaultError";
  }
}

/** The path of a route with its blanks filled. */
export function pathOf(route: RouteName, args?: object): string {
  const values = new Map<string, unknown>(Object.entries(args ?? {}));
  return routes[route].path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(values.get(name) ?? "")),
  );
}

function isFault(value: unknown): value is Fault {
  return typeof value === "object" && value !== null && "code" in value && "reason" in value;
}

const unreachable: Fault = {
  code: "unreachable",
  reason: "console.unreachable",
  message: "the server does not answer",
};

/** Calls a route by its name. It never throws: what went wrong is in the result. */
export async function call<R extends RouteName>(route: R, args: CallArgs<R> = {}): Promise<Result<Answer<R>>> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(args.query ?? {})) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const url = pathOf(route, args.path ?? undefined) + (query.size > 0 ? `?${query.toString()}` : "");
  let response: Response;
  try {
    response = await fetch(url, {
      method: routes[route].method,
      credentials: "same-origin",
      headers: args.body === undefined ? {} : { "Content-Type": "application/json" },
      body: args.body === undefined ? null : JSON.stringify(args.body),
      signal: args.signal ?? null,
    });
  } catch (err) {
    if (err instanceof DOMException && err.name === "AbortError") throw err;
    return { ok: false, status: 0, fault: unreachable };
  }
  let data: unknown;
  try {
    data = await response.json();
  } catch {
    data = undefined;
  }
  if (!response.ok) {
    const fault = isFault(data)
      ? data
      : {
          ...unreachable,
          code: "internal" as const,
          reason: "console.bad_answer",
          message: `status ${response.status}`,
        };
    if (response.status === 401 && route !== "session.create") onSignedOut.forEach((f) => f());
    return { ok: false, status: response.status, fault };
  }
  // The server's answers are as its OpenAPI document says; a test on the server holds it to that.
  return { ok: true, data: data as Answer<R> };
}

/** As call, but throws a FaultError: the shape that TanStack Query wants. */
export async function fetchRoute<R extends RouteName>(route: R, args: CallArgs<R> = {}): Promise<Answer<R>> {
  const result = await call(route, args);
  if (!result.ok) throw new FaultError(result.fault, result.status);
  return result.data;
}

/** Told whenever the server says that nobody is signed in (any longer). */
export const onSignedOut = new Set<() => void>();
