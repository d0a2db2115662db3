import { ListFilter, Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';
import { Popover } from '../popover.tsx';
import type { Column } from './column.ts';
import { operators, parseFilter, printFilter, type Clause } from './filter.ts';
import styles from './table-bar.module.css';

interface FilterFormProps<T> {
  columns: readonly Column<T>[];
  q: string;
  onChange: (q: string) => void;
}

/** The filter's text as a form: both write the same text. */
export function FilterForm<T>({ columns, q, onChange }: FilterFormProps<T>): ReactNode {
  const { t } = useTranslation();
  const named = columns.filter(({ value }) => value !== undefined);
  const clauses = parseFilter(
    q,
    named.map(({ id }) => id),
  );
  const change = (at: number, changed: Partial<Clause>): void =>
    onChange(printFilter(clauses.map((each, index) => (index === at ? { ...each, ...changed } : each))));
  return (
    <Popover name={t('table.form')} label={<ListFilter size={15} aria-hidden />}>
      {() => (
        <div className={styles['form']}>
          <p>{t('table.formHint')}</p>
          {clauses.map((clause, at) => (
            <ClauseFields
              key={at}
              clause={clause}
              number={at + 1}
              columns={named}
              onChange={(changed) => change(at, changed)}
              onRemove={() => onChange(printFilter(clauses.filter((_, index) => index !== at)))}
            />
          ))}
          <Button
            disabled={named[0] === undefined}
            onClick={() =>
              onChange(
                `${q} ${printFilter([{ column: named[0]?.id, operator: ':', value: '', negated: false }])}`.trim(),
              )
            }
          >
            <Plus size={14} aria-hidden />
            {t('table.addClause')}
          </Button>
        </div>
      )}
    </Popover>
  );
}

interface ClauseFieldsProps<T> {
  clause: Clause;
  number: number;
  columns: readonly Column<T>[];
  onChange: (changed: Partial<Clause>) => void;
  onRemove: () => void;
}

function ClauseFields<T>({ clause, number, columns, onChange, onRemove }: ClauseFieldsProps<T>): ReactNode {
  const { t } = useTranslation();
  return (
    <fieldset>
      <legend className="visually-hidden">{t('table.clause', { number })}</legend>
      <select
        aria-label={t('table.column')}
        value={clause.column ?? ''}
        onChange={({ target }) =>
          onChange(target.value === '' ? { column: undefined, operator: ':' } : { column: target.value })
        }
      >
        <option value="">{t('table.anyColumn')}</option>
        {columns.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      <select
        aria-label={t('table.operator')}
        value={`${clause.negated ? '-' : ''}${clause.operator}`}
        onChange={({ target }) => {
          const negated = target.value.startsWith('-');
          const operator = operators.find((each) => each === target.value.slice(negated ? 1 : 0)) ?? ':';
          onChange({ negated, operator });
        }}
      >
        <option value=":">{t('table.holds')}</option>
        <option value="-:">{t('table.holdsNot')}</option>
        {clause.column !== undefined &&
          operators
            .filter((operator) => operator !== ':')
            .map((operator) => (
              <option key={operator} value={operator}>
                {operator}
              </option>
            ))}
      </select>
      <input
        aria-label={t('table.value')}
        value={clause.value}
        onChange={({ target }) => onChange({ value: target.value.replaceAll('"', '') })}
      />
      <Button quiet aria-label={t('table.removeClause', { number })} onClick={onRemove}>
        <X size={14} aria-hidden />
      </Button>
    </fieldset>
  );
}
