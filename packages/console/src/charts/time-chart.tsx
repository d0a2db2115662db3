import { lazy, Suspense, type ReactNode } from 'react';
import type { LinePlotProps } from './line-plot.tsx';

const LinePlot = lazy(async () => ({ default: (await import('./line-plot.tsx')).LinePlot }));

/** Lines over time, with the same figures as a table; the drawing library comes when the first chart is shown. */
export function TimeChart(props: LinePlotProps): ReactNode {
  return (
    <Suspense fallback={<div style={{ height: (props.height ?? 200) + 56 }} />}>
      <LinePlot {...props} />
    </Suspense>
  );
}
