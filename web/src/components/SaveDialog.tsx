import { Button, Modal } from "antd";
import type { ReactNode } from "react";

import type { Result } from "../api/client";
import type { Fault } from "../api/types";
import { useT } from "../lib/i18n";
import { FaultBox } from "./FaultView";
import { useSaving } from "./useSaving";

/** A form in a dialog: it says why it cannot be sent yet, closes when it was taken, and says why it was refused. */
export function SaveDialog({
  title,
  act,
  why = "",
  hint,
  width = 560,
  send,
  onClose,
  nameOf,
  children,
}: {
  title: string;
  /** The button names the act. */
  act: string;
  /** Why it cannot be sent; empty where it can. */
  why?: string;
  /** What stands in the place of why where there is none. */
  hint?: ReactNode;
  width?: number;
  send: () => Promise<Result<unknown>>;
  onClose: () => void;
  /** What a field is called, by its path in a fault. */
  nameOf?: (path: string) => string | undefined;
  /** A form that says at each field what is wrong with it is made from the fault. */
  children: ReactNode | ((fault: Fault | undefined) => ReactNode);
}) {
  const t = useT();
  const { busy, fault, save } = useSaving(onClose);
  return (
    <Modal
      open
      centered
      width={width}
      title={title}
      onCancel={onClose}
      footer={
        <div className="row">
          <span className="t3 xs row">{why || hint}</span>
          <span className="grow" />
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="primary" loading={busy} disabled={why !== ""} onClick={() => void save(send)}>
            {act}
          </Button>
        </div>
      }
    >
      <div className="col">
        {typeof children === "function" ? children(fault) : children}
        {fault && <FaultBox fault={fault} compact {...(nameOf ? { nameOf } : {})} />}
        {fault?.code === "conflict" && <p className="t2">{t("common.open_again")}</p>}
      </div>
    </Modal>
  );
}
