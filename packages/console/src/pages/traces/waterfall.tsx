import type { SpanSummary } from '@mulle/contract';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { FilterBox } from '../../parts/filter-box.tsx';
import { rowsWith, spanRange, spanTree, visibleRows, type SpanNode, type Window } from './span-tree.ts';
import styles from './waterfall.module.css';
import { WaterfallRow } from './waterfall-row.tsx';

interface WaterfallProps {
  spans: readonly SpanSummary[];
  /** Id of the span whose panel is open. */
  selected: string | undefined;
  onSelect: (id: string) => void;
}

const rowHeightPx = 26;
const rowsOfPage = 15;
const ticks = [0, 0.25, 0.5, 0.75, 1];

/**
 * The spans of a trace as a tree beside their times; only the rows in sight are in the document. By keyboard: up and
 * down walk, left folds, right unfolds, Enter opens, Z draws the span's own time alone and again all.
 */
export function Waterfall({ spans, selected, onSelect }: WaterfallProps): ReactNode {
  const { t } = useTranslation();
  const nodes = useMemo(() => spanTree(spans), [spans]);
  const whole = useMemo(() => spanRange(spans), [spans]);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [text, setText] = useState('');
  const [zoom, setZoom] = useState<Window>();
  const rows = useMemo(
    () => (text.trim() === '' ? visibleRows(nodes, folded) : rowsWith(nodes, text.trim())),
    [nodes, folded, text],
  );
  const fold = (id: string): void => {
    const next = new Set(folded);
    if (!next.delete(id)) next.add(id);
    setFolded(next);
  };
  const parents = nodes.filter(({ end }, index) => end > index + 1);
  return (
    <div className={styles['waterfall']}>
      <div className={styles['bar']}>
        <FilterBox value={text} placeholder={t('trace.findSpan')} onChange={setText} />
        <Button quiet onClick={() => setFolded(new Set(parents.slice(1).map(({ span }) => span.id)))}>
          {t('trace.foldAll')}
        </Button>
        <Button quiet disabled={folded.size === 0} onClick={() => setFolded(new Set())}>
          {t('trace.unfoldAll')}
        </Button>
        {zoom && (
          <Button quiet onClick={() => setZoom(undefined)}>
            {t('trace.wholeTime')}
          </Button>
        )}
      </div>
      <Grid
        nodes={nodes}
        rows={rows}
        window={zoom ?? whole}
        startUs={whole.fromUs}
        isFolded={(id) => folded.has(id)}
        onFold={fold}
        selected={selected}
        onSelect={onSelect}
        onZoom={({ startUs, durationUs }) =>
          setZoom(
            zoom?.fromUs === startUs ? undefined : { fromUs: startUs, toUs: startUs + Math.max(1, durationUs ?? 1) },
          )
        }
      />
    </div>
  );
}

interface GridProps {
  nodes: readonly SpanNode[];
  /** Indices of the nodes in sight. */
  rows: readonly number[];
  window: Window;
  startUs: number;
  isFolded: (id: string) => boolean;
  onFold: (id: string) => void;
  selected: string | undefined;
  onSelect: (id: string) => void;
  onZoom: (span: SpanSummary) => void;
}

