// What was promised for services, as the server shows it: pay misses one target, keeps two, and nobody can tell of the fourth.
import type { Target, TargetShown } from "../api/types";
import { ago } from "./data";
import { FakeFault, type FakeNetwork } from "./network";

const day = 86_400;

function absence(seconds: number, before: number) {
  return { since: ago(before), until: ago(before - seconds), seconds };
}

/** A service that was away twice because something failed, on a volume that is whole. */
export function makeTargetShown(over: Partial<TargetShown> = {}): TargetShown {
  return {
    service: "pay",
    since: ago(90 * day),
    target: { rtoPlanned: 30, rtoUnplanned: 60, rpoPlanned: 0, rpoUnplanned: 0 },
    standing: {
      rtoPlanned: { answer: "unknown", number: 0 },
      rtoUnplanned: { answer: "missed", number: 2, last: absence(18.4, 840), worst: absence(72, 20 * day) },
      rpoPlanned: { answer: "met", basis: "replicated", volume: "pay_mq", seconds: 0 },
      rpoUnplanned: { answer: "met", basis: "replicated", volume: "pay_mq", seconds: 0 },
    },
    ...over,
  };
}

/** A service for which nothing was promised, and whose data nobody knows. */
export function makeUnpromised(service = "probe"): TargetShown {
  return {
    service,
    since: ago(90 * day),
    standing: {
      rtoPlanned: { number: 0 },
      rtoUnplanned: { number: 1, last: absence(9.2, 300), worst: absence(9.2, 300) },
      rpoPlanned: { basis: "unknown" },
      rpoUnplanned: { basis: "unknown" },
    },
  };
}

/** A target that is left of a service. */
export function makeGone(service = "pay-old"): TargetShown {
  return {
    service,
    gone: true,
    since: ago(90 * day),
    target: { rtoUnplanned: 120 },
    standing: {
      rtoPlanned: { number: 0 },
      rtoUnplanned: { answer: "unknown", number: 0 },
      rpoPlanned: { basis: "unknown" },
      rpoUnplanned: { basis: "unknown" },
    },
  };
}

/** Targets are kept while the page is open, and judged as the server would. */
export function addTargets(net: FakeNetwork): FakeNetwork {
  let all = [makeTargetShown(), makeUnpromised(), makeGone()];
  const judged = (shown: TargetShown, target: Target): TargetShown => {
    const { rtoPlanned, rtoUnplanned, rpoPlanned, rpoUnplanned } = shown.standing;
    const of = <S extends { answer?: "met" | "missed" | "unknown" }>(
      standing: S,
      goal: number | undefined,
      stands: number | undefined,
    ): S => {
      const { answer: _, ...rest } = standing;
      const answer = stands === undefined ? "unknown" : goal !== undefined && stands > goal ? "missed" : "met";
      return { ...rest, ...(goal === undefined ? {} : { answer }) } as S;
    };
    return {
      ...shown,
      target,
      standing: {
        rtoPlanned: of(rtoPlanned, target.rtoPlanned, rtoPlanned.worst?.seconds),
        rtoUnplanned: of(rtoUnplanned, target.rtoUnplanned, rtoUnplanned.worst?.seconds),
        rpoPlanned: of(rpoPlanned, target.rpoPlanned, rpoPlanned.seconds),
        rpoUnplanned: of(rpoUnplanned, target.rpoUnplanned, rpoUnplanned.seconds),
      },
    };
  };
  return net
    .on("target.list", () => ({ items: all }))
    .on("target.set", ({ path, body }) => {
      all = all.map((s) => (s.service === path.service ? judged(s, body) : s));
      return { ok: true };
    })
    .on("target.remove", ({ path }) => {
      const { service } = path;
      if (!all.some((s) => s.service === service && s.target))
        return new FakeFault(404, {
          code: "not_found",
          reason: "target.not_found",
          message: `there is no target for ${service}`,
          args: { service: service ?? "" },
        });
      all = all.flatMap((s) => {
        if (s.service !== service) return [s];
        const { target: _, ...rest } = judged(s, {});
        return s.gone ? [] : [rest];
      });
      return { ok: true };
    });
}
