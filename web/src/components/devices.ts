import type { Host } from "../api/types";
import { list } from "../lib/list";

export interface SharedDevice {
  path: string;
  sizeBytes: number;
  /** What the hosts' system sees on it; a partition table or a volume may be there without. */
  fileSystem: string;
}

/**
 * Block devices that all hosts see under one name with one size and one content. Whether it is truly one disk is proved by
 * writing on one host and reading on the others, before anything uses it.
 */
export function sharedDevices(hosts: readonly Host[]): SharedDevice[] {
  const [first, ...others] = hosts;
  return list(first?.facts.blockDevices)
    .filter((d) =>
      others.every((h) =>
        list(h.facts.blockDevices).some(
          (o) => o.path === d.path && o.sizeBytes === d.sizeBytes && (o.uuid ?? "") === (d.uuid ?? ""),
        ),
      ),
    )
    .map((d) => ({ path: d.path, sizeBytes: d.sizeBytes, fileSystem: d.fileSystem ?? "" }));
}
