import { Button } from "antd";
import type { ReactNode } from "react";

import { Icon } from "./Icon";
import { useT } from "../lib/i18n";

/** Back and forward; what keeps from going on is said beside it. */
export function WizardFoot({
  why,
  onBack,
  onNext,
  children,
}: {
  why?: string;
  onBack?: () => void;
  onNext?: () => void;
  children?: ReactNode;
}) {
  const t = useT();
  return (
    <div className="row">
      <span className="grow" />
      {why && <span className="t3 xs">{why}</span>}
      {onBack && (
        <Button icon={<Icon name="left" />} onClick={onBack}>
          {t("common.back")}
        </Button>
      )}
      {onNext && (
        <Button type="primary" disabled={Boolean(why)} onClick={onNext}>
          {t("common.next")}
        </Button>
      )}
      {children}
    </div>
  );
}
