import type { Assessment, Trace } from '@mulle/contract';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';
import { Section } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import styles from './traces.module.css';

interface AssessmentsProps {
  trace: Trace;
  onSpan: (id: string) => void;
}

/** What people, judges and checks say of a trace; and the way to say something. */
export function Assessments({ trace, onSpan }: AssessmentsProps): ReactNode {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const given = trace.assessments.filter(({ valid }) => valid);
  return (
    <Section
      title={t('trace.assessments')}
      aside={<Button onClick={() => setAdding(true)}>{t('trace.assess')}</Button>}
    >
      {given.length === 0 && <p className={styles['soft']}>{t('trace.noAssessments')}</p>}
      <ul className={styles['assessments']}>
        {given.map((each) => (
          <li key={each.id}>
            <span>
              <b>{each.name}</b>
              <small>{t(`trace.kind.${each.kind}`)}</small>
            </span>
            <Value assessment={each} />
            <span className={styles['soft']}>
              {each.rationale}{' '}
              {each.spanId !== null && (
                <Button quiet onClick={() => onSpan(each.spanId ?? '')}>
                  {t('trace.span')}
                </Button>
              )}
            </span>
            <span className={styles['soft']}>
              {each.source.id ?? each.source.type} <When atMs={each.createdAtMs} />
            </span>
          </li>
        ))}
      </ul>
      {adding && <AssessDialog trace={trace.id} onClose={() => setAdding(false)} />}
    </Section>
  );
}

function Value({ assessment: { value, error } }: { assessment: Assessment }): ReactNode {
  const { t } = useTranslation();
  if (error !== null) return <Status state="failed">{error.message ?? error.code}</Status>;
  if (value === true || value === 'yes') return <Status state="pass">{t('trace.yes')}</Status>;
  if (value === false || value === 'no') return <Status state="fail">{t('trace.no')}</Status>;
  return <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>;
}

const kinds = ['feedback', 'expectation'] as const;

/** `yes` and `no` become true and false, numbers numbers; the rest is text. */
function valueOf(text: string): unknown {
  const trimmed = text.trim();
  if (/^(yes|true|예|네)$/i.test(trimmed)) return true;
  if (/^(no|false|아니요)$/i.test(trimmed)) return false;
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

function AssessDialog({ trace, onClose }: { trace: string; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const [kind, setKind] = useState<(typeof kinds)[number]>('feedback');
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  return (
    <ChangeDialog
      route="createAssessment"
      title={t('trace.assess')}
      explanation={t('trace.assessExplain')}
      confirm={t('action.save')}
      reason="optional"
      input={(rationale) =>
        name.trim() === '' || value.trim() === ''
          ? undefined
          : {
              params: { trace },
              body: { kind, name: name.trim(), value: valueOf(value), ...(rationale === '' ? {} : { rationale }) },
            }
      }
      onClose={onClose}
    >
      <Field label={t('column.kind')}>
        <select
          className={field['input']}
          value={kind}
          onChange={({ target }) => setKind(kinds.find((each) => each === target.value) ?? 'feedback')}
        >
          {kinds.map((each) => (
            <option key={each} value={each}>
              {t(`trace.kind.${each}`)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('trace.assessmentName')}>
        <input
          className={field['input']}
          value={name}
          required
          maxLength={250}
          placeholder="correctness"
          onChange={({ target }) => setName(target.value)}
        />
      </Field>
      <Field label={t('trace.assessmentValue')}>
        <input className={field['input']} value={value} required onChange={({ target }) => setValue(target.value)} />
      </Field>
    </ChangeDialog>
  );
}
