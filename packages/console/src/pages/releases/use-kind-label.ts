import type { Strategy } from '@mulle/contract';
import { useTranslation } from 'react-i18next';

/** The name of a strategy. Key by key: the types of translations give up on a key of more than five kinds. */
export function useKindLabel(): (kind: Strategy['kind']) => string {
  const { t } = useTranslation();
  return (kind) => {
    const names: Record<Strategy['kind'], string> = {
      single: t('release.kind.single'),
      shadow: t('release.kind.shadow'),
      interleaving: t('release.kind.interleaving'),
      sequence: t('release.kind.sequence'),
      staged: t('release.kind.staged'),
      canary: t('release.kind.canary'),
      'blue-green': t('release.kind.blue-green'),
      'ab-test': t('release.kind.ab-test'),
      bandit: t('release.kind.bandit'),
      'contextual-bandit': t('release.kind.contextual-bandit'),
    };
    return names[kind];
  };
}
