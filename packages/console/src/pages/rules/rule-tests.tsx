import type { RuleSetReport, RuleTest } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Status } from '../../parts/status.tsx';
import styles from './rules.module.css';

interface RuleTestsProps {
  tests: readonly RuleTest[];
  results: RuleSetReport['tests'];
}

/** The tests of a rule set as they came out just now. */
export function RuleTests({ tests, results }: RuleTestsProps): ReactNode {
  const { t } = useTranslation();
  if (tests.length === 0) return <p className={styles['soft']}>{t('rules.noTests')}</p>;
  return (
    <ul className={styles['tests']}>
      {tests.map(({ name, given, expect }) => {
        const result = results.find((each) => each.name === name);
        return (
          <li key={name}>
            <Status state={result === undefined ? 'ready' : result.passed ? 'pass' : 'fail'}>
              {t(`rules.test.${result === undefined ? 'notRun' : result.passed ? 'passed' : 'failed'}`)}
            </Status>
            <span>{name}</span>
            <code>{JSON.stringify(given.input)}</code>
            <span className={styles['soft']}>
              → {expect.rule ?? t('rules.noRule')}
              {expect.score !== undefined && `: ${expect.score}`}
              {result?.passed === false && ` · ${t('rules.got')} ${result.got}`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
