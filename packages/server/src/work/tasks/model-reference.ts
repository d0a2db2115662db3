import type { ControlClient } from '@mulle/client';
import type { ModelVersion } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';

async function version(control: ControlClient, model: string, number: number): Promise<ModelVersion> {
  return control.call('getModelVersion', { params: { model, version: number } });
}

function parse(reference: string): { model: string; at: string } {
  const cut = reference.lastIndexOf('@');
  if (cut <= 0) {
    throw new MulleError(
      'invalid_argument',
      `"${reference}" names no model version. Write NAME@VERSION, NAME@ALIAS or endpoint:NAME.`,
    );
  }
  return { model: reference.slice(0, cut), at: reference.slice(cut + 1) };
}

/**
 * The version that `NAME@VERSION`, `NAME@ALIAS` or `endpoint:NAME` (what answers there now) stands for;
 * undefined where the alias or the release does not exist yet.
 */
export async function resolveModel(control: ControlClient, reference: string): Promise<ModelVersion | undefined> {
  if (reference.startsWith('endpoint:')) {
    const endpoint = await control.call('getEndpoint', { params: { name: reference.slice('endpoint:'.length) } });
    return endpoint.incumbent === null ? undefined : resolveModel(control, endpoint.incumbent);
  }
  const { model, at } = parse(reference);
  if (/^[0-9]+$/.test(at)) return version(control, model, Number(at));
  const models = await control.call('listModels', {});
  const number = models.items.find((item) => item.name === model)?.aliases[at];
  return number === undefined ? undefined : version(control, model, number);
}
