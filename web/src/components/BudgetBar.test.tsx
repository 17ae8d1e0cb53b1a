import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { makeBudget } from "../fake/insight";
import { LanguageProvider, startI18n } from "../lib/i18n";
import { BudgetBar, BudgetBars } from "./BudgetBar";

async function show(budget = makeBudget()) {
  await startI18n("en");
  render(
    <LanguageProvider>
      <BudgetBars budget={budget} />
    </LanguageProvider>,
  );
  return screen.getAllByRole("listitem").filter((li) => li.querySelector(".budget-bar"));
}

const widths = (bar: HTMLElement) =>
  [...bar.querySelectorAll<HTMLElement>(".bar i")].map((i) => parseFloat(i.style.width));

test("every event has a bar on one scale, as long as its parts, with the target as a line", async () => {
  const [planned, node] = await show();
  if (!planned || !node) throw new Error("no bars");
  const [stop, start] = widths(planned);
  const parts = widths(node);
  expect(start).toBe(0);
  expect(parts.map((w) => Math.round((w / (parts[0] ?? 1)) * 1000))).toEqual([1000, 1200, 3500, 500]);
  expect((stop ?? 0) / (parts[0] ?? 1)).toBeCloseTo(0.4);
  const line = node.querySelector<HTMLElement>(".target");
  expect(parseFloat(line?.style.left ?? "0") / (parts[0] ?? 1)).toBeCloseTo(4);
  // The longest is the target of the planned move, which still has its line.
  expect(parseFloat(planned.querySelector<HTMLElement>(".target")?.style.left ?? "0")).toBeLessThan(100);
});

test("the bar is told to those who do not see it, and what was never measured is called so", async () => {
  const [planned, node] = await show();
  if (!planned || !node) throw new Error("no bars");
  expect(within(node).getByRole("img")).toHaveAccessibleName(
    "token 1.0 s, consensus 1.2 s, fencing pay-01 3.5 s, start pay-vip 500 ms and target 4.0 s",
  );
  expect(within(planned).getByRole("img")).toHaveAccessibleName(/start pay-vip never measured/);
  expect(planned).toHaveTextContent("at least 400 ms");
  expect(planned.querySelector("i.unknown")).not.toBeNull();
});

test("a target that is missed says what takes most, and what to do about it", async () => {
  const [, node] = await show();
  expect(node).toHaveTextContent("target missed");
  expect(screen.getByText(/3.5 s of them the fencing of node pay-01 takes \(by ipmi-1\)/)).toHaveTextContent(
    "pay, node crash: 6.2 s are to be expected, the target is 4 s.",
  );
  expect(screen.getByText(/Use a faster device/)).toBeInTheDocument();
});

test("what does not come back by itself has no bar", async () => {
  const [, , crash] = await show();
  if (!crash) throw new Error("no event");
  expect(crash).toHaveTextContent("does not come back by itself");
  expect(crash).toHaveTextContent("pay-vip has no monitor");
  expect(within(crash).queryByRole("img")).toBeNull();
});

test("the steps say where their times come from", async () => {
  await show();
  expect(screen.queryByText(/measured 3 times/)).toBeNull();
  await userEvent.setup().click(screen.getByRole("button", { name: /Steps/ }));
  expect(screen.getByText(/measured 3 times, last/)).toBeInTheDocument();
  expect(screen.getByText(/measured once/)).toBeInTheDocument();
  expect(screen.getAllByText("configured")).toHaveLength(2);
});

test("one bar alone fills its own width", async () => {
  await startI18n("en");
  const event = makeBudget().events?.[1];
  if (!event) throw new Error("no event");
  const { container } = render(
    <LanguageProvider>
      <BudgetBar event={event} />
    </LanguageProvider>,
  );
  expect(widths(container).reduce((a, b) => a + b, 0)).toBeGreaterThan(90);
});
