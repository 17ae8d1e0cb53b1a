import { Button, Checkbox, Input, Modal } from "antd";
import { createContext, type ReactNode, use, useMemo, useState } from "react";

import type { Result } from "../api/client";
import type { Fault, Scenario } from "../api/types";
import { useT } from "../lib/i18n";
import { FaultBox } from "./FaultView";
import { ForecastBox } from "./Forecast";
import { Icon } from "./Icon";

export interface Question {
  title: string;
  /** What happens when the button is pressed: what stops, what moves. */
  consequence: ReactNode;
  /** The button names the act. */
  act: string;
  tone?: "plain" | "danger";
  /** A name to be typed where it cannot be undone. */
  typed?: string;
  /** An option to go on although something is lost by it. */
  force?: string;
  /** Shows beforehand what the scheduler would do. */
  forecast?: { cluster: string; scenario: Scenario };
  run: (answer: { force: boolean; typed: string }) => Promise<Result<unknown>>;
}

const ConfirmContext = createContext<(question: Question) => void>(() => undefined);

/** Asks before an act, with its consequence; the answer's fault is shown where the question was. */
export function useConfirm(): (question: Question) => void {
  return use(ConfirmContext);
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question>();
  const [number, setNumber] = useState(0);
  const ask = useMemo(
    () => (next: Question) => {
      setQuestion(next);
      setNumber((n) => n + 1);
    },
    [],
  );
  return (
    <ConfirmContext value={ask}>
      {children}
      {question && <Dialog key={number} question={question} onClose={() => setQuestion(undefined)} />}
    </ConfirmContext>
  );
}

function Dialog({ question, onClose }: { question: Question; onClose: () => void }) {
  const t = useT();
  const [typed, setTyped] = useState("");
  const [force, setForce] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const mismatch = question.typed !== undefined && typed !== question.typed;
  const danger = question.tone === "danger";

  const run = async () => {
    if (mismatch || busy) return;
    setBusy(true);
    const result = await question.run({ force, typed });
    setBusy(false);
    if (result.ok) onClose();
    else setFault(result.fault);
  };

  return (
    <Modal
      open
      centered
      onCancel={onClose}
      title={question.title}
      width={question.forecast ? 560 : 480}
      footer={
        <div className="row">
          {mismatch && <span className="t3 xs">{t("confirm.type_first", { name: question.typed })}</span>}
          <span className="grow" />
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="primary" danger={danger} disabled={mismatch} loading={busy} onClick={() => void run()}>
            {question.act}
          </Button>
        </div>
      }
    >
      <div className="col">
        <div className={`note-box v-${danger ? "bad" : "warn"}`}>
          <Icon name={danger ? "bad" : "warn"} />
          <div className="grow">{question.consequence}</div>
        </div>
        {question.forecast && <ForecastBox {...question.forecast} />}
        {question.typed !== undefined && (
          <label className="col tight">
            <span>
              {t("confirm.type")} <b className="mono">{question.typed}</b>
            </span>
            <Input
              autoFocus
              autoComplete="off"
              spellCheck={false}
              value={typed}
              aria-label={t("confirm.type_label")}
              onChange={(ev) => setTyped(ev.target.value)}
              onPressEnter={() => void run()}
            />
          </label>
        )}
        {question.force && (
          <Checkbox checked={force} onChange={(ev) => setForce(ev.target.checked)}>
            {question.force}
          </Checkbox>
        )}
        {fault && <FaultBox fault={fault} compact />}
      </div>
    </Modal>
  );
}
