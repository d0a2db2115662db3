import type { Release } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Section } from '../../parts/page.tsx';
import { None } from '../../parts/when.tsx';
import { mergeStatus } from '../endpoints/merge-status.ts';
import { sharesOf, type GroupShare } from './release-shares.ts';
import styles from './traffic-split.module.css';
import { VariantIdLink } from './variant-link.tsx';

/** How a release shares out traffic: what it plans, and what was answered in the last minute. */
export function TrafficSplit({ release }: { release: Release }): ReactNode {
  const { t } = useTranslation();
  const input = { params: { name: release.endpoint } };
  const live = release.state === 'running' || release.state === 'paused';
  const status = useRoute('getEndpointStatus', input, { refetchInterval: live ? 2_000 : false, enabled: live });
  const groups = sharesOf(release);
  const byVariant = live ? mergeStatus(status.data?.processes ?? [], release.endpoint)?.byVariant : undefined;
  const answered = groups.map(({ variant }) => byVariant?.[variant] ?? 0);
  const sum = answered.reduce((total, count) => total + count, 0);
  return (
    <Section title={t('release.traffic')} aside={live && sum === 0 ? t('release.noAnswers') : undefined}>
      <div className={styles['bars']} aria-hidden>
        <Bar groups={groups} shares={groups.map(({ share }) => share ?? 1 / groups.length)} />
        {sum > 0 && <Bar groups={groups} shares={answered.map((count) => count / sum)} thin />}
      </div>
      <Groups groups={groups} answered={live ? answered : undefined} sum={sum} />
    </Section>
  );
}

interface BarProps {
  groups: readonly GroupShare[];
  shares: readonly number[];
  thin?: boolean;
}

function Bar({ groups, shares, thin = false }: BarProps): ReactNode {
  return (
    <div className={styles['bar']} data-thin={thin || undefined}>
      {groups.map(({ group, token }, index) => (
        <span key={group} style={{ flexGrow: shares[index] ?? 0, background: `var(--${token})` }} />
      ))}
    </div>
  );
}

interface GroupsProps {
  groups: readonly GroupShare[];
  /** Answers of the last minute by group; undefined where nothing is live. */
  answered: readonly number[] | undefined;
  sum: number;
}

function Groups({ groups, answered, sum }: GroupsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <table className={styles['groups']}>
      <caption className="visually-hidden">{t('release.traffic')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('release.group')}</th>
          <th scope="col">{t('release.variant')}</th>
          <th scope="col">{t('release.planned')}</th>
          {answered && <th scope="col">{t('release.answered')}</th>}
        </tr>
      </thead>
      <tbody>
        {groups.map(({ group, variant, share, token }, index) => {
          const count = answered?.[index] ?? 0;
          return (
            <tr key={group}>
              <th scope="row">
                <span className={styles['swatch']} style={{ background: `var(--${token})` }} aria-hidden />
                <GroupName group={group} />
              </th>
              <td>
                <VariantIdLink id={variant} />
              </td>
              <td>{share === null ? <None /> : format.share(share, 1)}</td>
              {answered && (
                <td>
                  {sum === 0 ? <None /> : format.share(count / sum, 1)}{' '}
                  <span>{t('release.answers', { count, formatted: format.number(count) })}</span>
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The platform's own group names in words; those that people gave, as they are. */
export function GroupName({ group }: { group: string }): ReactNode {
  const { t } = useTranslation();
  if (group === 'incumbent' || group === 'challenger') return t(`release.${group}`);
  return group === 'only' ? t('release.variant') : group;
}
