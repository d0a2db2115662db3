import type { EvidenceSeries, Release } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useFormat } from '../../format/use-format.ts';
import { Columns, Section } from '../../parts/page.tsx';
import { alignArms } from './align-arms.ts';
import { GroupName } from './traffic-split.tsx';
import { sharesOf, type GroupShare } from './release-shares.ts';
import styles from './bandit-history.module.css';

/** How a release that learns came to divide its traffic: each arm's share and its chance to be the best, over time. */
export function BanditHistory({ release }: { release: Release }): ReactNode {
  const { t } = useTranslation();
  const live = release.state === 'running' || release.state === 'paused';
  const input = { params: { id: release.id } };
  const evidence = useRoute('getReleaseEvidence', input, { refetchInterval: live ? 5_000 : false });
  const { strategy } = release;
  if (!('arms' in strategy)) return null;
  // After the end all traffic is one arm's; the arms stay those of the strategy.
  const groups = sharesOf({ ...release, state: 'running' });
  const series = evidence.data?.series ?? [];
  return (
    <>
      <Arms release={release} groups={groups} />
      <Columns>
        <Line title={t('bandit.share')} of="share" groups={groups} series={series} />
        <Line title={t('bandit.chanceBest')} of="chanceBest" groups={groups} series={series} />
      </Columns>
    </>
  );
}

interface LineProps {
  title: string;
  of: 'share' | 'chanceBest';
  groups: readonly GroupShare[];
  series: readonly EvidenceSeries[];
}

function Line({ title, of, groups, series }: LineProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { times, values } = alignArms(
    series,
    groups.map(({ group }) => group),
    of,
  );
  if (times.length === 0) return null;
  return (
    <Section title={title}>
      <TimeChart
        label={title}
        timeLabel={t('column.time')}
        times={times}
        joined
        series={groups.map(({ group, token }, index) => ({
          label: group,
          token: token === 'line-strong' ? 'ink-soft' : token,
          values: values[index] ?? [],
        }))}
        formatValue={(value) => format.share(value, 0)}
        height={190}
      />
    </Section>
  );
}

/** What each arm has earned by now. */
function Arms({ release, groups }: { release: Release; groups: readonly GroupShare[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const of = (group: string) =>
    release.readings.find((reading) => reading.group === group && reading.chanceBest !== undefined);
  if (groups.every(({ group }) => of(group) === undefined)) return null;
  return (
    <Section title={t('bandit.arms')}>
      <table className={styles['arms']}>
        <caption className="visually-hidden">{t('bandit.arms')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('ab.arm')}</th>
            <th scope="col">{t('bandit.earned')}</th>
            <th scope="col">{t('gate.samples')}</th>
            <th scope="col">{t('bandit.share')}</th>
            <th scope="col">{t('bandit.chanceBest')}</th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ group, token }) => {
            const reading = of(group);
            const value = (number: number | null | undefined, show: (number: number) => string): string =>
              number == null ? '–' : show(number);
            return (
              <tr key={group}>
                <th scope="row">
                  <i style={{ background: `var(--${token})` }} aria-hidden />
                  <GroupName group={group} />
                </th>
                <td>{value(reading?.challenger, (number) => format.metric(number))}</td>
                <td>{value(reading?.challengerSamples, (number) => format.number(number))}</td>
                <td>{value(reading?.share, (number) => format.share(number))}</td>
                <td>{value(reading?.chanceBest, (number) => format.share(number))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Section>
  );
}
