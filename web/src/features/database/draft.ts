import type { Body, ClusterDetail, DatabaseCheck, Volume } from "../../api/types";
import { firstSides, replicasOf, type SideDraft, sideFieldName } from "../../components/replicas";
import type { MessageKey, Translate } from "../../lib/i18n";

export const fileSystems = ["ext4", "xfs"] as const;
export const certificateWays = ["auto", "make", "keep", "none"] as const;

/** A database as far as the wizard has it. Empty fields are left to the server. */
export interface DatabaseDraft {
  name: string;
  sides: readonly SideDraft[];
  driver: Volume["driver"];
  /** Somebody has chosen the driver; before that it is what the nodes can have. */
  chosen: boolean;
  protocol: Volume["protocol"];
  sync: "full" | "skip";
  fileSystem: (typeof fileSystems)[number];
  directory: string;
  /** With the length of its network. */
  address: string;
  unit: string;
  owner: string;
  certificates: (typeof certificateWays)[number];
  caKey: string;
  threshold: number | null;
  /** Minutes. */
  forget: number | null;
  /** Further parameters of the agent. */
  parameters: Readonly<Record<string, string>>;
  typed: Readonly<Record<string, string>>;
}

export function firstDatabase(detail: ClusterDetail): DatabaseDraft {
  return {
    name: "kwdb",
    sides: firstSides(detail),
    driver: "drbd",
    chosen: false,
    protocol: "C",
    sync: "full",
    fileSystem: "ext4",
    directory: "/var/lib/kaiwudb",
    address: "",
    unit: "",
    owner: "",
    certificates: "auto",
    caKey: "",
    threshold: 2,
    forget: 10,
    parameters: {},
    typed: {},
  };
}

/** An IPv4 or IPv6 address with the length of its network. */
export function isAddress(text: string): boolean {
  const [address = "", bits = "", ...more] = text.trim().split("/");
  if (more.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (v4) return Number(bits) <= 32 && v4.slice(1).every((part) => Number(part) <= 255);
  return address.includes(":") && /^[0-9a-f:]+$/i.test(address) && Number(bits) <= 128;
}

/** What the server is asked for, with what the nodes have said of their disks. */
export function databaseOf(draft: DatabaseDraft, check?: DatabaseCheck): Body<"service.database"> {
  const parameters = {
    ...draft.parameters,
    ...(draft.unit.trim() ? { unit: draft.unit.trim() } : {}),
    ...(draft.owner.trim() ? { owner: draft.owner.trim() } : {}),
  };
  return {
    name: draft.name.trim(),
    sides: replicasOf(draft.sides, draft.typed, check?.volume?.nodes),
    // A mirror has no choice of protocols.
    ...(draft.driver === "mirror" ? { driver: draft.driver } : { protocol: draft.protocol }),
    sync: draft.sync,
    fileSystem: draft.fileSystem,
    directory: draft.directory.trim(),
    address: draft.address.trim(),
    certificates: draft.certificates,
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
    ...(draft.caKey.trim() ? { caKey: draft.caKey.trim() } : {}),
    ...(draft.threshold === null ? {} : { threshold: draft.threshold }),
    ...(draft.forget === null ? {} : { forget: `${draft.forget}min` }),
  };
}

const fields: Readonly<Record<string, MessageKey>> = {
  name: "kwdb.name",
  volume: "replication.volume",
  sides: "replication.field.replicas",
  driver: "replication.driver",
  protocol: "replication.protocol",
  sync: "replication.first_sync",
  fileSystem: "kwdb.file_system",
  directory: "kwdb.directory",
  address: "kwdb.address",
  certificates: "kwdb.certificates",
  caKey: "kwdb.ca_key",
  threshold: "kwdb.threshold",
  forget: "kwdb.forget",
  "failure-timeout": "kwdb.forget",
  "parameters.unit": "kwdb.unit",
  "parameters.owner": "kwdb.owner",
};

/** What a field of a database is called in the wizard, by its path in a fault. */
export function fieldName(t: Translate, draft: DatabaseDraft, path: string): string | undefined {
  const key = fields[path];
  return key ? t(key) : sideFieldName(t, draft.sides, path);
}
