/** Numbers, durations and times as people read them in one language. Times of an installation are shown in the browser's zone. */
export interface Format {
  readonly language: Language;
  /** At most `digits` decimals, grouped. */
  number(value: number, digits?: number): string;
  /** Four significant digits: metrics and statistics. */
  metric(value: number): string;
  /** At most four significant digits: a figure that stands alone. */
  brief(value: number): string;
  /** A share 0…1 as per cent. */
  share(value: number, digits?: number): string;
  bytes(value: number): string;
  /** Milliseconds in the unit that fits, two units above a minute. */
  duration(ms: number): string;
  relative(ms: number, nowMs: number): string;
  /** Date and time to the second, with the zone. */
  absolute(ms: number): string;
  /** Date and minute of event time, UTC as features read it. */
  eventTime(ms: number): string;
  /** Time of day, to the second. */
  readonly clock: (ms: number) => string;
}

export type Language = 'ko' | 'en';

const durationUnits = {
  ko: { ms: 'ms', s: '초', min: '분', h: '시간', d: '일' },
  en: { ms: ' ms', s: ' s', min: ' min', h: ' h', d: ' d' },
} as const;

function formatDuration(ms: number, language: Language): string {
  const unit = durationUnits[language];
  const two = (value: number, of: number, large: string, small: string): string => {
    const rest = value % of;
    return rest === 0 ? `${(value - rest) / of}${large}` : `${(value - rest) / of}${large} ${rest}${small}`;
  };
  if (ms < 10) return `${Number(ms.toFixed(1))}${unit.ms}`;
  if (ms < 999.5) return `${Math.round(ms)}${unit.ms}`;
  if (ms < 59_950) return `${Number((ms / 1_000).toFixed(1))}${unit.s}`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return two(seconds, 60, unit.min, unit.s);
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1_440) return two(minutes, 60, unit.h, unit.min);
  return two(Math.round(ms / 3_600_000), 24, unit.d, unit.h);
}

const relativeSteps: readonly (readonly [limitMs: number, unitMs: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [60_000, 1_000, 'second'],
  [3_600_000, 60_000, 'minute'],
  [86_400_000, 3_600_000, 'hour'],
  [30 * 86_400_000, 86_400_000, 'day'],
  [365 * 86_400_000, 30 * 86_400_000, 'month'],
  [Infinity, 365 * 86_400_000, 'year'],
];

export function createFormat(language: Language, timeZone: string): Format {
  const locale = language === 'ko' ? 'ko-KR' : 'en-GB';
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const stamp = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const absolute = new Intl.DateTimeFormat('sv-SE', { ...stamp, second: '2-digit', timeZone });
  const zone = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'short' });
  const eventTime = new Intl.DateTimeFormat('sv-SE', { ...stamp, timeZone: 'UTC' });
  const clock = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium', timeZone });
  const number = (value: number, options: Intl.NumberFormatOptions): string =>
    new Intl.NumberFormat(locale, options).format(value).replace('-', '−');
  return {
    language,
    number: (value, digits = 0) => number(value, { maximumFractionDigits: digits }),
    metric: (value) =>
      Number.isInteger(value)
        ? number(value, {})
        : number(value, { maximumSignificantDigits: 4, minimumSignificantDigits: 4 }),
    brief: (value) => number(value, Number.isInteger(value) ? {} : { maximumSignificantDigits: 4 }),
    share: (value, digits = 1) => number(value, { style: 'percent', maximumFractionDigits: digits }),
    bytes: (value) => {
      const power = value < 1_000 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3));
      return `${number(value / 1_000 ** power, { maximumFractionDigits: power === 0 ? 0 : 1 })} ${['B', 'kB', 'MB', 'GB', 'TB'][power] ?? ''}`;
    },
    duration: (ms) => formatDuration(Math.max(0, ms), language),
    relative: (ms, nowMs) => {
      const difference = ms - nowMs;
      if (Math.abs(difference) < 5_000) return language === 'ko' ? '방금' : 'just now';
      const step = relativeSteps.find(([limit]) => Math.abs(difference) < limit) ?? relativeSteps[0];
      return step === undefined ? '' : relative.format(Math.trunc(difference / step[1]), step[2]);
    },
    absolute: (ms) =>
      `${absolute.format(ms)} ${zone.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? ''}`,
    eventTime: (ms) => eventTime.format(ms),
    clock: (ms) => clock.format(ms),
  };
}
