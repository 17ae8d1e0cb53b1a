import { useT } from "../../lib/i18n";
import { diskStates } from "./volumes";

/** DRBD's word for the state of a disk, with what it means where that does not go without saying. */
export function useDiskWord(): (disk: string) => string {
  const t = useT();
  return (disk) => {
    const known = diskStates.find((d) => d === disk);
    return known ? t(`replication.disk.${known}`) : disk;
  };
}
