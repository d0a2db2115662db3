import type { SpanSummary } from '@mulle/contract';
import { ChevronDown, ChevronRight, X } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/use-format.ts';
import type { SpanNode, Window } from './span-tree.ts';
import styles from './waterfall.module.css';

/** Colours by what a span does; the word stands beside the name. */
const tokens: Partial<Record<string, string>> = {
  LLM: 'jjok',
  CHAT_MODEL: 'jjok',
  RETRIEVER: 'ssuk',
  TOOL: 'jacho',
  AGENT: 'chija',
  EMBEDDING: 'chija',
};

interface WaterfallRowProps {
  node: SpanNode;
  /** Its index among all nodes. */
  place: number;
  /** Its index among those in sight. */
  index: number;
  window: Window;
  foldable: boolean;
  folded: boolean;
  /** Where the keyboard stands. */
  current: boolean;
  selected: boolean;
}

/** A deep span keeps room for its name. */
const deepest = 14;

export function WaterfallRow(props: WaterfallRowProps): ReactNode {
  const { node, place, index, window, foldable, folded, selected, current } = props;
  const { span, depth } = node;
  return (
    <tr
      id={`span-${span.id}`}
      data-row={place}
      aria-level={depth + 1}
      aria-rowindex={index + 1}
      aria-selected={selected}
      aria-expanded={foldable ? !folded : undefined}
      data-current={current || undefined}
    >
      <NameCell span={span} depth={depth} foldable={foldable} folded={folded} />
      <TimeCell span={span} window={window} />
    </tr>
  );
}

interface NameCellProps {
  span: SpanSummary;
  depth: number;
  foldable: boolean;
  folded: boolean;
}

function NameCell({ span, depth, foldable, folded }: NameCellProps): ReactNode {
  const { t } = useTranslation();
  const Chevron = folded ? ChevronRight : ChevronDown;
  return (
    <td>
      <div className={styles['name']} style={{ paddingLeft: Math.min(depth, deepest) * 14 }}>
        {foldable ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={t(folded ? 'trace.unfold' : 'trace.fold', { name: span.name })}
          >
            <Chevron size={14} aria-hidden />
          </button>
        ) : (
          <i aria-hidden />
        )}
        {span.status === 'error' && <X size={13} strokeWidth={2.5} aria-label={t('trace.spanStatus.error')} />}
        <b title={span.name}>{span.name}</b>
        <small>{span.type === 'UNKNOWN' ? '' : span.type}</small>
      </div>
    </td>
  );
}

function TimeCell({ span, window }: { span: SpanSummary; window: Window }): ReactNode {
  const format = useFormat();
  const length = window.toUs - window.fromUs;
  const from = (100 * (span.startUs - window.fromUs)) / length;
  const to = from + (100 * (span.durationUs ?? 0)) / length;
  const [left, right] = [Math.max(0, from), Math.min(100, to)];
  const token = span.status === 'error' ? 'honghwa' : (tokens[span.type] ?? 'ink-faint');
  const word: CSSProperties = right > 80 ? { right: `${100 - left}%` } : { left: `${Math.max(0, right)}%` };
  return (
    <td>
      <div className={styles['time']}>
        {to >= 0 && from <= 100 && (
          <i
            style={{ left: `${left}%`, width: `${Math.max(0, right - left)}%`, background: `var(--${token})` }}
            aria-hidden
          />
        )}
        <em style={word}>{span.durationUs === null ? '…' : format.duration(span.durationUs / 1_000)}</em>
      </div>
    </td>
  );
}
