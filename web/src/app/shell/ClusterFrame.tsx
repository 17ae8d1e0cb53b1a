import { Outlet } from "react-router";

/** The pages of one cluster; the menu beside them belongs to the shell. */
export function ClusterFrame() {
  return <Outlet />;
}
