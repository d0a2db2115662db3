import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { matches } from '../../format/initial-consonants.ts';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import { FilterBox } from '../../parts/filter-box.tsx';
import { Problem } from '../../parts/problem.tsx';
import styles from './log-view.module.css';
import { useLogs, type LogLine } from './use-logs.ts';

const levels = ['debug', 'info', 'warning', 'error'] as const;
export type Level = (typeof levels)[number];

export function levelOf(text: string | undefined): Level {
  return levels.find((level) => level === text) ?? 'info';
}

interface LogViewProps {
  runId: string;
  live: boolean;
  task: string | undefined;
  level: Level;
  search: string;
  onChange: (change: { level?: Level; q?: string | undefined }) => void;
}

/** The log, only what is in sight in the page; follows the end until the reader scrolls up. */
export function LogView({ runId, live, task, level, search, onChange }: LogViewProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: lines = [], error } = useLogs(runId, live);
  const rank = levels.indexOf(level);
  const shown = lines.filter(
    (line) =>
      (task === undefined || line.task === task) &&
      levels.indexOf(line.level) >= rank &&
      (search === '' || matches(line.message, search)),
  );
  return (
    <>
      <div className={styles['tools']}>
        <FilterBox value={search} onChange={(q) => onChange({ q: q === '' ? undefined : q })} />
        <Choice
          label={t('log.level')}
          value={level}
          options={levels.map((each) => [each, t(`log.${each}`)] as const)}
          onChange={(value) => onChange({ level: value })}
        />
        <span className={styles['count']}>
          {t('log.lines', { count: shown.length, formatted: format.number(shown.length) })}
        </span>
      </div>
      {error && <Problem error={error} />}
      {shown.length === 0 ? <p className={styles['count']}>{t('log.none')}</p> : <Lines lines={shown} live={live} />}
    </>
  );
}

function Lines({ lines, live }: { lines: readonly LogLine[]; live: boolean }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const frame = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(live);
  // oxlint-disable-next-line react/incompatible-library -- concerns the React compiler, which is not used.
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => 20,
    overscan: 12,
  });
  useEffect(() => {
    if (following && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [following, lines.length, rows]);
  return (
    <div
      ref={frame}
      className={styles['frame']}
      role="log"
      aria-label={t('log.title')}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls, so the keyboard must reach it (WCAG 2.1.1).
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) =>
        setFollowing(live && scrollTop + clientHeight > scrollHeight - 24)
      }
    >
      <div style={{ height: rows.getTotalSize() }} className={styles['all']}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const line = lines[index];
          if (line === undefined) return null;
          return (
            <div
              key={key}
              ref={rows.measureElement}
              data-index={index}
              className={styles['line']}
              data-level={line.level}
              style={{ transform: `translateY(${start}px)` }}
            >
              <span>{format.clock(line.timeMs)}</span>
              <span className={styles['task']}>{line.task}</span>
              <span className={styles['level']}>{line.level}</span>
              <span>{line.message}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
