import type { PromptVersion } from '@mulle/contract';
import { getRouteApi } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute } from '../../api/use-route.ts';
import { Button } from '../../parts/button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Teach } from '../../parts/teach.tsx';
import { When } from '../../parts/when.tsx';
import { AliasDialog } from '../models/alias-dialog.tsx';
import { PromptText } from './prompt-text.tsx';
import { PromptDiff } from './prompt-diff.tsx';
import styles from './prompts.module.css';

const route = getRouteApi('/prompts/$name');

export function PromptPage(): ReactNode {
  const { t } = useTranslation();
  const { name } = route.useParams();
  const input = { params: { prompt: name } };
  const versions = usePagedRoute('listPromptVersions', { ...input, query: { limit: 200 } });
  return (
    <Page title={name} actions={<Teach route="listPromptVersions" input={input} />}>
      <QueryView query={versions.query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('prompt.noVersions')}>{t('prompt.noneHint')}</Empty>
          ) : (
            <PromptBody versions={items} />
          )
        }
      </QueryView>
    </Page>
  );
}

function PromptBody({ versions }: { versions: readonly PromptVersion[] }): ReactNode {
  const { t } = useTranslation();
  const { version, against } = route.useSearch();
  const [settingAlias, setSettingAlias] = useState(false);
  const newest = versions[0];
  const shown = versions.find((each) => String(each.version) === version) ?? newest;
  const other = versions.find((each) => String(each.version) === against);
  if (shown === undefined) return null;
  return (
    <div className={styles['layout']}>
      <VersionList versions={versions} shown={shown} against={other} />
      <div>
        <Section
          title={
            other === undefined
              ? t('rules.versionNumber', { version: shown.version })
              : t('prompt.diff', { from: other.version, to: shown.version })
          }
          aside={<Button onClick={() => setSettingAlias(true)}>{t('model.setAlias')}</Button>}
        >
          {shown.description !== '' && <p className={styles['why']}>{shown.description}</p>}
          {other === undefined ? <PromptText version={shown} /> : <PromptDiff before={other} after={shown} />}
        </Section>
      </div>
      {settingAlias && (
        <AliasDialog model={shown.prompt} version={shown.version} onClose={() => setSettingAlias(false)} />
      )}
    </div>
  );
}

interface VersionListProps {
  versions: readonly PromptVersion[];
  shown: PromptVersion;
  against: PromptVersion | undefined;
}

/** Versions, newest first: one is shown, another may be compared with it. */
function VersionList({ versions, shown, against }: VersionListProps): ReactNode {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const choose = (version: number, other: number | undefined): void =>
    void navigate({
      search: (before) => ({
        ...before,
        version: String(version),
        against: other === undefined ? undefined : String(other),
      }),
      replace: true,
      resetScroll: false,
    });
  return (
    <Section title={t('model.versions')} aside={versions.length}>
      <ol className={styles['versions']} reversed>
        {versions.map(({ version, aliases, description, createdAtMs }) => (
          <li key={version} aria-current={version === shown.version || undefined}>
            <Button quiet onClick={() => choose(version, undefined)}>
              <b>{version}</b>
              {aliases.map((alias) => (
                <span key={alias} className={styles['alias']}>
                  {alias}
                </span>
              ))}
            </Button>
            <When atMs={createdAtMs} />
            {description !== '' && <p>{description}</p>}
            {version !== shown.version && (
              <Button
                quiet
                aria-pressed={version === against?.version}
                aria-label={t('prompt.compareWith', { version })}
                onClick={() => choose(shown.version, version === against?.version ? undefined : version)}
              >
                {t('run.compare')}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Section>
  );
}
