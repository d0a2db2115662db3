import type { Trace } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Page, Section } from '../../parts/page.tsx';
import { Problem } from '../../parts/problem.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Teach } from '../../parts/teach.tsx';
import { When } from '../../parts/when.tsx';
import { Assessments } from './assessments.tsx';
import { Payload } from './payload.tsx';
import { SpanPanel } from './span-panel.tsx';
import { TraceStatus, tokensOf } from './trace-columns.tsx';
import styles from './traces.module.css';
import { useSpans } from './use-spans.ts';
import { Waterfall } from './waterfall.tsx';

const route = getRouteApi('/traces/$id');

export function TracePage(): ReactNode {
  const { id } = route.useParams();
  const input = { params: { trace: id } };
  const trace = useRoute('getTrace', input);
  return (
    <Page
      title={trace.data?.name ?? id}
      summary={trace.data && <TraceSummary trace={trace.data} />}
      actions={<Teach route="getTrace" input={input} />}
    >
      <QueryView query={trace}>{(data) => <TraceBody trace={data} />}</QueryView>
    </Page>
  );
}

function TraceSummary({ trace }: { trace: Trace }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const tokens = tokensOf(trace);
  return (
    <>
      <TraceStatus state={trace.state} />
      {trace.durationMs !== null && <span>{format.duration(trace.durationMs)}</span>}
      <span>{t('trace.spanCount', { count: trace.spans, formatted: format.number(trace.spans) })}</span>
      {tokens && (
        <span title={`${format.number(tokens.input)} → ${format.number(tokens.output)}`}>
          {t('trace.tokenCount', { count: tokens.total, formatted: format.number(tokens.total) })}
        </span>
      )}
      {trace.sessionId !== null && (
        <Link to="/traces" search={{ q: `session:"${trace.sessionId}"` }}>
          {trace.sessionId}
        </Link>
      )}
      {trace.userId !== null && <span>{trace.userId}</span>}
      <ShortId id={trace.id} length={14} />
      <When atMs={trace.startedAtMs} />
    </>
  );
}

function TraceBody({ trace }: { trace: Trace }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { span } = route.useSearch();
  const navigate = route.useNavigate();
  const { spans, done, error } = useSpans(trace.id);
  const choose = (id: string | undefined): void =>
    void navigate({
      search: (before) => ({ ...before, span: id }),
      replace: span !== undefined,
      resetScroll: false,
    });
  return (
    <>
      {(trace.requestPreview !== null || trace.responsePreview !== null) && (
        <div className={styles['exchange']}>
          <Section title={t('trace.request')}>
            <Payload value={trace.requestPreview} />
          </Section>
          <Section title={t('trace.response')}>
            <Payload value={trace.responsePreview} />
          </Section>
        </div>
      )}
      <Section
        title={t('trace.waterfall')}
        aside={done ? undefined : t('trace.reading', { formatted: format.number(spans.length) })}
      >
        {error && <Problem error={error} />}
        <div className={styles['split']} data-open={span !== undefined || undefined}>
          <Waterfall spans={spans} selected={span} onSelect={choose} />
          {span !== undefined && (
            <SpanPanel trace={trace.id} span={span} startedAtMs={trace.startedAtMs} onClose={() => choose(undefined)} />
          )}
        </div>
      </Section>
      <Assessments trace={trace} onSpan={choose} />
    </>
  );
}
