import type { EndpointDefinition, Field as InputField, TensorSpec } from '@mulle/contract';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, useTry, type Answer } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { Choice } from '../../parts/choice.tsx';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';
import { Section } from '../../parts/page.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Status } from '../../parts/status.tsx';
import { None } from '../../parts/when.tsx';
import { firstTyped, requestOf, type Typed } from './request-form.ts';
import { snippet, snippetLanguages, type SnippetLanguage } from './snippets.ts';
import styles from './try-it.module.css';

interface TryItProps {
  definition: EndpointDefinition;
  /** Versions that may be asked past the release. */
  variants: readonly string[];
}

/** Asks the endpoint from here, with a form made from what it takes, and shows how programs ask the same. */
export function TryIt({ definition, variants }: TryItProps): ReactNode {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<Typed>(() => firstTyped(definition, Date.now()));
  const [pinned, setPinned] = useState('');
  const ask = useTry('tryEndpoint');
  const request = requestOf(definition, typed);
  const body = 'body' in request ? request.body : undefined;
  const set = (name: string, text: string): void => setTyped({ ...typed, [name]: text });
  return (
    <Section title={t('try.title')} aside={t('try.hint')}>
      <div className={styles['try']}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (body === undefined) return;
            ask.mutate({
              params: { name: definition.name },
              body: { request: body, ...(pinned === '' ? {} : { version: pinned }) },
            });
          }}
        >
          <div className={styles['fields']}>
            {definition.tensors === undefined
              ? definition.inputs.map((each) => (
                  <RecordField key={each.name} input={each} value={typed[each.name] ?? ''} onChange={set} />
                ))
              : definition.tensors.inputs.map((each) => (
                  <TensorField key={each.name} tensor={each} value={typed[each.name] ?? ''} onChange={set} />
                ))}
            {variants.length > 0 && (
              <Field label={t('try.version')}>
                <select className={field['input']} value={pinned} onChange={({ target }) => setPinned(target.value)}>
                  <option value="">{t('try.asReleased')}</option>
                  {variants.map((each) => (
                    <option key={each}>{each}</option>
                  ))}
                </select>
              </Field>
            )}
          </div>
          {'problem' in request && <p className={field['problem']}>{t('try.problem', { name: request.problem })}</p>}
          <Button type="submit" tone="primary" disabled={body === undefined || ask.isPending}>
            {t('try.ask')}
          </Button>
        </form>
        <div className={styles['answer']} aria-live="polite">
          {ask.error && <Problem error={ask.error} />}
          {ask.data ? <Tried answer={ask.data} /> : <p className={styles['soft']}>{t('try.nothingYet')}</p>}
        </div>
      </div>
      {body !== undefined && <Snippets definition={definition} body={body} />}
    </Section>
  );
}

interface FieldProps {
  value: string;
  onChange: (name: string, text: string) => void;
}

function RecordField({ input, value, onChange }: FieldProps & { input: InputField }): ReactNode {
  const { name, type, unit, values, minimum, maximum } = input;
  const options = type === 'boolean' ? ['false', 'true'] : values;
  const isNumber = type === 'number' || type === 'integer';
  return (
    <Field label={unit === undefined ? name : `${name}, ${unit}`}>
      {options === undefined ? (
        <input
          className={field['input']}
          value={value}
          {...(isNumber ? { type: 'number', step: type === 'integer' ? 1 : 'any', min: minimum, max: maximum } : {})}
          onChange={({ target }) => onChange(name, target.value)}
        />
      ) : (
        <select className={field['input']} value={value} onChange={({ target }) => onChange(name, target.value)}>
          {options.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

function TensorField({ tensor, value, onChange }: FieldProps & { tensor: TensorSpec }): ReactNode {
  const { name, datatype, shape } = tensor;
  return (
    <Field label={`${name}: ${datatype} [${shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]`}>
      <textarea
        className={field['input']}
        rows={3}
        spellCheck={false}
        value={value}
        onChange={({ target }) => onChange(name, target.value)}
      />
    </Field>
  );
}

function Tried({ answer }: { answer: Answer<'tryEndpoint'> }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { status, latencyMs, headers, body } = answer;
  const ok = status < 400;
  const score: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'score') : undefined;
  const source = headers['x-mulle-source'];
  const word = (name: string): ReactNode => headers[name] ?? <None key={name} />;
  return (
    <>
      <p className={styles['score']}>
        {typeof score === 'number' ? <b>{format.brief(score)}</b> : null}
        <Status state={ok ? 'succeeded' : 'failed'}>{`${status}`}</Status>
      </p>
      <Facts
        items={[
          [t('column.version'), word('x-model-version')],
          [t('release.group'), word('x-experiment-group')],
          [
            t('try.source'),
            source === undefined ? <None key="source" /> : t(`source.${source}`, { defaultValue: source }),
          ],
          [t('column.took'), format.duration(latencyMs)],
          [t('try.requestId'), word('x-request-id')],
        ]}
      />
      {(!ok || typeof score !== 'number') && <CodeBlock label={t('try.body')} text={JSON.stringify(body, null, 2)} />}
    </>
  );
}

/** The address of the traffic port where no data process tells its own. */
const usualPort = 5151;

function Snippets({ definition, body }: { definition: EndpointDefinition; body: Record<string, unknown> }): ReactNode {
  const { t } = useTranslation();
  const [language, setLanguage] = useState<SnippetLanguage>('curl');
  const status = useRoute('getEndpointStatus', { params: { name: definition.name } });
  const base = status.data?.urls[0] ?? `http://${location.hostname}:${usualPort}`;
  return (
    <div className={styles['snippets']}>
      <Choice
        label={t('try.language')}
        value={language}
        options={snippetLanguages.map((each) => [each, each] as const)}
        onChange={setLanguage}
      />
      <CodeBlock label={language} text={snippet(language, definition, base.replace(/\/$/, ''), body)} />
    </div>
  );
}
