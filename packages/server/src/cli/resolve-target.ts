import type { ModelVersion } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import type { DeployTarget } from './parse-target.ts';
import type { Session } from './session.ts';

/** The target with a version or an alias: the latest version where it names neither. */
export async function resolved(session: Session, target: DeployTarget): Promise<DeployTarget> {
  if (target.version !== undefined || target.alias !== undefined) return target;
  const { latest } = await session.control.call('getModel', { params: { model: target.model } });
  if (latest === null) throw new MulleError('not_found', `The model "${target.model}" has no version yet.`);
  return { model: target.model, version: latest.version };
}

/** The version that a target names. */
export async function versionOf({ control }: Session, { model, version, alias }: DeployTarget): Promise<ModelVersion> {
  const { aliases } = await control.call('getModel', { params: { model } });
  const number = version ?? aliases[alias ?? ''];
  if (number === undefined) throw new MulleError('not_found', `The model "${model}" has no alias "${alias}".`);
  return control.call('getModelVersion', { params: { model, version: number } });
}
