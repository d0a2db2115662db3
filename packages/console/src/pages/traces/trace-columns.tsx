import type { Trace } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Format } from '../../format/format.ts';
import { useFormat } from '../../format/use-format.ts';
import { Status } from '../../parts/status.tsx';
import type { Column } from '../../parts/table/column.ts';
import { None, When } from '../../parts/when.tsx';
import styles from './traces.module.css';

/** A trace's state in the words of the other states. */
export function TraceStatus({ state }: { state: Trace['state'] }): ReactNode {
  const { t } = useTranslation();
  const known = { ok: 'succeeded', error: 'failed', in_progress: 'running', unspecified: 'idle' } as const;
  return <Status state={known[state]}>{t(`trace.state.${state}`)}</Status>;
}

/** Tokens of all calls of a trace, as MLflow's clients and the fold over its spans keep them; null where none told. */
export function tokensOf({
  metadata,
}: Pick<Trace, 'metadata'>): { input: number; output: number; total: number } | null {
  try {
    const usage: unknown = JSON.parse(metadata['mlflow.trace.tokenUsage'] ?? 'null');
    if (typeof usage !== 'object' || usage === null) return null;
    const [input, output] = ['input_tokens', 'output_tokens'].map((name) => Number(Reflect.get(usage, name) ?? 0));
    return { input: input ?? 0, output: output ?? 0, total: (input ?? 0) + (output ?? 0) };
  } catch {
    return null;
  }
}

function preview(text: string | null): ReactNode {
  return text === null || text === '' ? <None /> : <span className={styles['preview']}>{text}</span>;
}

/** The list comes newest first and in no other order. */
export function useTraceColumns(): Column<Trace>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [...wordColumns(t), ...figureColumns(t, format)].map((column) => ({ ...column, unordered: true }));
}

function wordColumns(t: TFunction): Column<Trace>[] {
  return [
    {
      id: 'name',
      label: t('trace.trace'),
      value: ({ name, id }) => name ?? id,
      cell: ({ id, name }) => (
        <Link to="/traces/$id" params={{ id }}>
          {name ?? id}
        </Link>
      ),
    },
    {
      id: 'state',
      label: t('column.state'),
      narrow: true,
      value: ({ state }) => state,
      cell: ({ state }) => <TraceStatus state={state} />,
    },
    {
      id: 'request',
      label: t('trace.request'),
      wide: true,
      value: ({ requestPreview }) => requestPreview,
      cell: ({ requestPreview }) => preview(requestPreview),
    },
    {
      id: 'response',
      label: t('trace.response'),
      wide: true,
      value: ({ responsePreview }) => responsePreview,
      cell: ({ responsePreview }) => preview(responsePreview),
    },
    {
      id: 'session',
      label: t('trace.session'),
      wide: true,
      value: ({ sessionId }) => sessionId,
      cell: ({ sessionId }) => sessionId ?? <None />,
    },
    {
      id: 'user',
      label: t('trace.user'),
      extra: true,
      value: ({ userId }) => userId,
      cell: ({ userId }) => userId ?? <None />,
    },
  ];
}

function figureColumns(t: TFunction, format: Format): Column<Trace>[] {
  return [
    {
      id: 'spans',
      label: t('trace.spans'),
      numeric: true,
      wide: true,
      value: ({ spans }) => spans,
      cell: ({ spans }) => format.number(spans),
    },
    {
      id: 'tokens',
      label: t('trace.tokens'),
      numeric: true,
      wide: true,
      value: (trace) => tokensOf(trace)?.total,
      cell: (trace) => {
        const tokens = tokensOf(trace);
        return tokens === null ? <None /> : format.number(tokens.total);
      },
    },
    {
      id: 'duration',
      label: t('column.took'),
      numeric: true,
      value: ({ durationMs }) => durationMs,
      cell: ({ durationMs }) => (durationMs === null ? <None /> : format.duration(durationMs)),
    },
    {
      id: 'started',
      label: t('column.started'),
      numeric: true,
      wide: true,
      time: true,
      value: ({ startedAtMs }) => startedAtMs,
      cell: ({ startedAtMs }) => <When atMs={startedAtMs} />,
    },
  ];
}
