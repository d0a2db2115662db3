import type { Finding } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { Facts } from '../../parts/facts.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import styles from './findings.module.css';

interface FindingPanelProps {
  finding: Finding;
  onClose: () => void;
  onWalk: (step: 1 | -1) => void;
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null;

/** One finding whole: what was seen, what to do, and the figures to repeat it. */
export function FindingPanel({ finding, onClose, onWalk }: FindingPanelProps): ReactNode {
  const { t } = useTranslation();
  const { language } = useFormat();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.code === 'KeyJ') onWalk(1);
      else if (event.code === 'KeyK') onWalk(-1);
      else if (event.code === 'Escape') onClose();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [onClose, onWalk]);
  return (
    <aside className={styles['panel']} aria-label={t('finding.finding')} tabIndex={-1}>
      <div className={styles['head']}>
        <Status state={finding.severity} />
        <span className={styles['keys']}>J · K · Esc</span>
        <Button quiet aria-label={t('action.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </Button>
      </div>
      <p className={styles['message']}>{finding.message[language]}</p>
      <p className={styles['recommendation']}>{finding.recommendation[language]}</p>
      <FindingFacts finding={finding} />
    </aside>
  );
}

function FindingFacts({ finding }: { finding: Finding }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { window, endpoint, dataset } = finding;
  const value = (of: unknown): string =>
    typeof of === 'number' ? format.metric(of) : typeof of === 'string' ? of : JSON.stringify(of);
  const items: (readonly [string, ReactNode])[] = [
    [t('column.kind'), t(`finding.kind.${finding.kind}`)],
    [t('finding.subject'), finding.subject],
    [t('column.created'), <When key="created" atMs={finding.createdAtMs} />],
  ];
  if (window) {
    items.push([t('finding.window'), `${format.eventTime(window.fromMs)} – ${format.eventTime(window.toMs)} UTC`]);
    items.push([t('column.rows'), format.number(window.rows)]);
  }
  if (endpoint !== null) {
    items.push([
      t('column.endpoint'),
      <Link key="endpoint" to="/endpoints/$name" params={{ name: endpoint }}>
        {endpoint}
      </Link>,
    ]);
  }
  if (dataset !== null) {
    items.push([
      t('column.dataset'),
      <Link key="dataset" to="/data/$name" params={{ name: dataset }}>
        {dataset}
      </Link>,
    ]);
  }
  for (const [name, of] of Object.entries(finding.statistics)) items.push([name, value(of)]);
  items.push(['ID', <ShortId key="id" id={finding.id} length={24} />]);
  return <Facts items={items} />;
}
