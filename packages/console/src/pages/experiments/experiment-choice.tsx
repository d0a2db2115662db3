import { useTranslation } from 'react-i18next';
import type { ReactNode } from 'react';
import type { Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import styles from './experiments.module.css';

interface ExperimentChoiceProps {
  experiments: readonly Item<'listExperiments'>[];
  /** Name of the chosen one; undefined: all. */
  chosen: string | undefined;
  onChoose: (name: string | undefined) => void;
}

/** As many as stand side by side in sight; more are a list, by folder. */
const inSight = 5;

export function ExperimentChoice({ experiments, chosen, onChoose }: ExperimentChoiceProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const choose = (name: string): void => onChoose(name === '' ? undefined : name);
  if (experiments.length < 2) return null;
  if (experiments.length <= inSight)
    return (
      <Choice
        label={t('experiment.experiment')}
        value={chosen ?? ''}
        options={[['', t('action.all')], ...experiments.map(({ name }) => [name, name] as const)]}
        onChange={choose}
      />
    );
  const folders = [...Map.groupBy(experiments, ({ folder }) => folder ?? '')].sort(([a], [b]) => a.localeCompare(b));
  return (
    <label className={styles['choose']}>
      <span>{t('experiment.experiment')}</span>
      <select value={chosen ?? ''} onChange={({ target }) => choose(target.value)}>
        <option value="">{t('action.all')}</option>
        {folders.map(([folder, items]) => (
          <optgroup key={folder} label={folder || t('experiment.noFolder')}>
            {items.map(({ id, name, runs }) => (
              <option key={id} value={name}>
                {name} ({format.number(runs)})
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}
