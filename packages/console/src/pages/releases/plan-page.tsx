import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import { Figures } from '../../parts/facts.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';
import { Page, Section } from '../../parts/page.tsx';
import { mergeStatus } from '../endpoints/merge-status.ts';
import styles from './plan-page.module.css';
import { planDefaults, planTest, readPlan, type PlanInput, type PlanTexts, type TestPlan } from './plan-test.ts';

const route = getRouteApi('/releases/plan');

/** The planning calculator: everything that is entered stands in the address, so that a plan can be sent. */
export function PlanPage(): ReactNode {
  const { t } = useTranslation();
  const texts = route.useSearch();
  const navigate = route.useNavigate();
  const perMinute = useRequestsPerMinute(texts.endpoint);
  const input = readPlan(texts, perMinute * 1_440);
  const plan = planTest(input);
  const change = (changed: PlanTexts): void =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true, resetScroll: false });
  return (
    <Page title={t('plan.title')} summary={t('plan.summary')}>
      <div className={styles['layout']}>
        <PlanForm texts={texts} input={input} perMinute={perMinute} onChange={change} />
        <div aria-live="polite">
          {plan === undefined ? (
            <p className={styles['problem']}>{t('plan.invalid')}</p>
          ) : (
            <PlanView input={input} plan={plan} />
          )}
        </div>
      </div>
    </Page>
  );
}

function useRequestsPerMinute(endpoint: string | undefined): number {
  const status = useRoute(
    'getEndpointStatus',
    { params: { name: endpoint ?? '' } },
    { enabled: endpoint !== undefined, refetchInterval: 5_000 },
  );
  return endpoint === undefined ? 0 : (mergeStatus(status.data?.processes ?? [], endpoint)?.requests ?? 0);
}

interface PlanFormProps {
  texts: PlanTexts;
  input: PlanInput;
  perMinute: number;
  onChange: (changed: PlanTexts) => void;
}

function PlanForm({ texts, input, perMinute, onChange }: PlanFormProps): ReactNode {
  const { t } = useTranslation();
  const { kind, looks } = input;
  const number = (
    name: 'baseline' | 'deviation' | 'effect' | 'arms' | 'alpha' | 'power' | 'coverage',
    label: string,
  ) => (
    <NumberField
      label={label}
      value={texts[name] ?? planDefaults[name]}
      onChange={(value) => onChange({ [name]: value })}
    />
  );
  return (
    <form className={styles['form']} onSubmit={(event) => event.preventDefault()}>
      <div className={styles['choice']}>
        <Choice
          label={t('plan.kind')}
          value={kind}
          options={[
            ['rate', t('plan.kindOf.rate')],
            ['mean', t('plan.kindOf.mean')],
          ]}
          onChange={(value) => onChange({ kind: value, baseline: undefined, effect: undefined })}
        />
      </div>
      {kind === 'rate' ? (
        <>
          {number('baseline', t('plan.baselineRate'))}
          {number('effect', t('plan.effectRate'))}
        </>
      ) : (
        <>
          {number('deviation', t('plan.deviation'))}
          {number('effect', t('plan.effectMean'))}
        </>
      )}
      <Traffic texts={texts} input={input} perMinute={perMinute} onChange={onChange} />
      {number('coverage', t('plan.coverage'))}
      {number('arms', t('plan.arms'))}
      {number('alpha', t('plan.alpha'))}
      {number('power', t('plan.power'))}
      <div className={styles['choice']}>
        <Choice
          label={t('plan.looks')}
          value={looks}
          options={[
            ['always', t('plan.looksOf.always')],
            ['once', t('plan.looksOf.once')],
          ]}
          onChange={(value) => onChange({ looks: value })}
        />
      </div>
    </form>
  );
}

function Traffic({ texts, input, perMinute, onChange }: PlanFormProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const endpoints = useRoute('listEndpoints', {});
  return (
    <>
      <Field label={t('plan.endpoint')}>
        <select
          className={field['input']}
          value={texts.endpoint ?? ''}
          onChange={({ target }) => onChange({ endpoint: target.value || undefined, units: undefined })}
        >
          <option value="">{t('plan.noEndpoint')}</option>
          {(endpoints.data?.items ?? []).map(({ definition: { name } }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <NumberField
        label={t('plan.unitsPerDay')}
        value={texts.units ?? (input.unitsPerDay > 0 ? String(Math.round(input.unitsPerDay)) : '')}
        onChange={(units) => onChange({ units: units === '' ? undefined : units })}
      />
      {texts.endpoint !== undefined && (
        <p className={styles['hint']}>{t('plan.liveHint', { formatted: format.number(perMinute) })}</p>
      )}
    </>
  );
}

function NumberField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}): ReactNode {
  return (
    <Field label={label}>
      <input
        className={field['input']}
        inputMode="decimal"
        value={value}
        onChange={({ target }) => onChange(target.value.trim())}
      />
    </Field>
  );
}

/** Habits and seasons change over longer tests. */
const longDays = 28;

function PlanView({ input, plan }: { input: PlanInput; plan: TestPlan }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { perArm, total, days, curve } = plan;
  const change = (value: number): string =>
    input.kind === 'rate' ? `${format.number(value * 100, 2)} ${t('ab.points')}` : format.brief(value);
  return (
    <>
      <Figures
        items={[
          [t('plan.perArm'), format.number(perArm)],
          [t('plan.total'), format.number(total)],
          [
            t('plan.duration'),
            days === null ? t('plan.noTraffic') : t('plan.days', { count: days, formatted: format.number(days) }),
          ],
        ]}
      />
      {days !== null && <p className={styles['hint']}>{t(days > longDays ? 'plan.long' : 'plan.short')}</p>}
      {curve.length > 0 && (
        <Section title={t('plan.curve')}>
          <TimeChart
            label={t('plan.curve')}
            timeLabel={t('plan.day')}
            steps
            times={curve.map(({ day }) => day)}
            formatTime={(day) => format.number(day)}
            series={[{ label: t('plan.curve'), token: 'jjok', values: curve.map(({ effect }) => effect) }]}
            limit={{ label: t('ab.wanted'), value: Math.abs(input.effect) }}
            formatValue={change}
          />
        </Section>
      )}
      <Section title={t('plan.policy')}>
        <pre className={styles['policy']}>{policyText(input, perArm)}</pre>
      </Section>
    </>
  );
}

/** The part of a policy that the plan decides. */
function policyText({ alpha, looks }: PlanInput, perArm: number): string {
  const method = looks === 'always' ? 'always-valid' : 'fixed-horizon';
  return `analysis: { method: '${method}', alpha: ${alpha}, sampleSize: ${perArm}, correction: 'holm' },`;
}
