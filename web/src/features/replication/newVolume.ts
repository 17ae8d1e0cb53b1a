import type { Body, ClusterDetail, Volume, VolumeCheck } from "../../api/types";
import { firstSides, replicasOf, type SideDraft, sideFieldName } from "../../components/replicas";
import type { MessageKey, Translate } from "../../lib/i18n";

/** A volume as far as the wizard has it. */
export interface VolumeDraft {
  name: string;
  driver: Volume["driver"];
  /** Somebody has chosen the driver; before that it is what the nodes can have. */
  chosen: boolean;
  protocol: Volume["protocol"];
  sides: readonly SideDraft[];
  sync: "full" | "skip";
  from: string;
  /** What was typed for the contents of a node's disk, which are to be destroyed. */
  typed: Readonly<Record<string, string>>;
  port: number | null;
  minor: number | null;
}

export function firstDraft(detail: ClusterDetail): VolumeDraft {
  const sides = firstSides(detail);
  return {
    name: "",
    driver: "drbd",
    chosen: false,
    protocol: "C",
    sides,
    sync: "full",
    from: sides[0]?.node ?? "",
    typed: {},
    port: null,
    minor: null,
  };
}

/** What the server is asked for, with what the nodes have said of their disks. */
export function wishOf(draft: VolumeDraft, check?: VolumeCheck): Body<"volume.create"> {
  return {
    name: draft.name.trim(),
    // A mirror has neither a choice of protocols nor a number.
    ...(draft.driver === "mirror"
      ? { driver: draft.driver }
      : { protocol: draft.protocol, ...(draft.minor === null ? {} : { minor: draft.minor }) }),
    replicas: replicasOf(draft.sides, draft.typed, check?.nodes),
    ...(draft.port === null ? {} : { port: draft.port }),
    sync: draft.sync,
    from: draft.from,
  };
}

const fields: Readonly<Record<string, MessageKey>> = {
  name: "replication.place.name",
  driver: "replication.driver",
  protocol: "replication.protocol",
  replicas: "replication.field.replicas",
  port: "replication.place.port",
  minor: "replication.place.minor",
  sync: "replication.first_sync",
  from: "replication.sync.from",
};

/** What a field of a volume is called in the wizard, by its path in a fault. */
export function fieldName(t: Translate, draft: VolumeDraft, path: string): string | undefined {
  const key = fields[path];
  return key ? t(key) : sideFieldName(t, draft.sides, path);
}
