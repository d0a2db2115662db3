import { useNavigate, useSearch } from '@tanstack/react-router';
import { CalendarRange } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { rangeDates, relativeRanges } from '../format/time-range.ts';
import { Button } from '../parts/button.tsx';
import { Choice } from '../parts/choice.tsx';
import { Field } from '../parts/field.tsx';
import field from '../parts/field.module.css';
import { Popover } from '../parts/popover.tsx';
import styles from './range-choice.module.css';

/** The time that charts and lists show, in the address, so that it goes along from page to page and in links. */
export function RangeChoice(): ReactNode {
  const { t } = useTranslation();
  const { range = '' } = useSearch({ from: '__root__' });
  const navigate = useNavigate();
  const relative = relativeRanges.find((each) => each === range);
  const dates = rangeDates(range);
  const shown = relative ? t(`range.${relative}`) : dates ? dates.join(' – ') : t('range.all');
  const choose = (text: string | undefined): void =>
    void navigate({ to: '.', search: (before) => ({ ...before, range: text }), resetScroll: false });
  return (
    <Popover
      name={`${t('range.title')}: ${shown}`}
      label={
        <>
          <CalendarRange size={15} strokeWidth={1.75} aria-hidden />
          <span className={styles['shown']} data-all={range === '' || undefined}>
            {shown}
          </span>
        </>
      }
    >
      {(close) => (
        <div className={styles['panel']}>
          <Choice
            label={t('range.title')}
            value={relative ?? (dates ? 'dates' : 'all')}
            options={[['all', t('range.all')], ...relativeRanges.map((each) => [each, t(`range.${each}`)] as const)]}
            onChange={(value) => {
              choose(value === 'all' ? undefined : value);
              close();
            }}
          />
          <Days
            dates={dates}
            onChoose={(text) => {
              choose(text);
              close();
            }}
          />
          <p>{t('range.hint')}</p>
        </div>
      )}
    </Popover>
  );
}

function Days({
  dates,
  onChoose,
}: {
  dates: readonly [string, string] | undefined;
  onChoose: (text: string) => void;
}): ReactNode {
  const { t } = useTranslation();
  const [from, setFrom] = useState(dates?.[0] ?? '');
  const [to, setTo] = useState(dates?.[1] ?? '');
  const text = `${from}..${to}`;
  return (
    <form
      className={styles['days']}
      onSubmit={(event) => {
        event.preventDefault();
        if (rangeDates(text)) onChoose(text);
      }}
    >
      <Field label={t('range.from')}>
        <input
          className={field['input']}
          type="date"
          required
          value={from}
          onChange={({ target }) => setFrom(target.value)}
        />
      </Field>
      <Field label={t('range.to')}>
        <input
          className={field['input']}
          type="date"
          required
          min={from}
          value={to}
          onChange={({ target }) => setTo(target.value)}
        />
      </Field>
      <Button type="submit">{t('range.show')}</Button>
    </form>
  );
}
