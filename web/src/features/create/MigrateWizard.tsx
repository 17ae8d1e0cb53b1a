import { Button, Steps } from "antd";
import { useState } from "react";
import { Link } from "react-router";

import { call } from "../../api/client";
import type { Fault, Host, ManifestContents, Migration, PreflightResult } from "../../api/types";
import { Card } from "../../components/Card";
import { FaultBox } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useT } from "../../lib/i18n";
import { type Answers, answersFor, errorsOf, type Kept, type MigrationDraft, migrationOf } from "./mapping";
import { MapStep } from "./MapStep";
import { MigrationReview } from "./MigrationReview";
import { PickFile } from "./PickFile";
import { Preflight } from "./Preflight";

type Step = "file" | "map" | "preflight" | "review";

/** File, mapping, preflight, consequences. What the server refuses is said at its field, and leads back there. */
export function MigrateWizard({
  hosts,
  clusters,
  kept,
  into,
  busy: starting,
  fault: notStarted,
  onStart,
}: {
  /** Those that may become nodes. */
  hosts: readonly Host[];
  /** Names that are taken. */
  clusters: readonly string[];
  kept: Kept | undefined;
  /** The new cluster, where it has been made already and only its configuration is missing. */
  into: string | undefined;
  busy: boolean;
  fault: Fault | undefined;
  onStart: (draft: MigrationDraft, moved: Migration) => void;
}) {
  const t = useT();
  const [draft, setDraft] = useState(kept?.draft);
  const [step, setStep] = useState<Step>(draft ? "map" : "file");
  const [moved, setMoved] = useState<Migration>();
  const [checked, setChecked] = useState<PreflightResult>();
  const [refused, setRefused] = useState<Fault | undefined>(kept?.fault);
  const [asking, setAsking] = useState(false);
  const [tried, setTried] = useState(false);
  const steps: readonly Step[] = into ? ["file", "map", "review"] : ["file", "map", "preflight", "review"];
  const at = steps.indexOf(step);
  const wrong = refused ?? (tried ? notStarted : undefined);
  const { errors, rest } = draft ? errorsOf(t, wrong, draft) : { errors: new Map<string, string>(), rest: wrong };

  const begun = (contents: ManifestContents): Answers => {
    const answers = answersFor(contents, hosts, clusters);
    return into ? { ...answers, cluster: into } : answers;
  };
  const change = (answers: Answers) => {
    if (draft) setDraft({ ...draft, answers });
    setRefused(undefined);
    setTried(false);
    setMoved(undefined);
    setChecked(undefined);
  };
  const check = async (migration: Migration) => {
    setAsking(true);
    const result = await call("host.preflight", { body: { setup: migration.setup } });
    setAsking(false);
    setChecked(result.ok ? result.data : undefined);
    setRefused(result.ok ? undefined : result.fault);
    // A set-up that cannot be is mended in the mapping.
    setStep(result.ok ? "preflight" : "map");
  };
  const map = async () => {
    if (!draft) return;
    setAsking(true);
    setRefused(undefined);
    const result = await call("config.migrate", { body: migrationOf(draft, false) });
    setAsking(false);
    if (!result.ok) {
      setRefused(result.fault);
      return;
    }
    setMoved(result.data);
    if (into) setStep("review");
    else await check(result.data);
  };
  const forward = async () => {
    if (step === "map") await map();
    else setStep(steps[at + 1] ?? step);
  };
  const begin = () => {
    setTried(true);
    if (draft && moved) onStart(draft, moved);
  };
  const why: Record<Step, string> = {
    file: draft ? "" : t("import.needs_file"),
    map: asking ? t("create.checking") : draft?.answers.cluster ? "" : t("create.needs_name"),
    preflight: asking
      ? t("create.checking")
      : checked?.ok
        ? ""
        : t(checked ? "create.needs_fixes" : "create.needs_check"),
    review: "",
  };
  // Only the mapping has fields to say it at.
  const shown = step === "map" ? rest : wrong;
  return (
    <Card label={t("import.title")} pad>
      <div className="col gap-l">
        <Steps size="small" current={at} items={steps.map((s) => ({ title: t(`import.step.${s}`) }))} />
        {into && (
          <p className="note-box v-info">
            <Icon name="info" />
            {t("import.into", { name: into })}
          </p>
        )}
        {step === "file" && (
          <PickFile
            source={draft?.source}
            contents={draft?.contents}
            onRead={(read) => {
              setDraft(read && { ...read, answers: begun(read.contents) });
              setRefused(undefined);
            }}
          />
        )}
        {step === "map" && draft && (
          <MapStep draft={draft} hosts={hosts} into={into} errors={errors} onChange={change} />
        )}
        {step === "preflight" && (
          <Preflight result={checked} busy={asking} onCheck={() => void (moved && check(moved))} />
        )}
        {step === "review" && draft && moved && <MigrationReview draft={draft} moved={moved} into={into} />}
        {shown && <FaultBox fault={shown} />}
        <div className="row">
          <Link to="/">
            <Button>{t("common.cancel")}</Button>
          </Link>
          <span className="grow" />
          <span className={errors.size > 0 && step === "map" ? "bad xs" : "t3 xs"} role="status">
            {errors.size > 0 && step === "map" ? t("import.refused", { count: errors.size }) : why[step]}
          </span>
          {at > 0 && (
            <Button
              icon={<Icon name="left" />}
              disabled={asking || starting}
              onClick={() => setStep(steps[at - 1] ?? step)}
            >
              {t("common.back")}
            </Button>
          )}
          {step === "review" ? (
            <Button type="primary" loading={starting} onClick={begin}>
              {into ? t("import.apply_act", { name: into }) : t("create.act", { name: moved?.cluster })}
            </Button>
          ) : (
            <Button type="primary" disabled={why[step] !== ""} onClick={() => void forward()}>
              {t(step === "map" && !into ? "create.next_check" : "common.next")}
            </Button>
          )}
        </div>
      </div>
    </Card>
  );
}
