import type { RuleProblem } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/use-format.ts';
import { Status } from '../../parts/status.tsx';
import styles from './rules.module.css';

/** Whether a problem keeps the rule set from becoming a version, as the server decides. */
const refuses = ({ kind }: RuleProblem): boolean => kind === 'invalid' || kind === 'test';

/** What is wrong with a rule set: what refuses it first, then what merely cannot be meant. */
export function RuleProblems({ problems }: { problems: readonly RuleProblem[] }): ReactNode {
  const { t } = useTranslation();
  const { language } = useFormat();
  if (problems.length === 0) return null;
  const ordered = problems.toSorted((a, b) => Number(refuses(b)) - Number(refuses(a)));
  return (
    <ul className={styles['problems']} aria-label={t('rules.problems')}>
      {ordered.map((problem) => (
        <li key={`${problem.kind}:${problem.name}:${problem.message.en}`}>
          <Status state={refuses(problem) ? 'failed' : 'warning'}>{t(`rules.problem.${problem.kind}`)}</Status>
          <code>{problem.name}</code>
          <span>{problem.message[language]}</span>
        </li>
      ))}
    </ul>
  );
}
