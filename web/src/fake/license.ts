// Licences, for tests and for developing without a server.
import type { License, LicenseActivated, LicenseRequest, LicenseShown } from "../api/types";
import { ago } from "./data";
import { FakeFault, type FakeNetwork } from "./network";

export function makeShown(over: Partial<LicenseShown> = {}): LicenseShown {
  return {
    number: 418,
    customer: "滨海市商业银行",
    kind: "node",
    nodes: 40,
    clusters: 0,
    features: ["remote"],
    issued: "2025-12-30",
    from: "2025-12-31",
    until: "2026-12-30",
    added: ago(2e7),
    by: "admin",
    ...over,
  };
}

export function makeLicense(over: Partial<License> = {}): License {
  const shown = makeShown();
  return {
    state: "valid",
    inForce: shown,
    until: "2026-12-31T00:00:00Z",
    daysLeft: 200,
    trial: { since: ago(4e7), until: ago(3.5e7), over: true },
    use: { nodes: 35, clusters: 12 },
    kept: [
      shown,
      makeShown({ number: 311, kind: "site", site: "上海同城机房", nodes: 11, until: "never" }),
      makeShown({
        number: 207,
        until: "2025-12-30",
        fault: {
          code: "unlicensed",
          reason: "licence.expired",
          message: "ended",
          args: { number: "207", date: "2025-12-30" },
        },
      }),
    ],
    ukey: { graceHours: 72 },
    reached: ago(0),
    waiting: 0,
    ...over,
  };
}

// One white pixel: what a QR code looks like is a matter of the true server.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==";

export function makeRequest(over: Partial<LicenseRequest> = {}): LicenseRequest {
  return {
    id: "9f3c21b7",
    at: ago(1140),
    by: "admin",
    customer: "滨海市商业银行",
    nodes: 48,
    clusters: 0,
    text: "04A0K2-1XQ9ZT-7N3D0M",
    qr: pixel,
    ...over,
  };
}

/** A server that takes every whole code and every document that says so. */
export function addLicense(net: FakeNetwork): FakeNetwork {
  let license = makeLicense();
  let requests: LicenseRequest[] = [];
  return net
    .on("license.status", () => ({ ...license, waiting: requests.length }))
    .on("license.requests", () => ({ items: requests }))
    .on("license.request", ({ body }) => {
      const asked = makeRequest({ customer: body.customer, nodes: body.nodes ?? 0, clusters: body.clusters ?? 0 });
      requests = [asked, ...requests];
      return asked;
    })
    .on("license.activate", ({ body }): LicenseActivated | FakeFault => {
      const kind = body.kind ?? "node";
      if (body.text && !body.text.startsWith("Hawser licence 1") && body.kind) {
        return new FakeFault(400, { code: "invalid", reason: "licence.not_one", message: "not a licence" });
      }
      const next = makeShown({ number: 512, kind, nodes: 48, until: "2027-12-30" });
      const before = license.inForce;
      if (!body.try) {
        license = makeLicense({ inForce: next, kept: [next, ...(license.kept ?? [])], daysLeft: 395 });
        requests = [];
      }
      return { license: next, ...(before ? { before } : {}), inForce: true, kept: !body.try };
    })
    .on("license.ukey", () => license.ukey);
}
