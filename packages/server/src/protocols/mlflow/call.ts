import type { AccessRole } from '@mulle/contract';
import type { Actor } from '#domains/access/index.ts';
import type { Fields } from './request-fields.ts';

/** A request of MLflow's protocol after authentication; `fields` are its body's, or its query's where it has none. */
export interface MlflowRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly fields: Fields;
  readonly actor: Actor;
}

/** One method and path of the protocol. Fields of the answer that are undefined are left out, as the protocol wants. */
export interface MlflowCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/N.0/mlflow/` and `/ajax-api/N.0/mlflow/`; with `:parameters`. */
  readonly path: string;
  readonly version: 2 | 3;
  /** The least role that may call it. */
  readonly access: AccessRole;
  answer(request: MlflowRequest): Promise<object>;
}

/** Calls of protocol version 2.0. */
export function call(
  method: MlflowCall['method'],
  path: string,
  access: AccessRole,
  answer: MlflowCall['answer'],
): MlflowCall {
  return { method, path, version: 2, access, answer };
}

/** The same call in protocol version 3.0. */
export function inVersion3(given: MlflowCall): MlflowCall {
  return { ...given, version: 3 };
}

/** A list as the protocol writes it: an empty one is left out. */
export function repeated<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length > 0 ? items : undefined;
}
