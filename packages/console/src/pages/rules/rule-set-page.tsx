import type { RuleSetVersion } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { quoted } from '../../api/teach.ts';
import { usePagedRoute, useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Columns, Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { When } from '../../parts/when.tsx';
import { RuleProblems } from './rule-problems.tsx';
import { RuleTable } from './rule-table.tsx';
import { RuleTests } from './rule-tests.tsx';
import styles from './rules.module.css';

const route = getRouteApi('/rules/$name');

/** One rule set: what its version says, how often each rule fired, its tests run now, and its versions. */
export function RuleSetPage(): ReactNode {
  const { name } = route.useParams();
  const search = route.useSearch();
  const versions = usePagedRoute('listRuleSetVersions', { params: { name } });
  const items = versions.query.data?.items ?? [];
  const wanted = search.version === undefined ? undefined : Number(search.version);
  const shown = items.find(({ version }) => version === wanted) ?? items[0];
  return (
    <Page
      title={name}
      summary={shown?.definition.description}
      actions={
        <>
          <Teach route="listRuleSetVersions" input={{ params: { name } }} cli={`mulle rules hits ${name}`} />
          {shown && <Actions version={shown} />}
        </>
      }
    >
      <QueryView query={versions.query}>{() => shown && <RuleSetBody version={shown} versions={items} />}</QueryView>
    </Page>
  );
}

function Actions({ version }: { version: RuleSetVersion }): ReactNode {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { ruleSet: name, version: number, state } = version;
  const open = (action: string | undefined): void =>
    void navigate({ search: (before) => ({ ...before, do: action }), replace: true });
  return (
    <>
      <Link to="/rules/$name/edit" params={{ name }} search={{ version: String(number) }}>
        {t('rules.edit')}
      </Link>
      {state === 'draft' && (
        <Button tone="primary" onClick={() => open('publish')}>
          {t('rules.publish')}
        </Button>
      )}
      {state === 'draft' && search.do === 'publish' && (
        <ChangeDialog
          route="publishRuleSetVersion"
          title={t('rules.publish')}
          explanation={t('rules.publishExplain')}
          confirm={t('rules.publish')}
          input={(reason) => ({ params: { name, version: number }, body: { reason } })}
          cli={(reason) => `mulle rules publish ${name} ${number} --reason ${quoted(reason)}`}
          onClose={() => open(undefined)}
        />
      )}
    </>
  );
}

function RuleSetBody({
  version,
  versions,
}: {
  version: RuleSetVersion;
  versions: readonly RuleSetVersion[];
}): ReactNode {
  const { t } = useTranslation();
  const params = { name: version.ruleSet, version: version.version };
  const hits = useRoute('getRuleHits', { params }, { refetchInterval: 10_000 });
  const report = useRoute('checkRuleSet', { body: version.definition }, { refetchInterval: false });
  return (
    <>
      <VersionLine version={version} />
      <RuleProblems problems={version.problems} />
      <Section title={t('section.rules')} aside={t('rules.order')}>
        <RuleTable definition={version.definition} problems={version.problems} hits={hits.data?.items} />
      </Section>
      <Section title={t('rules.tests')}>
        <QueryView query={report} rows={2}>
          {({ tests }) => <RuleTests tests={version.definition.tests} results={tests} />}
        </QueryView>
      </Section>
      <Columns>
        <Versions versions={versions} shown={version.version} />
        {version.distilledFrom && <Distilled from={version.distilledFrom} />}
      </Columns>
    </>
  );
}

function VersionLine({ version }: { version: RuleSetVersion }): ReactNode {
  const { t } = useTranslation();
  return (
    <p className={styles['line']}>
      <Status state={version.state === 'published' ? 'succeeded' : 'waiting'}>
        {t(`rules.state.${version.state}`)}
      </Status>
      <strong>{t('rules.versionNumber', { version: version.version })}</strong>
      <When atMs={version.createdAtMs} />
      <span>{version.actor}</span>
      <span>{version.reason}</span>
      <ShortId id={version.digest} />
    </p>
  );
}

function Versions({ versions, shown }: { versions: readonly RuleSetVersion[]; shown: number }): ReactNode {
  const { t } = useTranslation();
  return (
    <Section title={t('rules.versions')} aside={versions.length}>
      <ul className={styles['versions']}>
        {versions.map(({ ruleSet, version, state, createdAtMs, reason }) => (
          <li key={version} aria-current={version === shown || undefined}>
            <Link to="/rules/$name" params={{ name: ruleSet }} search={{ version: String(version) }}>
              {t('rules.versionNumber', { version })}
            </Link>
            <Status state={state === 'published' ? 'succeeded' : 'waiting'}>{t(`rules.state.${state}`)}</Status>
            <When atMs={createdAtMs} />
            <span>{reason}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** How well rules that were learned from a model say what it says. */
function Distilled({ from }: { from: NonNullable<RuleSetVersion['distilledFrom']> }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { model, version } = from;
  return (
    <Section title={t('rules.distilled')}>
      <Facts
        items={[
          [
            t('column.model'),
            <Link key="model" to="/models/$model/versions/$version" params={{ model, version: String(version) }}>
              {model}@{version}
            </Link>,
          ],
          [t('rules.fidelity'), format.share(from.rSquared, 1)],
          [`${t('rules.agreement')} ≥ ${format.brief(from.threshold)}`, format.share(from.agreement, 1)],
          [t('column.rows'), format.number(from.rows)],
          [t('rules.depth'), format.number(from.depth)],
        ]}
      />
    </Section>
  );
}
