import { holdsCheck, type AliasPolicy, type ModelVersion, type VersionCheck } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useManifest } from '../../api/use-manifest.ts';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Section } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import styles from './version.module.css';

/** What the project asks of a version before an alias may point at it, and what of that it shows. */
export function Requirements({ version }: { version: ModelVersion }): ReactNode {
  const { t } = useTranslation();
  const policies = useManifest()?.manifest.models?.find(({ name }) => name === version.model)?.policies ?? [];
  if (policies.length === 0) return null;
  return (
    <Section title={t('model.requirements')} aside={t('model.requirementsHint')}>
      {policies.map((policy) => (
        <Policy key={policy.aliases.join()} policy={policy} version={version} />
      ))}
    </Section>
  );
}

function Policy({ policy, version }: { policy: AliasPolicy; version: ModelVersion }): ReactNode {
  const { t } = useTranslation();
  const params = { model: version.model, version: version.version };
  const model = useRoute('getModel', { params: { model: version.model } });
  const approvals = useRoute('listApprovals', { params });
  const isApproved = approvals.data?.items[0]?.verdict === 'approved';
  const rows = [
    ...(policy.checks ?? []).map((check) => ({
      name: check.name,
      asks: <Asked check={check} />,
      holds: holdsCheck(version, model.data?.description ?? '', check),
    })),
    ...(policy.approval === true
      ? [{ name: t('model.approvals'), asks: t('model.needsApproval'), holds: isApproved }]
      : []),
  ];
  return (
    <>
      <h3 className={styles['for']}>
        {policy.aliases.map((alias) => (
          <span key={alias}>{alias}</span>
        ))}
        <Status state={rows.every(({ holds }) => holds) ? 'pass' : 'waiting'}>
          {t(rows.every(({ holds }) => holds) ? 'model.mayMove' : 'model.mayNotMove')}
        </Status>
      </h3>
      <ul className={styles['checks']}>
        {rows.map(({ name, asks, holds }) => (
          <li key={name}>
            <Status state={holds ? 'pass' : 'fail'}>{t(holds ? 'model.shown' : 'model.missing')}</Status>
            <b>{name}</b>
            <span>{asks}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Asked({ check }: { check: VersionCheck }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (check.kind === 'model-card') return t('model.needsCard');
  if (check.kind === 'tag') return `${check.tag} = ${check.equals}`;
  return [
    check.metric,
    check.atLeast === undefined ? undefined : `≥ ${format.metric(check.atLeast)}`,
    check.atMost === undefined ? undefined : `≤ ${format.metric(check.atMost)}`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}
