import type { Span } from '@mulle/contract';
import { X } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { Facts } from '../../parts/facts.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import { Payload } from './payload.tsx';
import styles from './traces.module.css';

interface SpanPanelProps {
  trace: string;
  span: string;
  /** Begin of the trace, ms. */
  startedAtMs: number;
  onClose: () => void;
}

/** One span whole, beside the waterfall. */
export function SpanPanel({ trace, span, startedAtMs, onClose }: SpanPanelProps): ReactNode {
  const { t } = useTranslation();
  const query = useRoute('getSpan', { params: { trace, span } }, { refetchInterval: false });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const inDialog = event.target instanceof HTMLElement && event.target.closest('dialog, input, textarea') !== null;
      if (event.key === 'Escape' && !event.isComposing && !inDialog) onClose();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [onClose]);
  return (
    <aside className={styles['panel']} aria-label={t('trace.span')}>
      <div className={styles['panel-close']}>
        <Button quiet aria-label={t('action.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </Button>
      </div>
      <QueryView query={query} rows={5}>
        {(data) => <SpanBody key={data.id} span={data} startedAtMs={startedAtMs} />}
      </QueryView>
    </aside>
  );
}

const inputs = 'mlflow.spanInputs';
const outputs = 'mlflow.spanOutputs';
const isShown = (name: string): boolean =>
  ![inputs, outputs, 'mlflow.spanType', 'mlflow.traceRequestId'].includes(name);

function SpanBody({ span, startedAtMs }: { span: Span; startedAtMs: number }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const attributes = Object.entries(span.attributes).filter(([name]) => isShown(name));
  const value = (of: unknown): string => (typeof of === 'string' ? of : JSON.stringify(of));
  return (
    <>
      <h3>{span.name}</h3>
      <p className={styles['panel-facts']}>
        <span>{span.type}</span>
        <Status state={span.status === 'error' ? 'failed' : span.status === 'ok' ? 'succeeded' : 'idle'}>
          {t(`trace.spanStatus.${span.status}`)}
        </Status>
        {span.durationUs !== null && <span>{format.duration(span.durationUs / 1_000)}</span>}
        <span>+{format.duration(span.startUs / 1_000 - startedAtMs)}</span>
        <ShortId id={span.id} />
      </p>
      {span.statusMessage !== '' && <p className={styles['failure']}>{span.statusMessage}</p>}
      <Part title={t('trace.inputs')} shown={span.attributes[inputs] !== undefined}>
        <Payload value={span.attributes[inputs]} />
      </Part>
      <Part title={t('trace.outputs')} shown={span.attributes[outputs] !== undefined}>
        <Payload value={span.attributes[outputs]} />
      </Part>
      <Part title={t('trace.events')} shown={span.events.length > 0}>
        {span.events.map(({ name, attributes: of }, index) => (
          <div key={index}>
            <b>{name}</b>
            <Payload value={Object.keys(of).length === 0 ? null : (of['exception.stacktrace'] ?? of)} />
          </div>
        ))}
      </Part>
      <Part title={t('trace.attributes')} shown={attributes.length > 0}>
        <Facts items={attributes.map(([name, of]) => [name, value(of)] as const)} />
      </Part>
    </>
  );
}

function Part({ title, shown, children }: { title: string; shown: boolean; children: ReactNode }): ReactNode {
  if (!shown) return null;
  return (
    <section>
      <h4>{title}</h4>
      {children}
    </section>
  );
}
