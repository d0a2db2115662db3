import type { Answer } from './ask.ts';
import type { Request } from './request-list.ts';

/** A difference that is meant, and why. */
interface Difference {
  readonly reason: string;
  holds(request: Request, mulle: Answer, reference: Answer): boolean;
}

function code({ body }: Answer): unknown {
  return typeof body === 'object' && body !== null && 'error_code' in body ? body.error_code : undefined;
}

function without(answer: Answer, pattern: RegExp): string {
  return JSON.stringify(answer.body).replaceAll(pattern, '');
}

/** Every way in which Mulle's answers may differ from those of MLflow's own server: ten, no more. */
export const differences: readonly Difference[] = [
  {
    reason: 'Refusals say in their own words what was wrong and what to do; status and code agree.',
    holds: (_request, mulle, reference) =>
      mulle.status >= 400 && mulle.status === reference.status && code(mulle) === code(reference),
  },
  {
    reason:
      'Spans are kept with their trace, whichever way they come: the tag that says so is there from the beginning, and clients upload them once.',
    holds: ({ path }, mulle, reference) =>
      path.includes('/traces') &&
      without(mulle, /"mlflow\.trace\.spansLocation":"TRACKING_STORE",?/g) === without(reference, /$^/g),
  },
  {
    reason: 'An unknown call answers ENDPOINT_NOT_FOUND in JSON: clients fall back on older calls where they read it.',
    holds: (_request, mulle, reference) => code(mulle) === 'ENDPOINT_NOT_FOUND' && reference.status === 404,
  },
  {
    reason:
      'A value of a wrong type, an unknown word or a number out of bounds is refused; the reference passes over it or stores 0 in its place.',
    holds: (_request, mulle, reference) => code(mulle) === 'INVALID_PARAMETER_VALUE' && reference.status === 200,
  },
  {
    reason:
      'Nothing a caller did wrong answers 5xx: clients would try it again for minutes. Null is as good as absent.',
    holds: (_request, mulle, reference) => mulle.status < 500 && reference.status === 500,
  },
  {
    reason:
      'What breaks a constraint of the database is named by its code, without SQL; a run without an experiment belongs to experiment 0.',
    holds: (_request, _mulle, reference) => code(reference) === 'BAD_REQUEST',
  },
  {
    reason: 'Searches take more than the grammar of the reference (mlflow/mlflow#4135).',
    holds: ({ path }, mulle, reference) =>
      path.endsWith('/search') && mulle.status === 200 && code(reference) === 'INVALID_PARAMETER_VALUE',
  },
  {
    reason: 'The history of a run that is not there is no empty history.',
    holds: ({ path }, mulle, reference) =>
      path.includes('metrics/get-history') && code(mulle) === 'RESOURCE_DOES_NOT_EXIST' && reference.status === 200,
  },
  {
    reason: 'A full page of runs has a token, also where nothing follows: no query looks ahead.',
    holds: ({ path }, mulle, reference) =>
      path.endsWith('runs/search') && without(mulle, /"next_page_token":"made up",/g) === without(reference, /$^/g),
  },
  {
    reason: 'The server says of itself what it has: no archive of traces, no gateway.',
    holds: ({ path }) => path.endsWith('server-info'),
  },
];
