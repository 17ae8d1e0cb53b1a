// Outline icons on a grid of 16, drawn for this console. Shapes of states differ, so that colour is never the only sign.
const shapes = {
  overview: "M2.5 2.5h4.6v4.6H2.5zM8.9 2.5h4.6v4.6H8.9zM2.5 8.9h4.6v4.6H2.5zM8.9 8.9h4.6v4.6H8.9z",
  hosts: "M2.5 2.5h11v4.5h-11zM2.5 9h11v4.5h-11zM5 4.75h.01M5 11.25h.01M8 4.75h3M8 11.25h3",
  bell: "M8 2.2a4 4 0 0 0-4 4v2.9L2.8 11.4h10.4L12 9.1V6.2a4 4 0 0 0-4-4zM6.6 13.4a1.5 1.5 0 0 0 2.8 0",
  mail: "M2 3.5h12v9H2zM2 4.2l6 4.6 6-4.6",
  user: "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8zM3 13.6c.4-2.7 2.4-4 5-4s4.6 1.3 5 4",
  audit: "M3.5 1.8h6l3 3v9.4h-9zM9.5 1.8v3h3M5.8 8h4.4M5.8 11h4.4",
  summary: "M2.2 11.8a6 6 0 1 1 11.6 0M8 10.5l2.6-3.6M7.2 11.2h1.6",
  nodes: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM4.8 5h.01M4.8 11h.01",
  resource: "M8 1.8l5.4 3v6.4L8 14.2l-5.4-3V4.8zM2.8 4.9L8 7.8l5.2-2.9M8 7.8v6.2",
  group: "M2.5 4.5h4l1.2 1.5h5.8v7h-11zM2.5 4.5V3h11v3",
  clone: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  heartbeat: "M1.5 8.5h3l1.8-5 3 9 1.8-4h3.4",
  shield: "M8 1.8l5.2 1.9v3.9c0 3.3-2.2 5.5-5.2 6.6-3-1.1-5.2-3.3-5.2-6.6V3.7z",
  scales: "M8 2v11.5M5.2 13.5h5.6M3 4.2h10M3 4.2L1.4 9a1.7 1.7 0 0 0 3.2 0zM13 4.2L11.4 9a1.7 1.7 0 0 0 3.2 0z",
  events: "M5.5 3.5h8M5.5 8h8M5.5 12.5h8M2.5 3.5h.01M2.5 8h.01M2.5 12.5h.01",
  history: "M2.6 8a5.4 5.4 0 1 0 1.7-3.9L2.4 6M2.4 2.8V6h3.2M8 5v3.2l2.2 1.4",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4l3.4 3.4",
  sync: "M13.2 6.4A5.4 5.4 0 0 0 3.6 4.8L2.4 6.2M2.4 3v3.2h3.2M2.8 9.6a5.4 5.4 0 0 0 9.6 1.6l1.2-1.4M13.6 13V9.8h-3.2",
  half: "M8 13.8A5.8 5.8 0 1 0 8 2.2a5.8 5.8 0 0 0 0 11.6z",
  ok: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.4 8.2l1.8 1.8 3.4-3.8",
  warn: "M8 2.2l6.2 11.3H1.8zM8 6.6v3.2M8 11.6h.01",
  bad: "M5.4 1.9h5.2l3.5 3.5v5.2l-3.5 3.5H5.4l-3.5-3.5V5.4zM6 6l4 4M10 6l-4 4",
  wrench:
    "M10.2 2.4a3.6 3.6 0 0 0-4 4.9L2.3 11.2a1.5 1.5 0 0 0 2.2 2.2l3.9-3.9a3.6 3.6 0 0 0 4.9-4.2l-2.2 2.2-2-.4-.5-2z",
  off: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.2 8h5.6",
  unknown:
    "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.4c.1-1 .8-1.6 1.8-1.6s1.7.6 1.7 1.5c0 1.2-1.7 1.4-1.7 2.6M8.1 11.2h.01",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.4v3.6M8 5.1h.01",
  pause: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.5 6v4M9.5 6v4",
  target: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 8h.01",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8v3.4l2.2 1.3",
  play: "M4.5 2.8l8.2 5.2-8.2 5.2z",
  stop: "M3.5 3.5h9v9h-9z",
  restart: "M13.2 8A5.3 5.3 0 1 1 11.4 4l2 1.8M13.4 2.6v3.2h-3.2",
  plus: "M8 2.8v10.4M2.8 8h10.4",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  check: "M3 8.5l3.4 3.4L13 4.6",
  down: "M3.8 6l4.2 4.2L12.2 6",
  right: "M6 3.8l4.2 4.2L6 12.2",
  arrow: "M2.5 8h11M9.5 4l4 4-4 4",
  more: "M3.2 8h.01M8 8h.01M12.8 8h.01",
  table: "M2.5 4h11M2.5 8h11M2.5 12h11",
  cards: "M2.5 2.5h4.6v4.6H2.5zM8.9 2.5h4.6v4.6H8.9zM2.5 8.9h4.6v4.6H2.5zM8.9 8.9h4.6v4.6H8.9z",
  trash: "M2.8 4.2h10.4M6.2 4.2V2.5h3.6v1.7M4.2 4.2l.6 9.3h6.4l.6-9.3M6.8 6.8v4M9.2 6.8v4",
  edit: "M9.8 3.4l2.8 2.8M2.8 13.2l.6-3 7.4-7.4a1.3 1.3 0 0 1 1.9 0l.5.5a1.3 1.3 0 0 1 0 1.9l-7.4 7.4z",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  key: "M6 13a3.3 3.3 0 1 0 0-6.6A3.3 3.3 0 0 0 6 13zM8.4 7.6l5-5M11.2 4.8l1.8 1.8",
  out: "M6.5 2.5h-4v11h4M6 8h7.5M10.5 5l3 3-3 3",
  star: "M8 2l1.8 3.8 4.2.6-3 2.9.7 4.1L8 11.4l-3.7 2 .7-4.1-3-2.9 4.2-.6z",
  link: "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-1 1M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l1-1",
  disk: "M2.8 4c0-1.1 2.3-2 5.2-2s5.2.9 5.2 2-2.3 2-5.2 2-5.2-.9-5.2-2zM2.8 4v8c0 1.1 2.3 2 5.2 2s5.2-.9 5.2-2V4M2.8 8c0 1.1 2.3 2 5.2 2s5.2-.9 5.2-2",
  replica: "M2 3h4.5v10H2zM9.5 3H14v10H9.5zM6.5 6h3M6.5 10h3",
  pulse: "M1.5 8.5h3l1.8-5 3 9 1.8-4h3.4",
  broom: "M9.6 2.2l-2 4.6M5 6.4l5 2.2M4.6 7.2c-.8 2.6-1.6 4-2.8 5 2.4 1.6 5 1.9 6.6 1.4.6-1.6.9-2.6 1.1-4.2",
  undo: "M5.2 2.8L2.4 5.6l2.8 2.8M2.6 5.6h6.6a4 4 0 0 1 0 8H5.5",
  bolt: "M9 1.8L3.4 9H8l-1 5.2L12.6 7H8z",
  help: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.4c.1-1 .8-1.6 1.8-1.6s1.7.6 1.7 1.5c0 1.2-1.7 1.4-1.7 2.6M8.1 11.2h.01",
  sliders:
    "M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6M10.2 6a1.6 1.6 0 1 0 0-3 1.6 1.6 0 0 0 0 3zM5.8 13a1.6 1.6 0 1 0 0-3 1.6 1.6 0 0 0 0 3z",
  left: "M10 3.8L5.8 8l4.2 4.2",
  globe:
    "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2.2 8h11.6M8 2c2 1.9 2.6 3.9 2.6 6S10 12.1 8 14c-2-1.9-2.6-3.9-2.6-6S6 3.9 8 2z",
} as const;

export type IconName = keyof typeof shapes;

export interface IconProps {
  name: IconName;
  size?: 12 | 14 | 16 | 20 | 24;
  className?: string;
  /** Only where no word beside it says the same. */
  label?: string;
}

export function Icon({ name, size = 16, className, label }: IconProps) {
  return (
    <svg
      className={className ? `icon ${className}` : "icon"}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}
    >
      <path d={shapes[name]} />
      {name === "half" && <path d="M8 2.2a5.8 5.8 0 0 1 0 11.6z" fill="currentColor" stroke="none" />}
    </svg>
  );
}
