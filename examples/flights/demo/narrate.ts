import { styleText } from 'node:util';
import type { Activity } from '@mulle/contract';

type Colour = Parameters<typeof styleText>[0];

/** How each kind of event reads in the terminal; kinds that are not here are not told. */
const told: Partial<Record<Activity['type'], { colour: Colour; text(event: Activity): string }>> = {
  'finding-raised': { colour: 'yellow', text: (event) => `finding   ${message(event)}` },
  'trigger-fired': { colour: 'cyan', text: (event) => `trigger   ${event.subject}` },
  'pipeline-run-ended': {
    colour: 'dim',
    text: (event) => `pipeline  ${text(event, 'pipeline')} ${text(event, 'state')}`,
  },
  'window-quarantined': { colour: 'yellow', text: (event) => `kept out  a day of ${event.subject}` },
  'model-version-created': { colour: 'blue', text: (event) => `version   ${event.subject}` },
  'release-started': { colour: 'blue', text: (event) => `release   ${event.subject} ${variant(event)}` },
  'release-stepped': { colour: 'dim', text: (event) => `release   ${event.subject} step ${text(event, 'step')}` },
  'release-promoted': { colour: 'green', text: (event) => `promoted  ${event.subject} ${variant(event)}` },
  'release-rolled-back': { colour: 'red', text: (event) => `back      ${event.subject} ${text(event, 'reason')}` },
};

function text(event: Activity, field: string): string {
  const value = event.value[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function message(event: Activity): string {
  const value = event.value['message'];
  return typeof value === 'object' && value !== null && 'en' in value ? String(value.en) : event.subject;
}

function variant(event: Activity): string {
  const strategy = event.value['strategy'];
  if (typeof strategy !== 'object' || strategy === null) return '';
  const chosen: unknown =
    'challenger' in strategy ? strategy.challenger : 'variant' in strategy ? strategy.variant : undefined;
  if (typeof chosen !== 'object' || chosen === null || !('model' in chosen) || !('version' in chosen)) return '';
  return `${String(chosen.model)}@${String(chosen.version)}`;
}

/** One line for an event, coloured where the stream is a terminal; undefined for events that are not told. */
export function narrate(event: Activity, stream: NodeJS.WritableStream): string | undefined {
  const line = told[event.type];
  if (line === undefined) return undefined;
  return styleText(line.colour, line.text(event), { stream });
}
