import type { GateReading } from '@mulle/contract';
import { useTranslation } from 'react-i18next';

/** The name of a gate or KPI. Key by key: the types of translations give up on a key of many kinds. */
export function useGateName(): (gate: GateReading['gate']) => string {
  const { t } = useTranslation();
  return (gate) => {
    if (gate.metric === 'kpi') return gate.kpi.name;
    const names: Record<typeof gate.metric, string> = {
      'error-rate': t('gate.error-rate'),
      'latency-p95': t('gate.latency-p95'),
      'log-loss': t('gate.log-loss'),
      agreement: t('gate.agreement'),
      'sample-ratio': t('gate.sample-ratio'),
    };
    return names[gate.metric];
  };
}
