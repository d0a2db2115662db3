import { useRoute, type Answer } from './use-route.ts';

/**
 * The applied manifest; undefined until it is there. It is asked for only once the history says that one was applied:
 * before, its answer is a 404.
 */
export function useManifest(): Answer<'getManifest'> | undefined {
  const history = useRoute('listManifests', { query: { limit: 1 } }, { refetchInterval: false });
  const isApplied = (history.data?.items.length ?? 0) > 0;
  return useRoute('getManifest', {}, { refetchInterval: false, enabled: isApplied }).data;
}
