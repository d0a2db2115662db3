import { useRef, type ReactNode } from 'react';
import styles from './data-table.module.css';
import type { ColumnChoice } from './view.ts';

interface ResizeHandleProps {
  column: string;
  choices: readonly ColumnChoice[];
  onChoose: (choices: readonly ColumnChoice[]) => void;
}

/** The right edge of a column's head, to be drawn; by keyboard the panel of columns does the same. */
export function ResizeHandle({ column, choices, onChoose }: ResizeHandleProps): ReactNode {
  const start = useRef<{ x: number; widths: Map<string, number> }>(undefined);
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-hidden
      className={styles['handle']}
      onPointerDown={(event) => {
        const heads = event.currentTarget.closest('tr')?.querySelectorAll<HTMLElement>('th[data-column]') ?? [];
        const widths = new Map(Array.from(heads, (head) => [head.dataset['column'] ?? '', head.offsetWidth]));
        start.current = { x: event.clientX, widths };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerUp={(event) => {
        const from = start.current;
        start.current = undefined;
        if (from === undefined || Math.abs(event.clientX - from.x) < 3) return;
        onChoose(
          choices.map(({ id, pinned }) => ({
            id,
            pinned,
            widthPx: Math.max(48, (from.widths.get(id) ?? 120) + (id === column ? event.clientX - from.x : 0)),
          })),
        );
      }}
    />
  );
}
