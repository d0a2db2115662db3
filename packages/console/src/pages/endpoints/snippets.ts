/** Programs that ask an endpoint the same as the form does. */
import type { EndpointDefinition } from '@mulle/contract';
import { quoted } from '../../api/teach.ts';

type Definition = Pick<EndpointDefinition, 'name' | 'tensors'>;

export const snippetLanguages = ['curl', 'Python', 'TypeScript'] as const;
export type SnippetLanguage = (typeof snippetLanguages)[number];

interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: number[];
  readonly data: unknown;
}

/** `base` is the address of the traffic port. */
export function snippet(
  language: SnippetLanguage,
  definition: Definition,
  base: string,
  body: Record<string, unknown>,
): string {
  const isTensors = definition.tensors !== undefined;
  const path = isTensors ? `/v2/models/${definition.name}/infer` : `/v1/endpoints/${definition.name}/predict`;
  if (language === 'curl')
    return `curl ${quoted(base + path)} \\\n  -H 'content-type: application/json' \\\n  -d ${quoted(JSON.stringify(body))}`;
  if (language === 'Python')
    return isTensors ? tritonClient(definition.name, base, body) : pythonRequest(base + path, body);
  if (isTensors)
    return `const response = await fetch('${base}${path}', {\n  method: 'POST',\n  headers: { 'content-type': 'application/json' },\n  body: JSON.stringify(${JSON.stringify(body)}),\n});\nconsole.log((await response.json()).outputs);`;
  const { input } = body;
  return `import { createInferenceClient } from '@mulle/client';\n\nconst client = createInferenceClient({ url: '${base}' });\nconst { score } = await client.predict('${definition.name}', ${JSON.stringify(input)});`;
}

const python = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(/\btrue\b(?=[,}\]])/g, 'True')
    .replaceAll(/\bfalse\b(?=[,}\]])/g, 'False')
    .replaceAll(/\bnull\b(?=[,}\]])/g, 'None');

function pythonRequest(url: string, body: Record<string, unknown>): string {
  return `import requests\n\nanswer = requests.post(\n    "${url}",\n    json=${python(body)},\n    timeout=5,\n)\nanswer.raise_for_status()\nprint(answer.json()["score"])`;
}

const numpy: Partial<Record<string, string>> = {
  BOOL: 'bool',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'object',
};

function tritonClient(name: string, base: string, body: Record<string, unknown>): string {
  const tensors = body['inputs'] as readonly Tensor[];
  const lines = tensors.flatMap(({ name: tensor, datatype, shape, data }, index) => [
    `tensor = http.InferInput("${tensor}", ${JSON.stringify(shape)}, "${datatype}")`,
    `tensor.set_data_from_numpy(np.array(${python(data)}, dtype="${numpy[datatype] ?? datatype.toLowerCase()}"))`,
    `inputs.append(tensor)${index === tensors.length - 1 ? '' : '\n'}`,
  ]);
  return `import numpy as np\nimport tritonclient.http as http\n\ninputs = []\n${lines.join('\n')}\n\nclient = http.InferenceServerClient("${base.replace(/^https?:\/\//, '')}")\nanswer = client.infer("${name}", inputs)\nprint(answer.get_response())`;
}
