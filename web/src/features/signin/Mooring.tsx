/** Two bollards with ropes between them, at the foot of the sign-in page. */
export function Mooring() {
  return (
    <svg className="mooring" viewBox="0 0 560 320" preserveAspectRatio="xMidYMax slice" aria-hidden>
      <rect className="post" x="98" y="62" width="44" height="258" />
      <circle className="post-head" cx="120" cy="52" r="32" />
      <rect className="post" x="418" y="62" width="44" height="258" />
      <circle className="post-head" cx="440" cy="52" r="32" />
      <path className="rope back" d="M0 150c50-6 80-22 120-22 58 0 96 94 160 94s102-94 160-94c40 0 70 16 120 22" />
      <path className="rope" d="M0 112c50-6 80-22 120-22 58 0 96 94 160 94s102-94 160-94c40 0 70 16 120 22" />
    </svg>
  );
}
