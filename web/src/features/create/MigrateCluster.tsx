import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate, useSearchParams } from "react-router";

import { call, type Result } from "../../api/client";
import { queries } from "../../api/queries";
import type { Migration, Operation } from "../../api/types";
import { Query } from "../../components/Query";
import { useAct } from "../../components/Tracker";
import { useSequence } from "../../components/useSequence";
import { list } from "../../lib/list";
import { keep, keptIn, type MigrationDraft, migrationOf } from "./mapping";
import { MigrateWizard } from "./MigrateWizard";
import { MigrationProgress } from "./MigrationProgress";
import "./create.css";

/**
 * Makes a cluster anew on other machines from its file: the cluster first, then its configuration as one revision, and at the end
 * both are compared. The operations are in the URL and the draft in the browser's history: a reload loses nothing but the secrets.
 */
export function MigrateCluster() {
  const [search] = useSearchParams();
  const { state }: { state: unknown } = useLocation();
  const act = useAct();
  const navigate = useNavigate();
  const { run, busy, fault } = useSequence();
  const create = search.get("create") ?? undefined;
  const apply = search.get("apply") ?? undefined;
  const into = search.get("into") ?? undefined;
  const hosts = useQuery({ ...queries.hosts(), enabled: !create && !apply });
  const clusters = useQuery({ ...queries.clusters(), enabled: !create && !apply });

  const start = async (draft: MigrationDraft, moved: Migration) => {
    const progress = new URLSearchParams();
    const step = (key: "create" | "apply", send: () => Promise<Result<Operation>>) => ({
      key,
      run: async () => {
        const result = await send();
        if (result.ok) {
          progress.set(key, result.data.id);
          await navigate(`/clusters/migrate?${progress.toString()}`, { replace: true, state: keep(draft, { moved }) });
        }
        return result;
      },
    });
    const creates = step("create", () => act("cluster.create", { body: moved.setup }));
    const applies = step("apply", async () => {
      // With the secrets it is written only now, and kept nowhere.
      const whole = await call("config.migrate", { body: migrationOf(draft, true) });
      if (!whole.ok) return whole;
      return act("config.apply", { path: { cluster: moved.cluster }, body: { yaml: whole.data.yaml } });
    });
    await run(into ? [applies] : [creates, applies]);
  };

  const kept = keptIn(state);
  return (
    <div className="page narrow">
      {create || apply ? (
        <MigrationProgress create={create} apply={apply} kept={kept} busy={busy} fault={fault} />
      ) : (
        <Query query={hosts}>
          {(page) => (
            <Query query={clusters}>
              {({ items }) => (
                <MigrateWizard
                  key={into}
                  hosts={list(page.items).filter((h) =>
                    into ? h.cluster === into : !h.cluster && h.connected && !h.revoked,
                  )}
                  clusters={list(items).map((c) => c.name)}
                  kept={kept}
                  into={into}
                  busy={busy}
                  fault={fault}
                  onStart={(draft, moved) => void start(draft, moved)}
                />
              )}
            </Query>
          )}
        </Query>
      )}
    </div>
  );
}
