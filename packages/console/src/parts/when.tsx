import type { ReactNode } from 'react';
import { useFormat, useNowMs } from '../format/use-format.ts';

/** A moment: relative, the absolute time on hover. */
export function When({ atMs }: { atMs: number | null }): ReactNode {
  const format = useFormat();
  const nowMs = useNowMs();
  if (atMs === null) return <None />;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={format.absolute(atMs)} style={{ whiteSpace: 'nowrap' }}>
      {format.relative(atMs, nowMs)}
    </time>
  );
}

/** How long something took, or has taken so far. */
export function Took({ fromMs, toMs }: { fromMs: number | null; toMs: number | null }): ReactNode {
  const format = useFormat();
  const nowMs = useNowMs();
  if (fromMs === null) return <None />;
  return <span style={{ whiteSpace: 'nowrap' }}>{format.duration((toMs ?? nowMs) - fromMs)}</span>;
}

/** Nothing there. */
export function None(): ReactNode {
  return <span aria-hidden>–</span>;
}
