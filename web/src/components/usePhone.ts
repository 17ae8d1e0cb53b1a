import { useMedia } from "../lib/useMedia";

/** Whether there is only a phone's width (that of app/base.css), where a wide table is no use. */
export function usePhone(): boolean {
  return useMedia("(max-width: 720px)");
}
