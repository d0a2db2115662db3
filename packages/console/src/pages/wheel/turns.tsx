import type { Station } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Section } from '../../parts/page.tsx';
import { Status, toneOf } from '../../parts/status.tsx';
import { Took, When } from '../../parts/when.tsx';
import { stationViews, turnOrder } from './stations.ts';
import styles from './turns.module.css';

type Turn = Answer<'wheel'>['turns'][number];
type Step = Turn['steps'][number];

/** The last turns: what set each off, how long each station took, how it ended. Stations stand in columns. */
export function Turns({ turns, open }: { turns: readonly Turn[]; open: string | undefined }): ReactNode {
  const { t } = useTranslation();
  return (
    <Section
      title={t('wheel.turns')}
      aside={turns.length > 0 ? t('wheel.turnCount', { count: turns.length }) : undefined}
    >
      {turns.length === 0 ? (
        <Empty title={t('wheel.noTurns')} command="mulle run PIPELINE">
          {t('wheel.noTurnsHint')}
        </Empty>
      ) : (
        <table className={styles['table']}>
          <caption className="visually-hidden">{t('wheel.turns')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('wheel.cause')}</th>
              <th scope="col">{t('column.result')}</th>
              {turnOrder.map((station) => (
                <StationHead key={station} station={station} />
              ))}
              <th scope="col" className={styles['total']}>
                {t('wheel.total')}
              </th>
              <th scope="col" className={styles['started']}>
                {t('column.started')}
              </th>
            </tr>
          </thead>
          <tbody>
            {turns.map((turn) => (
              <TurnRow key={turn.causeId} turn={turn} open={turn.causeId === open} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function StationHead({ station }: { station: Station }): ReactNode {
  const { t } = useTranslation();
  const { Icon } = stationViews[station];
  return (
    <th scope="col" className={styles['step']}>
      <span>
        <Icon size={14} strokeWidth={1.75} aria-hidden />
        <span>{t(`station.${station}`)}</span>
      </span>
    </th>
  );
}

function TurnRow({ turn, open }: { turn: Turn; open: boolean }): ReactNode {
  const { language } = useFormat();
  return (
    <>
      <tr data-open={open || undefined}>
        <th scope="row">
          <Link to="/" search={open ? {} : { turn: turn.causeId }} aria-expanded={open} resetScroll={false}>
            {turn.cause[language]}
          </Link>
        </th>
        <td>
          <Status state={turn.result} />
        </td>
        {turnOrder.map((station) => (
          <td key={station} className={styles['step']}>
            <StepTime steps={turn.steps.filter((step) => step.station === station)} />
          </td>
        ))}
        <td className={styles['total']}>
          <Took fromMs={turn.startedAtMs} toMs={turn.endedAtMs} />
        </td>
        <td className={styles['started']}>
          <When atMs={turn.startedAtMs} />
        </td>
      </tr>
      {open && (
        <tr className={styles['steps']}>
          <td colSpan={turnOrder.length + 4}>
            <Steps steps={turn.steps} />
          </td>
        </tr>
      )}
    </>
  );
}

/** All steps of one station in a turn as one figure, in the tone of the last. */
function StepTime({ steps }: { steps: readonly Step[] }): ReactNode {
  const last = steps.at(-1);
  const first = steps[0];
  if (last === undefined || first === undefined) return null;
  return (
    <span
      className={styles['time']}
      data-tone={toneOf(last.state)}
      title={steps.map(({ subject }) => subject).join(', ')}
    >
      {toneOf(last.state) !== 'good' && <Status state={last.state} bare />}
      <Took fromMs={first.startedAtMs} toMs={last.endedAtMs} />
    </span>
  );
}

function Steps({ steps }: { steps: readonly Step[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <ol className={styles['list']}>
      {steps.map((step) => {
        const { Icon } = stationViews[step.station];
        return (
          <li key={`${step.station}:${step.subject}:${step.startedAtMs}`}>
            <Icon size={14} strokeWidth={1.75} aria-hidden />
            <span>{t(`station.${step.station}`)}</span>
            <span className={styles['subject']}>{step.subject}</span>
            <Status state={step.state} />
            <Took fromMs={step.startedAtMs} toMs={step.endedAtMs} />
          </li>
        );
      })}
    </ol>
  );
}
