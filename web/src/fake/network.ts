// A network that is not there: routes are answered by functions registered under their names, so that the types
// of the interface catch a fake that has drifted.
import { routes } from "../api/routes.gen";
import type { Answer, Body, Fault, RouteName } from "../api/types";

export interface FakeRequest<R extends RouteName> {
  path: Record<string, string>;
  query: URLSearchParams;
  body: Body<R>;
}

/** What a fake route answers instead, where it fails. */
export class FakeFault {
  constructor(
    readonly status: number,
    readonly fault: Fault,
  ) {}
}

type Handler = (path: Record<string, string>, query: URLSearchParams, body: unknown) => unknown;

export class FakeNetwork {
  private readonly handlers = new Map<RouteName, Handler>();
  /** What was asked, in order: route names, for tests that look at what reached the server. */
  readonly asked: { route: RouteName; path: Record<string, string>; body: unknown }[] = [];

  on<R extends RouteName>(
    route: R,
    handler: (request: FakeRequest<R>) => Answer<R> | FakeFault | Promise<Answer<R> | FakeFault>,
  ): this {
    // The body was made by the client from the same types.
    this.handlers.set(route, (path, query, body) => handler({ path, query, body: body as Body<R> }));
    return this;
  }

  /** Everything that reached a route, newest last. */
  bodies(route: RouteName): unknown[] {
    return this.asked.filter((a) => a.route === route).map((a) => a.body);
  }

  fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(String(input), "http://fake.invalid");
    const method = init?.method ?? "GET";
    for (const [name, handler] of this.handlers) {
      const route = routes[name];
      const path = route.method === method ? match(route.path, url.pathname) : undefined;
      if (!path) continue;
      const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
      this.asked.push({ route: name, path, body });
      const answer = await handler(path, url.searchParams, body);
      return answer instanceof FakeFault ? json(answer.status, answer.fault) : json(200, answer);
    }
    return json(404, {
      code: "not_found",
      reason: "route.not_found",
      message: `no fake for ${method} ${url.pathname}`,
    });
  };
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });
}

function match(template: string, path: string): Record<string, string> | undefined {
  const want = template.split("/");
  const got = path.split("/");
  if (want.length !== got.length) return undefined;
  const values: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    const value = got[i] ?? "";
    if (part.startsWith("{")) values[part.slice(1, -1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return values;
}
