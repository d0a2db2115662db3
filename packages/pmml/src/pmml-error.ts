/** Why a document cannot be evaluated, or a row has no answer: a sentence for whoever sent it. */
export class PmmlError extends Error {
  override readonly name = 'PmmlError';
}