function Grid(props: GridProps): ReactNode {
  const { nodes, rows, window, isFolded, selected } = props;
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- concerns the React compiler, which is not used.
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeightPx,
    overscan: 12,
  });
  const [walked, setCurrent] = useState<string>();
  const current = walked ?? selected;
  const onKeyDown = useGridKeys(props, current, (index) => {
    setCurrent(nodes[rows[index] ?? 0]?.span.id);
    virtual.scrollToIndex(index);
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const until = (items.at(-1)?.index ?? -1) + 1;
  const presses = usePresses(props, setCurrent);
  return (
    <div ref={box} className={styles['grid']}>
      <table
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role -- WAI-ARIA makes tree grids of tables; it has the keys of one.
        role="treegrid"
        aria-label={t('trace.waterfall')}
        aria-rowcount={rows.length}
        aria-activedescendant={current !== undefined && rows.length > 0 ? `span-${current}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...presses}
      >
        <Axis window={window} startUs={props.startUs} />
        <tbody>
          <Spacer rows={first} />
          {rows.slice(first, until).flatMap((place, index) => {
            const node = nodes[place];
            if (node === undefined) return [];
            const { id } = node.span;
            return [
              <WaterfallRow
                key={id}
                node={node}
                place={place}
                index={first + index}
                window={window}
                foldable={node.end > place + 1}
                folded={isFolded(id)}
                current={id === current}
                selected={id === selected}
              />,
            ];
          })}
          <Spacer rows={rows.length - until} />
        </tbody>
      </table>
    </div>
  );
}

/** A press on a row opens its span, on the mark before its name folds it; two presses draw its time alone. */
function usePresses({ nodes, onFold, onSelect, onZoom }: GridProps, onCurrent: (id: string) => void) {
  const spanAt = (target: EventTarget): SpanSummary | undefined => {
    const row = target instanceof Element ? target.closest<HTMLElement>('tr[data-row]') : null;
    return row === null ? undefined : nodes[Number(row.dataset['row'])]?.span;
  };
  return {
    onClick: ({ target }: { target: EventTarget }): void => {
      const span = spanAt(target);
      if (span === undefined) return;
      onCurrent(span.id);
      if (target instanceof Element && target.closest('button') !== null) onFold(span.id);
      else onSelect(span.id);
    },
    onDoubleClick: ({ target }: { target: EventTarget }): void => {
      const span = spanAt(target);
      if (span !== undefined) onZoom(span);
    },
  };
}

/** In place of the rows out of sight. */
function Spacer({ rows }: { rows: number }): ReactNode {
  if (rows <= 0) return null;
  return <tr aria-hidden style={{ height: rows * rowHeightPx }} />;
}

/** The keys of a tree grid (WAI-ARIA), from the row where the keyboard stands. */
function useGridKeys(
  { nodes, rows, isFolded, onFold, onSelect, onZoom }: GridProps,
  current: string | undefined,
  onMove: (index: number) => void,
): (event: KeyboardEvent) => void {
  const at = rows.findIndex((index) => nodes[index]?.span.id === current);
  const node = nodes[rows[at] ?? -1];
  const move = (row: number): void => onMove(Math.max(0, Math.min(rows.length - 1, row)));
  const isParent = node !== undefined && node.end > (rows[at] ?? 0) + 1;
  const keys: Partial<Record<string, () => void>> = {
    ArrowDown: () => move(at + 1),
    ArrowUp: () => move(at - 1),
    PageDown: () => move(at + rowsOfPage),
    PageUp: () => move(at - rowsOfPage),
    Home: () => move(0),
    End: () => move(rows.length - 1),
    ArrowRight: () => {
      if (isParent && isFolded(node.span.id)) onFold(node.span.id);
    },
    ArrowLeft: () => {
      if (isParent && !isFolded(node.span.id)) onFold(node.span.id);
    },
    Enter: () => {
      if (node) onSelect(node.span.id);
    },
    KeyZ: () => {
      if (node) onZoom(node.span);
    },
  };
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.code === 'KeyZ' ? 'KeyZ' : event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
}

function Axis({ window: { fromUs, toUs }, startUs }: { window: Window; startUs: number }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <thead>
      <tr>
        <th scope="col">{t('trace.span')}</th>
        <th scope="col">
          <span className="visually-hidden">{t('column.time')}</span>
          <div className={styles['ticks']} aria-hidden>
            {ticks.map((share) => (
              <i key={share} style={{ left: `${100 * share}%` }} data-last={share === 1 || undefined}>
                {format.duration((fromUs + share * (toUs - fromUs) - startUs) / 1_000)}
              </i>
            ))}
          </div>
        </th>
      </tr>
    </thead>
  );
}
