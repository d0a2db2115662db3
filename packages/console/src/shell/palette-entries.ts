import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../api/use-route.ts';
import { matches } from '../format/initial-consonants.ts';
import { changePreferences } from './preferences.ts';
import { sections } from './sections.ts';

export interface PaletteEntry {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly run: () => void;
}

/** What the palette offers: sections, everything with a name, and what can be switched. */
export function usePaletteEntries(search: string): PaletteEntry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const models = useRoute('listModels', {}, { refetchInterval: false });
  const endpoints = useRoute('listEndpoints', {}, { refetchInterval: false });
  const pipelines = useRoute('listPipelines', {}, { refetchInterval: false });
  const datasets = useRoute('listDatasets', {}, { refetchInterval: false });
  const monitors = useRoute('listMonitors', {}, { refetchInterval: false });
  const named = (group: string, names: string[] | undefined, run: (name: string) => void): PaletteEntry[] =>
    (names ?? []).map((name) => ({ id: `${group}:${name}`, group, label: name, run: () => run(name) }));

  const entries: PaletteEntry[] = [
    ...sections.map(({ path, name }) => ({
      id: path,
      group: t('palette.pages'),
      label: t(`section.${name}`),
      run: () => void navigate({ to: path }),
    })),
    ...named(
      t('section.endpoints'),
      endpoints.data?.items.map(({ definition }) => definition.name),
      (name) => void navigate({ to: '/endpoints/$name', params: { name } }),
    ),
    ...named(
      t('section.models'),
      models.data?.items.map(({ name }) => name),
      (model) => void navigate({ to: '/models/$model', params: { model } }),
    ),
    ...named(
      t('section.pipelines'),
      pipelines.data?.items.map(({ definition }) => definition.name),
      (pipeline) => void navigate({ to: '/pipelines', search: { pipeline } }),
    ),
    ...named(
      t('section.data'),
      datasets.data?.items.map(({ definition }) => definition.name),
      (name) => void navigate({ to: '/data/$name', params: { name } }),
    ),
    ...named(
      t('section.monitors'),
      monitors.data?.items.map(({ definition }) => definition.name),
      (name) => void navigate({ to: '/monitors/$name', params: { name } }),
    ),
    ...(['light', 'dark', 'system'] as const).map((theme) => ({
      id: `theme:${theme}`,
      group: t('settings.theme'),
      label: t(`theme.${theme}`),
      run: () => changePreferences({ theme }),
    })),
    { id: 'ko', group: t('settings.language'), label: '한국어', run: () => changePreferences({ language: 'ko' }) },
    { id: 'en', group: t('settings.language'), label: 'English', run: () => changePreferences({ language: 'en' }) },
  ];
  return entries.filter(({ group, label }) => matches(`${label} ${group}`, search)).slice(0, 40);
}
