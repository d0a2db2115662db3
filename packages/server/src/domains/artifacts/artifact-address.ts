import { MulleError } from '#kernel/errors.ts';

const scheme = 'mlflow-artifacts:';

/** Whether what lies there is kept in this tree. */
export function isTreeAddress(uri: string): boolean {
  return uri.startsWith(scheme);
}

/** The path within the tree of an `mlflow-artifacts:/…` address, with or without a host. Throws `invalid_argument` on another scheme. */
export function treePath(uri: string): string {
  if (!isTreeAddress(uri)) {
    throw new MulleError('invalid_argument', `Artifacts at ${uri.slice(0, 100)} are not kept here.`);
  }
  const path = uri.slice(scheme.length);
  return (path.startsWith('//') ? path.replace(/^\/\/[^/]*/, '') : path).replace(/^\/+/, '');
}
