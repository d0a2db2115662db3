import type { CSSProperties } from 'react';
import type { Column } from './column.ts';
import type { ColumnChoice } from './view.ts';

/** A column where it stands. */
export interface PlacedColumn<T> extends ColumnChoice {
  readonly column: Column<T>;
  readonly widthPx: number;
  /** Set where the table has fixed widths: pinned columns stay at the left. */
  readonly style: CSSProperties | undefined;
}

const firstPx = 260;
const numberPx = 116;
const otherPx = 168;

/** The chosen columns, pinned ones first. Widths count once one is chosen, one is pinned, or the table is boxed. */
export function placeColumns<T>(
  columns: readonly Column<T>[],
  choices: readonly ColumnChoice[],
  boxed: boolean,
): PlacedColumn<T>[] {
  const fixed = boxed || choices.some(({ pinned, widthPx }) => pinned || widthPx !== undefined);
  let left = 0;
  return choices
    .toSorted((a, b) => Number(b.pinned) - Number(a.pinned))
    .flatMap((choice, index): PlacedColumn<T>[] => {
      const column = columns.find(({ id }) => id === choice.id);
      if (column === undefined) return [];
      const widthPx =
        choice.widthPx ??
        (index === 0 ? firstPx : column.numeric === true || column.narrow === true ? numberPx : otherPx);
      const style: CSSProperties | undefined = !fixed ? undefined : choice.pinned ? { position: 'sticky', left } : {};
      left += widthPx;
      return [{ ...choice, column, widthPx, style }];
    });
}
