import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';
import type { RuleDraft } from './rule-draft.ts';
import styles from './rules.module.css';

interface RuleFieldsProps {
  rule: RuleDraft;
  onChange: (changed: Partial<RuleDraft>) => void;
  onRemove: () => void;
}

const kinds = ['decide', 'enrich', 'override'] as const;

/** One rule as a form. */
export function RuleFields({ rule, onChange, onRemove }: RuleFieldsProps): ReactNode {
  const { t } = useTranslation();
  const text = (name: 'name' | 'priority' | 'label' | 'en' | 'ko', label: string): ReactNode => (
    <Field label={label}>
      <input
        className={field['input']}
        value={rule[name]}
        onChange={({ target }) => onChange({ [name]: target.value })}
      />
    </Field>
  );
  const code = (name: 'when' | 'answer', label: string, rows: number): ReactNode => (
    <Field label={label}>
      <textarea
        className={`${field['input']} ${styles['code']}`}
        rows={rows}
        spellCheck={false}
        value={rule[name]}
        onChange={({ target }) => onChange({ [name]: target.value })}
      />
    </Field>
  );
  return (
    <fieldset className={styles['fields']}>
      <legend className="visually-hidden">{rule.name || t('rules.rule')}</legend>
      {text('name', t('rules.name'))}
      <div className={styles['short']}>
        <Field label={t('rules.effect')}>
          <select
            className={field['input']}
            value={rule.kind}
            onChange={({ target }) => onChange({ kind: kinds.find((kind) => kind === target.value) ?? 'decide' })}
          >
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {t(`rules.effectKind.${kind}`)}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <div className={styles['short']}>{text('priority', t('rules.priority'))}</div>
      <div className={styles['wide']}>{code('when', t('rules.when'), 2)}</div>
      {code(
        'answer',
        t(rule.kind === 'enrich' ? 'rules.enrichHint' : 'rules.answerHint'),
        rule.kind === 'enrich' ? 3 : 1,
      )}
      {rule.kind !== 'enrich' && text('label', t('rules.label'))}
      {text('en', `${t('rules.explanation')} · English`)}
      {text('ko', `${t('rules.explanation')} · 한국어`)}
      <div className={styles['remove']}>
        <Button quiet aria-label={t('rules.removeRule', { name: rule.name })} onClick={onRemove}>
          <X size={14} aria-hidden />
        </Button>
      </div>
    </fieldset>
  );
}
