import type { RuleSetReport } from '@mulle/contract';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';
import { Status } from '../../parts/status.tsx';
import type { TestDraft } from './rule-draft.ts';
import styles from './rules.module.css';

interface TestFieldsProps {
  test: TestDraft;
  rules: readonly string[];
  result: RuleSetReport['tests'][number] | undefined;
  onChange: (changed: Partial<TestDraft>) => void;
  onRemove: () => void;
}

/** One test as a form, with how it came out. */
export function TestFields({ test, rules, result, onChange, onRemove }: TestFieldsProps): ReactNode {
  const { t } = useTranslation();
  const text = (name: 'name' | 'score' | 'label', label: string): ReactNode => (
    <Field label={label}>
      <input
        className={field['input']}
        value={test[name]}
        onChange={({ target }) => onChange({ [name]: target.value })}
      />
    </Field>
  );
  return (
    <fieldset className={styles['fields']}>
      <legend className="visually-hidden">{test.name || t('rules.test.title')}</legend>
      {text('name', t('rules.test.name'))}
      <div className={styles['short']}>
        <Field label={t('rules.test.expected')}>
          <select
            className={field['input']}
            value={test.rule}
            onChange={({ target }) => onChange({ rule: target.value })}
          >
            <option value="">{t('rules.noRule')}</option>
            {rules
              .filter((name) => name !== '')
              .map((name) => (
                <option key={name}>{name}</option>
              ))}
          </select>
        </Field>
      </div>
      <div className={styles['short']}>{text('score', t('rules.test.score'))}</div>
      <div className={styles['wide']}>
        <Field label={t('rules.test.given')}>
          <textarea
            className={`${field['input']} ${styles['code']}`}
            rows={2}
            spellCheck={false}
            value={test.given}
            onChange={({ target }) => onChange({ given: target.value })}
          />
        </Field>
      </div>
      {text('label', t('rules.label'))}
      {result && (
        <p className={styles['outcome']}>
          <Status state={result.passed ? 'pass' : 'fail'}>
            {t(result.passed ? 'rules.test.passed' : 'rules.test.failed')}
          </Status>{' '}
          {!result.passed && `${t('rules.got')} ${result.got}`}
        </p>
      )}
      <div className={styles['remove']}>
        <Button quiet aria-label={t('rules.removeTest', { name: test.name })} onClick={onRemove}>
          <X size={14} aria-hidden />
        </Button>
      </div>
    </fieldset>
  );
}
