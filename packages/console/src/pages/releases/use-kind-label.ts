import type { Strategy } from '@mulle/contract';
import { useTranslation } from 'react-i18next';

/** The name of a strategy. Bandits stand apart: the types of translations give up on a key of more than five kinds. */
export function useKindLabel(): (kind: Strategy['kind']) => string {
  const { t } = useTranslation();
  return (kind) => (kind === 'bandit' ? t('release.kind.bandit') : t(`release.kind.${kind}`));
}
