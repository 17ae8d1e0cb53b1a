import type { Operation } from "../api/types";
import { makeDatabaseCheck } from "./database";
import type { FakeNetwork } from "./network";
import { makeExposures, makeMirror, makeReading, makeSplit, makeSyncing, makeVolume, makeVolumeCheck } from "./volumes";

type Long = (kind: string) => (cluster: string | undefined, object?: string) => Operation;

/** Replicated volumes, and databases that stand on them. */
export function addVolumes(net: FakeNetwork, long: Long): FakeNetwork {
  return net
    .on("service.check", ({ body }) => makeDatabaseCheck(body))
    .on("service.database", ({ path, body }) => long("service.database")(path.cluster, body.name))
    .on("volume.list", () => ({ items: [makeSyncing(), makeVolume(), makeSplit(), makeMirror()] }))
    .on("volume.show", ({ path: { volume = "" } }) => ({
      ...(volume === "pay_log" ? makeMirror() : makeVolume(volume)),
      exposures: makeExposures(volume),
    }))
    .on("volume.check", ({ body }) => makeVolumeCheck(body))
    .on("volume.parse", () => makeReading())
    .on("volume.create", ({ path, body }) => long("volume.create")(path.cluster, body.name))
    .on("volume.edit", ({ path }) => long("volume.edit")(path.cluster, path.volume))
    .on("volume.delete", ({ path }) => long("volume.delete")(path.cluster, path.volume))
    .on("volume.act", ({ path }) => long("volume.act")(path.cluster, path.volume))
    .on("volume.resolve", ({ path }) => long("volume.resolve")(path.cluster, path.volume));
}
