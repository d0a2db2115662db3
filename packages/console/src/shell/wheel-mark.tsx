import type { ReactNode } from 'react';

/** The spinning wheel, in the manner of the other icons. */
export function WheelMark({
  size = 24,
  strokeWidth = 2,
}: {
  size?: number | string;
  strokeWidth?: number | string;
}): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={strokeWidth}
      strokeLinecap="round"
      aria-hidden
    >
      <circle cx="12" cy="12" r="9" />
      <circle cx="12" cy="12" r="2" />
      <path d="M12 3v7M12 14v7M3 12h7M14 12h7" />
    </svg>
  );
}
