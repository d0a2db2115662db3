import { PmmlError } from '../pmml-error.ts';
import { arrayWords } from '../value.ts';
import {
  attributeOf,
  childOf,
  childrenOf,
  numberAttribute,
  requiredChild,
  wordAttribute,
  type XmlElement,
} from '../xml.ts';
import { largest, type ModelContext, type Scorer } from './prediction.ts';

interface ClusteringField {
  readonly place: number;
  readonly weight: number;
  /** How far a value is from the centre's. */
  readonly compare: (x: number, y: number) => number;
}

/** From the comparisons of the fields that are there to one number. `adjustment` makes up for those that are missing. */
type Measure = (parts: readonly { readonly weight: number; readonly compared: number }[], adjustment: number) => number;

const sumOf = (parts: Parameters<Measure>[0], power: number): number =>
  parts.reduce((sum, { weight, compared }) => sum + weight * (power === 1 ? compared : compared ** power), 0);

/** https://dmg.org/pmml/v4-4-1/ClusteringModel.html, with centres. */
export function compileClustering({ element, scope }: ModelContext): Scorer {
  if (wordAttribute(element, 'modelClass', ['centerBased', 'distributionBased']) !== 'centerBased') {
    throw new PmmlError('Clusters of distributions are not supported.');
  }
  const comparison = requiredChild(element, 'ComparisonMeasure');
  const isSimilarity = wordAttribute(comparison, 'kind', ['distance', 'similarity']) === 'similarity';
  const standard = comparison.attributes['compareFunction'];
  const fields = childrenOf(element, 'ClusteringField')
    .filter((field) => field.attributes['isCenterField'] !== 'false')
    .map((field): ClusteringField => ({
      place: scope.resolve(attributeOf(field, 'field')).place,
      weight: numberAttribute(field, 'fieldWeight', 1),
      compare: compareFunction(field, field.attributes['compareFunction'] ?? standard ?? 'absDiff'),
    }));
  const clusters = childrenOf(element, 'Cluster').map((cluster, index) => ({
    id: cluster.attributes['id'] ?? String(index + 1),
    centre: arrayWords(requiredChild(cluster, 'Array').text).map(Number),
  }));
  const weights = missingWeights(element, fields.length);
  const affinityOf = isSimilarity ? binarySimilarity(comparison) : distance(comparison, fields, weights);
  return (frame) => {
    const values = fields.map(({ place }) => {
      const value = frame.get(place);
      return value === null ? null : Number(value);
    });
    if (values.every((value) => value === null)) return null;
    const affinities = new Map(clusters.map(({ id, centre }) => [id, affinityOf(values, centre)]));
    const nearest = isSimilarity ? affinities : new Map([...affinities].map(([id, far]) => [id, -far]));
    const winner = largest(nearest);
    return { value: winner, affinities, entityId: winner };
  };
}

function missingWeights(element: XmlElement, count: number): number[] {
  const weights = childOf(element, 'MissingValueWeights');
  if (weights === undefined) return new Array<number>(count).fill(1);
  return arrayWords(requiredChild(weights, 'Array').text).map(Number);
}

function compareFunction(field: XmlElement, name: string): ClusteringField['compare'] {
  switch (name) {
    case 'absDiff':
      return (x, y) => Math.abs(x - y);
    case 'delta':
      return (x, y) => Number(x !== y);
    case 'equal':
      return (x, y) => Number(x === y);
    case 'gaussSim': {
      const scale = numberAttribute(field, 'similarityScale');
      return (x, y) => Math.exp((-Math.LN2 * (x - y) ** 2) / scale ** 2);
    }
    default:
      throw new PmmlError(`The comparison "${name}" is not supported.`);
  }
}

type Affinity = (values: readonly (number | null)[], centre: readonly number[]) => number;

function distance(comparison: XmlElement, fields: readonly ClusteringField[], missing: readonly number[]): Affinity {
  const measure = measureOf(comparison);
  const total = missing.reduce((sum, weight) => sum + weight, 0);
  return (values, centre) => {
    const parts: { weight: number; compared: number }[] = [];
    let present = 0;
    for (const [index, { weight, compare }] of fields.entries()) {
      const value = values[index];
      if (value === null || value === undefined) continue;
      parts.push({ weight, compared: compare(value, centre[index] ?? Number.NaN) });
      present += missing[index] ?? 1;
    }
    return measure(parts, total / present);
  };
}

function measureOf(comparison: XmlElement): Measure {
  const [measure] = comparison.children;
  switch (measure?.name) {
    case 'euclidean':
      return (parts, adjustment) => Math.sqrt(sumOf(parts, 2) * adjustment);
    case 'squaredEuclidean':
      return (parts, adjustment) => sumOf(parts, 2) * adjustment;
    case 'cityBlock':
      return (parts, adjustment) => sumOf(parts, 1) * adjustment;
    case 'chebychev':
      return (parts, adjustment) => Math.max(...parts.map(({ weight, compared }) => weight * compared)) * adjustment;
    case 'minkowski': {
      const power = numberAttribute(measure, 'p-parameter');
      return (parts, adjustment) => (sumOf(parts, power) * adjustment) ** (1 / power);
    }
    default:
      throw new PmmlError(`The measure "${measure?.name ?? ''}" is no distance that is supported.`);
  }
}

/** Similarities of yes and no: how often both, one or none of a row and a centre say yes. */
function binarySimilarity(comparison: XmlElement): Affinity {
  const [measure] = comparison.children;
  const shareOf = shares(measure);
  return (values, centre) => {
    const counts: [number, number, number, number] = [0, 0, 0, 0];
    for (const [index, value] of values.entries()) {
      if (value === null) continue;
      const at = (value === 0 ? 0 : 2) + ((centre[index] ?? 0) === 0 ? 0 : 1);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    const [none, onlyCentre, onlyRow, both] = counts;
    return shareOf(both, onlyRow, onlyCentre, none);
  };
}

function shares(measure: XmlElement | undefined): (a11: number, a10: number, a01: number, a00: number) => number {
  switch (measure?.name) {
    case 'simpleMatching':
      return (a11, a10, a01, a00) => (a11 + a00) / (a11 + a10 + a01 + a00);
    case 'jaccard':
      return (a11, a10, a01) => a11 / (a11 + a10 + a01);
    case 'tanimoto':
      return (a11, a10, a01, a00) => (a11 + a00) / (a11 + 2 * (a10 + a01) + a00);
    case 'binarySimilarity': {
      const [c11, c10, c01, c00] = ['c11', 'c10', 'c01', 'c00'].map((name) =>
        numberAttribute(measure, `${name}-parameter`),
      );
      const [d11, d10, d01, d00] = ['d11', 'd10', 'd01', 'd00'].map((name) =>
        numberAttribute(measure, `${name}-parameter`),
      );
      const weigh = (
        [w11, w10, w01, w00]: readonly (number | undefined)[],
        [a11 = 0, a10 = 0, a01 = 0, a00 = 0]: readonly number[],
      ): number => (w11 ?? 0) * a11 + (w10 ?? 0) * a10 + (w01 ?? 0) * a01 + (w00 ?? 0) * a00;
      return (...counts) => weigh([c11, c10, c01, c00], counts) / weigh([d11, d10, d01, d00], counts);
    }
    default:
      throw new PmmlError(`The measure "${measure?.name ?? ''}" is no similarity that is supported.`);
  }
}
