import { expect, test } from 'vitest';
import { loadPmml } from './load-model.ts';
import { normalCdf } from './normal-distribution.ts';
import { PmmlError } from './pmml-error.ts';

const dictionary = `<DataDictionary>
  <DataField name="age" optype="continuous" dataType="double"/>
  <DataField name="salary" optype="continuous" dataType="double"/>
  <DataField name="car_location" optype="categorical" dataType="string"><Value value="carpark"/><Value value="street"/></DataField>
  <DataField name="number_of_claims" optype="continuous" dataType="integer"/>
  <DataField name="class" optype="categorical" dataType="string"><Value value="a"/><Value value="b"/></DataField>
</DataDictionary>`;
const schema = (target: string) =>
  `<MiningSchema><MiningField name="age"/><MiningField name="salary"/><MiningField name="car_location"/><MiningField name="${target}" usageType="target"/></MiningSchema>`;
const pmml = (model: string) => `<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">${dictionary}${model}</PMML>`;

// The example of https://dmg.org/pmml/v4-4-1/Regression.html
const claims = pmml(`<RegressionModel functionName="regression">${schema('number_of_claims')}
  <RegressionTable intercept="132.37">
    <NumericPredictor name="age" exponent="1" coefficient="7.1"/>
    <NumericPredictor name="salary" exponent="1" coefficient="0.01"/>
    <CategoricalPredictor name="car_location" value="carpark" coefficient="41.1"/>
    <CategoricalPredictor name="car_location" value="street" coefficient="325.03"/>
  </RegressionTable></RegressionModel>`);

test("the standard's example of a regression", () => {
  const model = loadPmml(claims);
  expect(model.inputs.map(({ name, categories }) => [name, categories])).toEqual([
    ['age', []],
    ['salary', []],
    ['car_location', ['carpark', 'street']],
  ]);
  expect(model.evaluate([30, 1_000, 'street']).value).toBeCloseTo(132.37 + 7.1 * 30 + 0.01 * 1_000 + 325.03, 9);
  expect(model.evaluate(['30', '1000', 'carpark']).value).toBeCloseTo(132.37 + 7.1 * 30 + 10 + 41.1, 9);
  // A number that is missing leaves no answer, a category that is missing adds nothing.
  expect(model.evaluate([null, 1_000, 'street']).value).toBeNull();
  expect(model.evaluate([30, 1_000, null]).value).toBeCloseTo(132.37 + 7.1 * 30 + 10, 9);
});

test('what a model declares invalid is refused, with the field and the value', () => {
  const model = loadPmml(claims);
  expect(() => model.evaluate([30, 1_000, 'garage'])).toThrow(
    'The value "garage" of the field "car_location" is invalid.',
  );
  expect(() => model.evaluate(['old', 1_000, 'street'])).toThrow('The value "old" of the field "age" is invalid.');
});

test('of the rules that fire the heaviest decides, or the first, or their sum', () => {
  const rules = (criterion: string) =>
    loadPmml(
      pmml(`<RuleSetModel functionName="classification">${schema('class')}<RuleSet defaultScore="b"><RuleSelectionMethod criterion="${criterion}"/>
        <SimpleRule id="1" score="a" weight="0.5" confidence="0.8"><True/></SimpleRule>
        <SimpleRule id="2" score="b" weight="0.9" confidence="0.7"><SimplePredicate field="age" operator="greaterThan" value="20"/></SimpleRule>
        <SimpleRule id="3" score="a" weight="0.45" confidence="0.6"><True/></SimpleRule></RuleSet></RuleSetModel>`),
    ).evaluate([30, 0, 'street']);
  expect(rules('weightedMax').value).toBe('b');
  expect(rules('firstHit').value).toBe('a');
  expect(rules('weightedSum')).toMatchObject({
    value: 'a',
    probabilities: new Map([
      ['a', 0.95 / 3],
      ['b', 0.3],
    ]),
  });
});

test.each([
  ['a document type', `<!DOCTYPE PMML [<!ENTITY e "boom">]><PMML>&e;</PMML>`, /document types are refused/],
  ['an entity of HTML', '<PMML>&nbsp;</PMML>', /line 1/],
  ['a tag left open', '<PMML><Header>', /no XML that is understood/],
  ['nesting without end', '<a>'.repeat(3_000), /nested too deep/],
  ['another document', '<html></html>', /is html, no PMML/],
  ['a kind that is not supported', pmml('<NeuralNetworkModel/>'), /NeuralNetworkModel are not supported/],
  ['a field that is nowhere', claims.replace('name="age" exponent', 'name="height" exponent'), /no field "height"/],
  ['a number that is none', claims.replace('7.1', 'seven'), /coefficient="seven" is no number/],
  [
    'a normalisation that is unknown',
    claims.replace('functionName=', 'normalizationMethod="odd" functionName='),
    /"odd"/,
  ],
])('%s is refused when it is loaded', (_, text, reason) => {
  expect(() => loadPmml(text)).toThrow(reason);
  expect(() => loadPmml(text)).toThrow(PmmlError);
});

// Abramowitz & Stegun, table 26.1, and R's pnorm.
test.each([
  [0, 0.5],
  [1.96, 0.9750021048517795],
  [-3, 0.0013498980316300933],
  [-6, 9.865876450376946e-10],
  [3.6, 0.9998408914098424],
])('the normal distribution at %d', (x, expected) => {
  expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-12);
});

test('the fields that a chain of models puts out are those of the whole, unless they are for the chain alone', () => {
  const segment = (id: number, isFinal: string, input: string) => `<Segment id="${id}"><True/>
    <RegressionModel functionName="regression"><MiningSchema><MiningField name="${input}"/></MiningSchema>
    <Output><OutputField name="y${id}" dataType="double" optype="continuous"${isFinal}/></Output>
    <RegressionTable intercept="1"><NumericPredictor name="${input}" coefficient="2"/></RegressionTable></RegressionModel></Segment>`;
  const chain = loadPmml(
    pmml(`<MiningModel functionName="regression">${schema('number_of_claims')}<Segmentation multipleModelMethod="modelChain">
      ${segment(1, ' isFinalResult="false"', 'age')}${segment(2, '', 'y1')}</Segmentation></MiningModel>`),
  );
  expect(chain.outputs.map(({ name }) => name)).toEqual(['y2']);
  expect(chain.evaluate([3, 0, null])).toMatchObject({ value: 15, outputs: { y2: 15 } });
});
