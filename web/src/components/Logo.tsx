/** Two bollards and the ropes between them: an H. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg className="logo-mark" width={size} height={size} viewBox="0 0 28 28" aria-hidden>
      <path d="M8 4v20M20 4v20" className="post" />
      <path d="M8 10.5c3.4 2.4 8.6 2.4 12 0M8 17.5c3.4 2.4 8.6 2.4 12 0" className="rope" />
    </svg>
  );
}
