/** What a canary has seen: plain JSON. */
export interface CanaryState {
  readonly kind: 'canary';
}
