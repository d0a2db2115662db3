import { topics, type Topic } from '@mulle/contract/event';
import { MulleError } from '#kernel/errors.ts';
import { JournalDamage } from './sqlite-row.ts';

const indexes = new Map<string, number>(topics.map((topic, index) => [topic, index]));

/** The number that stands for a topic between the threads; throws `invalid_argument` for an unknown one. */
export function topicIndex(topic: string): number {
  const index = indexes.get(topic);
  if (index === undefined) {
    throw new MulleError('invalid_argument', `Topic "${topic}" is unknown. Topics are ${topics.join(', ')}.`);
  }
  return index;
}

export function topicAt(index: number): Topic {
  const topic = topics[index];
  if (topic === undefined) throw new RangeError(`no topic ${index}`);
  return topic;
}

/** A topic read from a journal. */
export function topicNamed(name: string): Topic {
  const topic = topics.find((candidate) => candidate === name);
  if (topic === undefined) throw new JournalDamage(`topic ${name}`);
  return topic;
}
