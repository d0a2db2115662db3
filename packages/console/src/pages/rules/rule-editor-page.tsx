import type { RuleSetDefinition } from '@mulle/contract';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';
import { Page, Section } from '../../parts/page.tsx';
import { Problem } from '../../parts/problem.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { RuleFields } from './rule-fields.tsx';
import { RuleProblems } from './rule-problems.tsx';
import { blankRule, blankTest, draftOf, readDraft, type RuleSetDraft } from './rule-draft.ts';
import { TestFields } from './test-fields.tsx';
import styles from './rules.module.css';

const route = getRouteApi('/rules/$name/edit');

/** A new version of a rule set, begun from one that is there. */
export function EditRuleSetPage(): ReactNode {
  const { name } = route.useParams();
  const { version } = route.useSearch();
  const summaries = useRoute('listRuleSets', {}, { refetchInterval: false });
  const newest = summaries.data?.items.find((each) => each.name === name)?.newest.version;
  const number = version === undefined ? newest : Number(version);
  const query = useRoute(
    'getRuleSetVersion',
    { params: { name, version: number ?? 0 } },
    { enabled: number !== undefined, refetchInterval: false },
  );
  return (
    <QueryView query={query}>{({ definition }) => <RuleEditor first={draftOf(definition)} name={name} />}</QueryView>
  );
}

export function NewRuleSetPage(): ReactNode {
  return <RuleEditor first={{ name: '', description: '', rules: [blankRule()], tests: [] }} />;
}

/** Rules and tests as forms; the server compiles, tests and looks for dead and conflicting rules at every change. */
function RuleEditor({ first, name }: { first: RuleSetDraft; name?: string }): ReactNode {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(first);
  const [saving, setSaving] = useState(false);
  const { definition, faults } = readDraft(useDeferredValue(draft));
  const report = useRoute(
    'checkRuleSet',
    { body: definition },
    { enabled: faults.length === 0, refetchInterval: false },
  );
  const refused = (report.data?.problems ?? []).some(({ kind }) => kind === 'invalid' || kind === 'test');
  const ready = faults.length === 0 && report.data !== undefined && !report.isPlaceholderData && !refused;
  const change = (changed: Partial<RuleSetDraft>): void => setDraft({ ...draft, ...changed });
  return (
    <Page
      title={name === undefined ? t('rules.new') : `${name} · ${t('rules.edit')}`}
      summary={t('rules.editHint')}
      actions={
        <Button tone="primary" disabled={!ready} onClick={() => setSaving(true)}>
          {t('rules.save')}
        </Button>
      }
    >
      {name === undefined && (
        <Field label={t('rules.name')}>
          <input
            className={field['input']}
            value={draft.name}
            required
            placeholder="spam-words"
            onChange={({ target }) => change({ name: target.value.trim() })}
          />
        </Field>
      )}
      <Verdict faults={faults} report={report} />
      <Section title={t('section.rules')} aside={t('rules.sees')}>
        <ListOf items={draft.rules} blank={blankRule} add={t('rules.addRule')} onChange={(rules) => change({ rules })}>
          {(rule, set, remove) => <RuleFields rule={rule} onChange={set} onRemove={remove} />}
        </ListOf>
      </Section>
      <Section title={t('rules.tests')}>
        <ListOf items={draft.tests} blank={blankTest} add={t('rules.addTest')} onChange={(tests) => change({ tests })}>
          {(test, set, remove) => (
            <TestFields
              test={test}
              rules={draft.rules.map((rule) => rule.name)}
              result={report.data?.tests.find((each) => each.name === test.name)}
              onChange={set}
              onRemove={remove}
            />
          )}
        </ListOf>
      </Section>
      {saving && <SaveDialog definition={definition} onClose={() => setSaving(false)} />}
    </Page>
  );
}

interface VerdictProps {
  faults: readonly string[];
  report: ReturnType<typeof useRoute<'checkRuleSet'>>;
}

function Verdict({ faults, report }: VerdictProps): ReactNode {
  const { t } = useTranslation();
  const passed = report.data?.tests.filter((test) => test.passed).length ?? 0;
  return (
    <div className={styles['verdict']} aria-live="polite">
      {faults.map((fault) => (
        <p key={fault}>
          <Status state="warning">
            {t('rules.incomplete', { where: fault === 'name' ? t('rules.name') : fault })}
          </Status>
        </p>
      ))}
      {faults.length === 0 && report.error && <Problem error={report.error} />}
      {faults.length === 0 && report.data && (
        <>
          <p>
            <Status state={report.data.problems.length === 0 ? 'succeeded' : 'warning'}>
              {t('rules.testsPassed', { passed, total: report.data.tests.length })}
            </Status>
          </p>
          <RuleProblems problems={report.data.problems} />
        </>
      )}
    </div>
  );
}

interface ListOfProps<T extends { key: string }> {
  items: readonly T[];
  blank: () => T;
  add: string;
  onChange: (items: T[]) => void;
  children: (item: T, set: (changed: Partial<T>) => void, remove: () => void) => ReactNode;
}

function ListOf<T extends { key: string }>({ items, blank, add, onChange, children }: ListOfProps<T>): ReactNode {
  return (
    <>
      <ol className={styles['editor']}>
        {items.map((item) => (
          <li key={item.key}>
            {children(
              item,
              (changed) => onChange(items.map((each) => (each === item ? { ...each, ...changed } : each))),
              () => onChange(items.filter((each) => each !== item)),
            )}
          </li>
        ))}
      </ol>
      <Button onClick={() => onChange([...items, blank()])}>{add}</Button>
    </>
  );
}

function SaveDialog({ definition, onClose }: { definition: RuleSetDefinition; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [publish, setPublish] = useState(false);
  return (
    <ChangeDialog
      route="createRuleSetVersion"
      title={t('rules.save')}
      explanation={t('rules.saveExplain')}
      confirm={t('rules.save')}
      input={(reason) => ({ params: { name: definition.name }, body: { definition, reason, publish } })}
      onClose={onClose}
      onDone={({ ruleSet, version }) =>
        void navigate({ to: '/rules/$name', params: { name: ruleSet }, search: { version: String(version) } })
      }
    >
      <label className={styles['publish']}>
        <input type="checkbox" checked={publish} onChange={({ target }) => setPublish(target.checked)} />
        {t('rules.publishAtOnce')}
      </label>
    </ChangeDialog>
  );
}
