import { stageAt, type Release } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat, useNowMs } from '../../format/use-format.ts';
import { useKindLabel } from './use-kind-label.ts';
import styles from './release-steps.module.css';

/** The stage that a sequence is at, and the steps of a canary. */
export function ReleaseSteps({ release }: { release: Release }): ReactNode {
  const { t } = useTranslation();
  const kindLabel = useKindLabel();
  const { strategy } = release;
  if (strategy.kind !== 'sequence') return <CanarySteps release={release} />;
  const at = stageAt(strategy, release.step);
  const place = { number: at.index + 1, count: strategy.stages.length, kind: kindLabel(at.stage.kind) };
  return (
    <>
      <p>{t('release.stage', place)}</p>
      <CanarySteps release={{ ...release, strategy: at.stage, step: at.step }} />
    </>
  );
}

/** The steps of a canary as one bar each, as wide as its share of the way; the present one fills with its time. */
function CanarySteps({ release }: { release: Release }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const nowMs = useNowMs();
  if (release.strategy.kind !== 'canary') return null;
  const { steps } = release.strategy;
  const done = release.state === 'promoted';
  const live = release.state === 'running' || release.state === 'paused';
  const samples = Math.min(...release.readings.map(({ challengerSamples }) => challengerSamples));
  return (
    <ol className={styles['steps']} aria-label={t('release.steps')}>
      {steps.map(({ weight, minSeconds, minSamples }, index) => {
        const at = index === release.step && live;
        const passed = done || index < release.step;
        const share = passed ? 1 : at ? Math.min(1, (nowMs - release.stepStartedAtMs) / 1_000 / (minSeconds || 1)) : 0;
        return (
          <li key={weight} aria-current={at ? 'step' : undefined} data-passed={passed || undefined}>
            <span className={styles['bar']}>
              <span style={{ width: `${100 * share}%` }} />
            </span>
            <strong>{format.share(weight, 0)}</strong>
            <span>
              {t('release.atLeast')} {format.duration(minSeconds * 1_000)} ·{' '}
              {at && Number.isFinite(samples) ? `${format.number(Math.min(samples, minSamples))} / ` : ''}
              {t('release.sampleCount', { count: minSamples, formatted: format.number(minSamples) })}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
