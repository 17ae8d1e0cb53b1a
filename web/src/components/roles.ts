import type { Session, User } from "../api/types";
import type { Translate } from "../lib/i18n";

/** All roles, the mightiest first. */
export const roles = ["admin", "operator", "viewer", "security", "auditor"] as const satisfies readonly User["role"][];

/** What a role may do; an administrator's depends on whether the three administrations are separated. */
export function roleText(t: Translate, role: User["role"], session: Session | undefined): string {
  return t(role === "admin" && session?.separated ? "role.admin.separated" : `role.${role}.text`);
}
