// One's own account, everybody's access and the policy, for tests and for developing without a server.
import type { Access, Policy, User } from "../api/types";
import { ago } from "./data";
import { FakeFault, type FakeNetwork } from "./network";

export function makePolicy(over: Partial<Policy> = {}): Policy {
  return {
    separation: false,
    secondFactor: "optional",
    password: { minLength: 10, classes: 1, history: 0, maxAgeDays: 0, firstChange: true },
    lock: { failures: 5, firstSeconds: 5, longestMinutes: 15 },
    session: { idleMinutes: 720, lifeHours: 168, cliHours: 720, tokenMaxDays: 365 },
    ...over,
  };
}

export function makeAccess(over: Partial<Access> = {}): Access {
  return {
    id: "0123456789abcdef",
    kind: "browser",
    user: "admin",
    address: "10.8.40.16",
    created: ago(4000),
    seen: ago(20),
    expires: ago(-40_000),
    ...over,
  };
}

const token = makeAccess({
  id: "fedcba9876543210",
  kind: "token",
  label: "夜间报告",
  role: "viewer",
  clusters: ["pay-core"],
  address: "10.8.40.31",
  seen: ago(28_000),
  expires: ago(-5e6),
});

/** Adds what there is of accounts to a world. */
export function addAccounts(net: FakeNetwork, me: User): FakeNetwork {
  let policy = makePolicy();
  const sessions = [
    makeAccess({ current: true }),
    makeAccess({ id: "a1", kind: "cli", address: "10.8.40.20", seen: ago(9000) }),
  ];
  const codes = { codes: ["ABCD-EFGH-IJKL-MNOP", "QRST-UVWX-YZ23-4567"] };
  const right = (password: string | undefined) =>
    password === "wrong"
      ? new FakeFault(400, {
          code: "invalid",
          reason: "fields",
          message: "fields",
          fields: [{ path: "password", reason: "password.wrong", message: "wrong" }],
        })
      : undefined;
  return net
    .on("user.list", () => ({
      items: [
        me,
        {
          name: "liwei",
          role: "operator" as const,
          disabled: false,
          secondFactor: true,
          created: ago(4e6),
          lastSeen: ago(5000),
        },
        { name: "audit", role: "auditor" as const, disabled: true, secondFactor: false, created: ago(4e6) },
      ],
    }))
    .on("policy.show", () => policy)
    .on("policy.edit", ({ body }) => {
      policy = { ...policy, ...body };
      return policy;
    })
    .on("session.list", () => ({ items: sessions }))
    .on("token.list", () => ({ items: [token] }))
    .on("access.list", () => ({ items: [...sessions, makeAccess({ id: "b2", user: "liwei" }), token] }))
    .on("session.revoke", () => ({ ok: true }))
    .on("token.revoke", () => ({ ok: true }))
    .on("access.revoke", () => ({ ok: true }))
    .on("token.create", ({ body }) => ({ ...token, label: body.label, token: "hwt_EXAMPLEONLY" }))
    .on("password.change", () => ({ ok: true }))
    .on(
      "totp.setup",
      ({ body }) =>
        right(body.password) ?? {
          secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
          uri: "otpauth://totp/Hawser:admin?issuer=Hawser&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
          qr: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        },
    )
    .on("totp.confirm", () => codes)
    .on("totp.recovery", ({ body }) => right(body.password) ?? codes)
    .on("totp.remove", () => ({ ok: true }))
    .on("totp.reset", () => ({
      name: "liwei",
      role: "operator" as const,
      disabled: false,
      secondFactor: false,
      created: ago(4e6),
    }))
    .on("audit.verify", () => ({
      ok: true,
      since: 1,
      head: { entries: 3, hash: "a3f1c2d4e5a3f1c2d4e5", at: ago(0), signature: "" },
    }));
}
