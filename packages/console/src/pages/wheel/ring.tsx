import { stations, type Station } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import type { CSSProperties, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useActivityFeed } from '../../api/activity-feed.ts';
import type { Answer } from '../../api/use-route.ts';
import { useFormat, useNowMs } from '../../format/use-format.ts';
import { Status, toneOf } from '../../parts/status.tsx';
import { None, Took, When } from '../../parts/when.tsx';
import { height, hubRadius, nodeRadius, passedThreads, placeOf, spokePath, threadPath, width } from './geometry.ts';
import styles from './ring.module.css';
import { stationOf, stationViews } from './stations.ts';

type Wheel = Answer<'wheel'>;
type WheelStation = Wheel['stations'][number];

/** For how long a station shows that something has just happened there. */
const pulseMs = 4_000;

/**
 * The wheel: an ordered list of stations, laid out as a ring where there is room. The drawing behind it is for the eye
 * alone; the list says all of it.
 */
export function Ring({ wheel }: { wheel: Wheel }): ReactNode {
  const { t } = useTranslation();
  const running = wheel.turns.find(({ result }) => result === 'running');
  return (
    <div className={styles['frame']}>
      <div className={styles['stage']}>
        <Drawing wheel={wheel} />
        <Hub wheel={wheel} running={running} />
        <ol className={styles['stations']} aria-label={t('wheel.stations')}>
          {wheel.stations.map((station) => (
            <StationItem key={station.name} station={station} />
          ))}
        </ol>
      </div>
    </div>
  );
}

function Drawing({ wheel }: { wheel: Wheel }): ReactNode {
  const turn = wheel.turns[0];
  const running = turn?.result === 'running';
  const passed = passedThreads((turn?.steps ?? []).map(({ station }) => stations.indexOf(station)));
  const active = running ? passed.at(-1) : undefined;
  const tones = new Map<Station, string>(wheel.stations.map(({ name, state }) => [name, toneOf(state)]));
  return (
    <svg className={styles['drawing']} viewBox={`0 0 ${width} ${height}`} aria-hidden>
      <circle className={styles['hub-ring']} cx={width / 2} cy={height / 2} r={hubRadius} />
      {stations.map((name, index) => (
        <g key={name} data-tone={tones.get(name)}>
          <path className={styles['spoke']} d={spokePath(index)} />
          <path
            className={styles['thread']}
            data-passed={passed.includes(index) ? (running ? 'now' : 'last') : undefined}
            data-active={active === index || undefined}
            d={threadPath(index)}
          />
        </g>
      ))}
    </svg>
  );
}

function StationItem({ station }: { station: WheelStation }): ReactNode {
  const { t } = useTranslation();
  const nowMs = useNowMs();
  const { events } = useActivityFeed();
  const { Icon, path } = stationViews[station.name];
  const { x, y } = placeOf(stations.indexOf(station.name));
  const pulsing = events.some(({ type, timeMs }) => stationOf(type) === station.name && nowMs - timeMs < pulseMs);
  const place = {
    '--x': `${(100 * x) / width}%`,
    '--y': `${(100 * y) / height}%`,
    '--node': `${2 * nodeRadius}px`,
  } as CSSProperties;
  return (
    <li
      className={styles['station']}
      style={place}
      data-side={x > width / 2 ? 'right' : 'left'}
      data-row={y < height * 0.2 ? 'top' : y > height * 0.8 ? 'bottom' : undefined}
      data-tone={toneOf(station.state)}
      data-pulsing={pulsing || undefined}
    >
      <span className={styles['node']}>
        <Icon size={21} strokeWidth={1.6} aria-hidden />
      </span>
      <div className={styles['label']}>
        <p className={styles['name']}>
          <Link to={path}>{t(`station.${station.name}`)}</Link>
          <Status state={station.state} />
        </p>
        <Figure figure={station.figure} />
        <p className={styles['event']}>
          {station.lastEvent ? (
            <>
              {t(`activity.${station.lastEvent.type}`)} <When atMs={station.lastEvent.timeMs} />
            </>
          ) : (
            t('wheel.nothingYet')
          )}
        </p>
      </div>
    </li>
  );
}

/** The label says what is counted; a sign such as % or ms belongs to the number. */
const isSymbol = (unit: string): boolean => unit !== '' && unit.length <= 2;

function Figure({ figure }: { figure: WheelStation['figure'] }): ReactNode {
  const format = useFormat();
  const { label, value, unit } = figure;
  return (
    <p className={styles['figure']}>
      <span className={styles['value']}>
        {value === null ? <None /> : format.brief(value)}
        {value !== null && isSymbol(unit) && <small>{unit}</small>}
      </span>{' '}
      <span>{label[format.language]}</span>
    </p>
  );
}

function wholeState(wheel: Wheel): 'failed' | 'waiting' | 'active' | 'idle' {
  if (wheel.stations.some(({ state }) => state === 'failed')) return 'failed';
  if (wheel.waiting.length > 0) return 'waiting';
  return wheel.turns[0]?.result === 'running' ? 'active' : 'idle';
}

function Hub({ wheel, running }: { wheel: Wheel; running: Wheel['turns'][number] | undefined }): ReactNode {
  const { t } = useTranslation();
  const whole = wholeState(wheel);
  return (
    <div className={styles['hub']} data-tone={toneOf(whole)}>
      <p className={styles['whole']}>{t(`wheel.whole.${whole}`)}</p>
      {running && (
        <p>
          {t('wheel.turnFor')} <Took fromMs={running.startedAtMs} toMs={null} />
        </p>
      )}
      {wheel.waiting.length > 0 && <a href="#waiting">{t('wheel.waitingCount', { count: wheel.waiting.length })}</a>}
    </div>
  );
}
