import { Button, Modal } from "antd";

import { call } from "../../api/client";
import type { Channel, ChannelForm, ChannelTest as Outcome, Fault } from "../../api/types";
import { FaultBox, useFaultText } from "../../components/FaultView";
import { Icon } from "../../components/Icon";
import { useFormat } from "../../lib/format";
import { useT } from "../../lib/i18n";

export interface Tried {
  outcome?: Outcome;
  fault?: Fault;
}

/** Sends a test message; of a form that is not saved yet, as it is filled in. */
export async function tryChannel(name: string, form?: ChannelForm): Promise<Tried> {
  const result = await call("channel.test", { path: { channel: name }, ...(form ? { body: form } : {}) });
  return result.ok ? { outcome: result.data } : { fault: result.fault };
}

/** What became of a test, in the other side's own words. */
export function TestOutcome({ outcome }: { outcome: Outcome }) {
  const t = useT();
  const format = useFormat();
  const faultText = useFaultText();
  const answer = outcome.answer && (
    <p className="code" aria-label={t("channel.answer")}>
      {outcome.answer}
    </p>
  );
  if (!outcome.ok) {
    return (
      <div className="note-box v-bad" role="alert">
        <Icon name="bad" />
        <div className="grow col tight">
          {outcome.fault && <b className="wrap">{faultText(outcome.fault).sentence}</b>}
          {answer}
          <span className="t2">{t("channel.test_next")}</span>
        </div>
      </div>
    );
  }
  return (
    <div className="note-box v-ok" role="status">
      <Icon name="ok" />
      <div className="grow col tight">
        <b>{t("channel.test_ok", { took: format.duration(outcome.tookMs) })}</b>
        {answer}
      </div>
    </div>
  );
}

/** A test of a channel as it is: tried is undefined until the other side has said something. */
export function TestDialog({
  channel,
  tried,
  onAgain,
  onClose,
}: {
  channel: Channel;
  tried: Tried | undefined;
  onAgain: () => void;
  onClose: () => void;
}) {
  const t = useT();
  return (
    <Modal
      open
      title={t("channel.test_title", { name: channel.name })}
      onCancel={onClose}
      footer={
        <div className="row">
          <span className="grow" />
          <Button disabled={!tried} onClick={onAgain}>
            {t("channel.test_again")}
          </Button>
          <Button type="primary" onClick={onClose}>
            {t("common.close")}
          </Button>
        </div>
      }
    >
      {!tried && <p className="t2">{t("channel.testing")}</p>}
      {tried?.outcome && <TestOutcome outcome={tried.outcome} />}
      {tried?.fault && <FaultBox fault={tried.fault} compact />}
    </Modal>
  );
}
