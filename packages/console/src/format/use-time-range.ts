import { useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { parseTimeRange, type TimeRange } from './time-range.ts';
import { useMinuteMs } from './use-format.ts';

/** The range chosen in the top bar; undefined is all of time. */
export function useTimeRange(): TimeRange | undefined {
  const { range = '' } = useSearch({ from: '__root__' });
  const minuteMs = useMinuteMs();
  return useMemo(() => parseTimeRange(range, minuteMs), [range, minuteMs]);
}
