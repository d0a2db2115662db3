import type { PipelineDefinition } from '@mulle/contract';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { quoted } from '../../api/teach.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';

type Parameter = string | number | boolean;

/** Reads a field back into the type of its default. */
function parse(text: string, like: Parameter): Parameter {
  if (typeof like === 'number') return Number(text);
  return typeof like === 'boolean' ? text === 'true' : text;
}

/** Starts a run, with the pipeline's parameters filled in. */
export function StartDialog({ pipeline, onClose }: { pipeline: PipelineDefinition; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const defaults = Object.entries(pipeline.parameters ?? {});
  const [texts, setTexts] = useState(Object.fromEntries(defaults.map(([name, value]) => [name, String(value)])));
  const parameters = Object.fromEntries(defaults.map(([name, like]) => [name, parse(texts[name] ?? '', like)]));
  const valid = Object.values(parameters).every((value) => !Number.isNaN(value));
  return (
    <ChangeDialog
      route="startPipeline"
      title={`${t('pipeline.start')}: ${pipeline.name}`}
      explanation={pipeline.description ?? t('pipeline.startExplain')}
      confirm={t('pipeline.start')}
      reason="none"
      input={() => (valid ? { params: { name: pipeline.name }, body: { parameters } } : undefined)}
      cli={() =>
        [
          'mulle run',
          pipeline.name,
          ...Object.entries(parameters).map(([name, value]) => `-p ${quoted(`${name}=${value}`)}`),
        ].join(' ')
      }
      onClose={onClose}
      onDone={({ id }) => void navigate({ to: '/pipeline-runs/$id', params: { id } })}
    >
      {defaults.map(([name]) => (
        <Field key={name} label={name}>
          <input
            className={field['input']}
            value={texts[name] ?? ''}
            onChange={({ target }) => setTexts({ ...texts, [name]: target.value })}
          />
        </Field>
      ))}
    </ChangeDialog>
  );
}
