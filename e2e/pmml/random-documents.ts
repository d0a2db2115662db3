/**
 * PMML documents made at random, for what converters seldom write: every way to combine segments, to treat what is
 * missing, invalid or out of range, to select rules, to measure distances.
 */
export interface RandomDocument {
  readonly name: string;
  readonly text: string;
  readonly rows: string;
}

type Random = () => number;

/** mulberry32: numbers in [0, 1) from a seed. */
function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const numeric = ['x1', 'x2', 'x3'];
const colours = ['red', 'green', 'blue'];
const classes = ['A', 'B', 'C'];

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new RangeError('There is nothing to pick from.');
  return value;
}

const between = (random: Random, low: number, high: number): string => (low + random() * (high - low)).toFixed(3);
const maybe = (random: Random, chance: number, text: string): string => (random() < chance ? text : '');

function miningSchema(random: Random, target: string | null): string {
  const treatments = [
    '',
    ' missingValueReplacement="0.5" missingValueTreatment="asMean"',
    ' outliers="asExtremeValues" lowValue="-1" highValue="1"',
    ' outliers="asMissingValues" lowValue="-1.5" highValue="1.5" missingValueReplacement="0"',
  ];
  const fields = numeric.map((name) => `<MiningField name="${name}"${pick(random, treatments)}/>`);
  const invalid = pick(random, ['asIs', 'asMissing', 'returnInvalid']);
  fields.push(
    `<MiningField name="colour" invalidValueTreatment="${invalid}"${maybe(random, 0.3, ' missingValueReplacement="red"')}/>`,
  );
  if (target !== null) fields.push(`<MiningField name="${target}" usageType="target"/>`);
  return `<MiningSchema>${fields.join('')}</MiningSchema>`;
}

const innerSchema = `<MiningSchema>${[...numeric, 'colour'].map((name) => `<MiningField name="${name}"/>`).join('')}</MiningSchema>`;

function predicate(random: Random, depth = 1): string {
  const kind = random();
  if (kind < 0.5 || depth === 0) {
    const operator = pick(random, ['lessThan', 'lessOrEqual', 'greaterThan', 'greaterOrEqual']);
    return `<SimplePredicate field="${pick(random, numeric)}" operator="${operator}" value="${between(random, -1, 1)}"/>`;
  }
  if (kind < 0.6)
    return `<SimplePredicate field="${pick(random, numeric)}" operator="${pick(random, ['isMissing', 'isNotMissing'])}"/>`;
  if (kind < 0.7)
    return `<SimplePredicate field="colour" operator="${pick(random, ['equal', 'notEqual'])}" value="${pick(random, colours)}"/>`;
  if (kind < 0.8) {
    return `<SimpleSetPredicate field="colour" booleanOperator="${pick(random, ['isIn', 'isNotIn'])}"><Array type="string" n="2">red "blue"</Array></SimpleSetPredicate>`;
  }
  const operator = pick(random, ['and', 'or', 'xor', 'surrogate']);
  return `<CompoundPredicate booleanOperator="${operator}">${predicate(random, depth - 1)}${predicate(random, depth - 1)}</CompoundPredicate>`;
}

/** A node and those under it. Scores of classes go with their records. */
function node(random: Random, isClassification: boolean, holds: string, depth: number, id: string): string {
  let score = `score="${between(random, -5, 5)}"`;
  let distribution = '';
  if (isClassification) {
    const counts = classes.map(() => 1 + Math.floor(random() * 50));
    const most = classes[counts.indexOf(Math.max(...counts))] ?? 'A';
    score = `score="${most}" recordCount="${counts.reduce((sum, count) => sum + count, 0)}"`;
    distribution = classes
      .map((value, index) => `<ScoreDistribution value="${value}" recordCount="${counts[index] ?? 1}"/>`)
      .join('');
  }
  if (depth === 0) return `<Node id="${id}" ${score}>${holds}${distribution}</Node>`;
  const test = predicate(random);
  const left = node(random, isClassification, test, depth - 1, `${id}l`);
  const right = node(random, isClassification, random() < 0.7 ? '<True/>' : predicate(random), depth - 1, `${id}r`);
  return `<Node id="${id}" ${score} defaultChild="${id}${pick(random, ['l', 'r'])}">${holds}${distribution}${left}${right}</Node>`;
}

const functionName = (isClassification: boolean): string => (isClassification ? 'classification' : 'regression');

function tree(random: Random, isClassification: boolean, schema: string, output = ''): string {
  const strategy = pick(random, ['none', 'lastPrediction', 'nullPrediction', 'defaultChild']);
  const otherwise = pick(random, ['returnNullPrediction', 'returnLastPrediction']);
  return `<TreeModel functionName="${functionName(isClassification)}" missingValueStrategy="${strategy}" noTrueChildStrategy="${otherwise}">${schema}${output}${node(random, isClassification, '<True/>', 3, 'n')}</TreeModel>`;
}

const probabilities = `<Output>${classes
  .map(
    (value) =>
      `<OutputField name="p_${value}" feature="probability" value="${value}" dataType="double" optype="continuous"/>`,
  )
  .join('')}</Output>`;

function regressionTable(random: Random, category: string): string {
  const terms = numeric.map(
    (name) =>
      `<NumericPredictor name="${name}" coefficient="${between(random, -1, 1)}"${maybe(random, 0.3, ' exponent="2"')}/>`,
  );
  const shades = colours.map(
    (value) => `<CategoricalPredictor name="colour" value="${value}" coefficient="${between(random, -1, 1)}"/>`,
  );
  const product = maybe(
    random,
    0.5,
    `<PredictorTerm coefficient="${between(random, -1, 1)}"><FieldRef field="x1"/><FieldRef field="x2"/></PredictorTerm>`,
  );
  return `<RegressionTable intercept="${between(random, -1, 1)}"${category}>${terms.join('')}${shades.join('')}${product}</RegressionTable>`;
}

function regression(random: Random, isClassification: boolean, schema: string, output = ''): string {
  if (!isClassification) {
    const method = pick(random, ['none', 'softmax', 'logit', 'exp', 'probit', 'cloglog', 'loglog', 'cauchit']);
    return `<RegressionModel functionName="regression" normalizationMethod="${method}">${schema}${output}${regressionTable(random, '')}</RegressionModel>`;
  }
  const method = pick(random, ['softmax', 'softmax', 'simplemax', 'logit', 'none']);
  const tables = classes.map((value) => regressionTable(random, ` targetCategory="${value}"`));
  return `<RegressionModel functionName="classification" normalizationMethod="${method}">${schema}${output}${tables.join('')}</RegressionModel>`;
}

function targets(random: Random): string {
  return `<Targets><Target field="y" rescaleConstant="${between(random, -3, 3)}" rescaleFactor="${between(random, 0.5, 2)}"${maybe(random, 0.5, ' min="-4" max="4"')}${maybe(random, 0.4, ` castInteger="${pick(random, ['round', 'ceiling', 'floor'])}"`)}/></Targets>`;
}

function ensemble(random: Random, isClassification: boolean): string {
  const method = isClassification
    ? pick(random, ['majorityVote', 'weightedMajorityVote', 'average', 'weightedAverage', 'max', 'selectFirst'])
    : pick(random, ['average', 'weightedAverage', 'median', 'sum', 'weightedSum', 'selectFirst']);
  const missing = pick(random, ['continue', 'skipSegment', 'returnMissing']);
  const segments = [1, 2, 3, 4, 5].map((id) => {
    const holds = id === 5 || random() < 0.6 ? '<True/>' : predicate(random);
    const model =
      random() < 0.6 || isClassification
        ? tree(random, isClassification, innerSchema)
        : regression(random, isClassification, innerSchema);
    return `<Segment id="${id}" weight="${between(random, 0.1, 2)}">${holds}${model}</Segment>`;
  });
  const schema = miningSchema(random, isClassification ? 'kind' : 'y');
  const rest = isClassification ? probabilities : maybe(random, 0.5, targets(random));
  const treatment = method === 'selectFirst' ? '' : ` missingPredictionTreatment="${missing}"`;
  return `<MiningModel functionName="${functionName(isClassification)}">${schema}${rest}<Segmentation multipleModelMethod="${method}"${treatment}>${segments.join('')}</Segmentation></MiningModel>`;
}

function chain(random: Random): string {
  const first = `<RegressionModel functionName="regression">${innerSchema}<Output><OutputField name="sum" feature="predictedValue" dataType="double" optype="continuous"/><OutputField name="twice" feature="transformedValue" dataType="double" optype="continuous"><Apply function="*"><FieldRef field="sum"/><Constant dataType="double">2</Constant></Apply></OutputField></Output>${regressionTable(random, '')}</RegressionModel>`;
  const last = `<RegressionModel functionName="classification" normalizationMethod="logit"><MiningSchema><MiningField name="kind2" usageType="target"/><MiningField name="sum"/><MiningField name="twice"/></MiningSchema><Output><OutputField name="p_yes" feature="probability" value="yes" dataType="double" optype="continuous"/></Output><RegressionTable intercept="${between(random, -1, 1)}" targetCategory="yes"><NumericPredictor name="sum" coefficient="1"/><NumericPredictor name="twice" coefficient="${between(random, -1, 1)}"/></RegressionTable><RegressionTable intercept="0" targetCategory="no"/></RegressionModel>`;
  return `<MiningModel functionName="classification">${miningSchema(random, 'kind2')}<Segmentation multipleModelMethod="modelChain"><Segment id="1"><True/>${first}</Segment><Segment id="2"><True/>${last}</Segment></Segmentation></MiningModel>`;
}

function generalRegression(random: Random): string {
  const kind = pick(random, ['regression', 'generalizedLinear', 'multinomialLogistic']);
  const isClassification = kind === 'multinomialLogistic';
  const parameters = ['p0', 'p1', 'p2', 'p3', 'p4'];
  const cells = `<PPCell value="1" predictorName="x1" parameterName="p1"/><PPCell value="2" predictorName="x2" parameterName="p2"/><PPCell value="red" predictorName="colour" parameterName="p3"/><PPCell value="blue" predictorName="colour" parameterName="p4"/><PPCell value="1" predictorName="x3" parameterName="p4"/>`;
  const of = isClassification ? ['A', 'B'] : [''];
  const coefficients = of.flatMap((category) =>
    parameters.map(
      (name) =>
        `<PCell${category === '' ? '' : ` targetCategory="${category}"`} parameterName="${name}" beta="${between(random, -1, 1)}" df="1"/>`,
    ),
  );
  const link =
    kind === 'generalizedLinear'
      ? ` linkFunction="${pick(random, ['identity', 'log', 'logit', 'probit', 'cloglog', 'loglog', 'logc'])}"`
      : '';
  const offset = maybe(random, kind === 'generalizedLinear' ? 0.5 : 0, ` offsetValue="${between(random, -1, 1)}"`);
  const reference = isClassification ? ' targetReferenceCategory="C"' : '';
  return `<GeneralRegressionModel functionName="${functionName(isClassification)}" modelType="${kind}"${link}${offset}${reference}>${miningSchema(random, isClassification ? 'kind' : 'y')}${isClassification ? probabilities : ''}<ParameterList>${parameters.map((name) => `<Parameter name="${name}"/>`).join('')}</ParameterList><FactorList><Predictor name="colour"/></FactorList><CovariateList><Predictor name="x1"/><Predictor name="x2"/><Predictor name="x3"/></CovariateList><PPMatrix>${cells}</PPMatrix><ParamMatrix>${coefficients.join('')}</ParamMatrix></GeneralRegressionModel>`;
}

function scorecard(random: Random): string {
  const characteristics = [...numeric, 'colour'].map((name) => {
    const attributes = [1, 2].map(
      (id) =>
        `<Attribute reasonCode="${name}-${id}" partialScore="${between(random, 0, 30)}">${predicate(random)}</Attribute>`,
    );
    const complex = `<Attribute reasonCode="${name}-c"><SimplePredicate field="x1" operator="greaterThan" value="0.8"/><ComplexPartialScore><Apply function="+"><FieldRef field="x1"/><Constant dataType="double">3.5</Constant></Apply></ComplexPartialScore></Attribute>`;
    return `<Characteristic name="${name}-points" baselineScore="${between(random, 0, 20)}">${maybe(random, 0.5, complex)}${attributes.join('')}<Attribute reasonCode="${name}-0" partialScore="${between(random, 0, 30)}"><True/></Attribute></Characteristic>`;
  });
  const algorithm = pick(random, ['pointsAbove', 'pointsBelow']);
  const ranks = [1, 2, 3].map(
    (rank) =>
      `<OutputField name="reason${rank}" feature="reasonCode" rank="${rank}" dataType="string" optype="categorical"/>`,
  );
  return `<Scorecard functionName="regression" initialScore="${between(random, 0, 100)}" useReasonCodes="true" reasonCodeAlgorithm="${algorithm}">${miningSchema(random, 'y')}<Output>${ranks.join('')}</Output><Characteristics>${characteristics.join('')}</Characteristics></Scorecard>`;
}

function ruleSet(random: Random): string {
  const rule = (id: number): string =>
    `<SimpleRule id="r${id}" score="${pick(random, classes)}" weight="${between(random, 0.1, 2)}" confidence="${between(random, 0.1, 1)}">${predicate(random)}</SimpleRule>`;
  const criterion = pick(random, ['firstHit', 'weightedSum']);
  const output = `<Output><OutputField name="rule" feature="entityId" dataType="string" optype="categorical"/></Output>`;
  return `<RuleSetModel functionName="classification">${miningSchema(random, 'kind')}${criterion === 'firstHit' ? output : ''}<RuleSet defaultScore="C" defaultConfidence="0.1"><RuleSelectionMethod criterion="${criterion}"/>${rule(1)}<CompoundRule>${predicate(random)}${rule(2)}${rule(3)}</CompoundRule>${rule(4)}${rule(5)}</RuleSet></RuleSetModel>`;
}

function clustering(random: Random): string {
  const measure = pick(random, [
    'euclidean',
    'squaredEuclidean',
    'chebychev',
    'cityBlock',
    'minkowski p-parameter="3"',
  ]);
  const compare = pick(random, ['absDiff', 'absDiff', 'gaussSim', 'delta']);
  const fields = numeric.map(
    (field) =>
      `<ClusteringField field="${field}" fieldWeight="${between(random, 0.5, 2)}" compareFunction="${compare}"${compare === 'gaussSim' ? ' similarityScale="1.7"' : ''}/>`,
  );
  const centres = [1, 2, 3, 4].map(
    (id) =>
      `<Cluster id="k${id}"><Array type="real" n="3">${numeric.map(() => between(random, -2, 2)).join(' ')}</Array></Cluster>`,
  );
  const output = `<Output><OutputField name="cluster" feature="predictedValue" dataType="string" optype="categorical"/><OutputField name="far" feature="affinity" value="k2" dataType="double" optype="continuous"/></Output>`;
  const weights = maybe(
    random,
    0.5,
    '<MissingValueWeights><Array type="real" n="3">1 2 0.5</Array></MissingValueWeights>',
  );
  return `<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="4">${miningSchema(random, null)}${output}<ComparisonMeasure kind="distance"><${measure}/></ComparisonMeasure>${fields.join('')}${weights}${centres.join('')}</ClusteringModel>`;
}

function naiveBayes(random: Random): string {
  const counts = (zero: number): string =>
    `<TargetValueCounts>${classes.map((value) => `<TargetValueCount value="${value}" count="${random() < zero ? 0 : 1 + Math.floor(random() * 40)}"/>`).join('')}</TargetValueCounts>`;
  const pairs = colours.map((value) => `<PairCounts value="${value}">${counts(0.15)}</PairCounts>`);
  const stats = classes.map(
    (value) =>
      `<TargetValueStat value="${value}"><GaussianDistribution mean="${between(random, -1, 1)}" variance="${between(random, 0.2, 2)}"/></TargetValueStat>`,
  );
  const bins = `<DerivedField name="x2_bin" dataType="string" optype="categorical"><Discretize field="x2"><DiscretizeBin binValue="low"><Interval closure="openOpen" rightMargin="0"/></DiscretizeBin><DiscretizeBin binValue="high"><Interval closure="closedOpen" leftMargin="0"/></DiscretizeBin></Discretize></DerivedField>`;
  const binned = ['low', 'high'].map((value) => `<PairCounts value="${value}">${counts(0)}</PairCounts>`);
  return `<NaiveBayesModel functionName="classification" threshold="0.001">${miningSchema(random, 'kind')}${probabilities}<BayesInputs><BayesInput fieldName="colour">${pairs.join('')}</BayesInput><BayesInput fieldName="x1"><TargetValueStats>${stats.join('')}</TargetValueStats></BayesInput><BayesInput fieldName="x2">${bins}${binned.join('')}</BayesInput></BayesInputs><BayesOutput fieldName="kind">${counts(0)}</BayesOutput></NaiveBayesModel>`;
}

/** Expressions of every kind, from which a regression sums. */
function transformations(random: Random): { dictionary: string; model: string } {
  const one = (): string => `<FieldRef field="${pick(random, numeric)}"/>`;
  const number = (): string => `<Constant dataType="double">${between(random, -2, 2)}</Constant>`;
  const outliers = pick(random, ['asIs', 'asMissingValues', 'asExtremeValues']);
  const binary = pick(random, ['+', '-', '*', '/', 'min', 'max', 'sum', 'avg', 'product', 'pow']);
  const unary = pick(random, ['abs', 'floor', 'ceil', 'round', 'exp', 'rint', 'sin', 'tanh', 'expm1', 'atan']);
  const logic = pick(random, ['lessThan', 'greaterOrEqual', 'equal', 'notEqual']);
  const derived = [
    `<NormContinuous field="x1" outliers="${outliers}" mapMissingTo="0.25"><LinearNorm orig="-1" norm="0"/><LinearNorm orig="0.3" norm="0.7"/><LinearNorm orig="1" norm="1"/></NormContinuous>`,
    `<NormDiscrete field="colour" value="green" mapMissingTo="0.5"/>`,
    `<Discretize field="x2" dataType="double" mapMissingTo="9" defaultValue="7"><DiscretizeBin binValue="1"><Interval closure="openClosed" leftMargin="-1" rightMargin="0"/></DiscretizeBin><DiscretizeBin binValue="2.5"><Interval closure="openOpen" leftMargin="0" rightMargin="1.2"/></DiscretizeBin></Discretize>`,
    `<MapValues outputColumn="out" dataType="double" defaultValue="-1" mapMissingTo="-2"><FieldColumnPair field="colour" column="in"/><InlineTable><row><in>red</in><out>1.5</out></row><row><in>blue</in><out>2</out></row></InlineTable></MapValues>`,
    `<Apply function="${binary}" defaultValue="0.125">${one()}${binary === 'pow' ? '<Constant dataType="double">3</Constant>' : number()}</Apply>`,
    `<Apply function="${unary}" mapMissingTo="0.75">${one()}</Apply>`,
    `<Apply function="if"><Apply function="${pick(random, ['and', 'or'])}"><Apply function="${logic}">${one()}${number()}</Apply><Apply function="isNotMissing">${one()}</Apply></Apply><Constant dataType="double">1</Constant><Apply function="twice"><FieldRef field="d4"/></Apply></Apply>`,
    `<Apply function="if"><Apply function="isIn"><FieldRef field="colour"/><Constant>red</Constant><Constant>blue</Constant></Apply><Constant dataType="double">3</Constant><Constant dataType="double">4</Constant></Apply>`,
    `<Apply function="if"><Apply function="equal"><Apply function="uppercase"><Apply function="substring"><FieldRef field="colour"/><Constant dataType="integer">1</Constant><Constant dataType="integer">2</Constant></Apply></Apply><Constant>RE</Constant></Apply><Constant dataType="double">1</Constant><Constant dataType="double">0</Constant></Apply>`,
  ];
  const fields = derived.map(
    (text, index) => `<DerivedField name="d${index}" dataType="double" optype="continuous">${text}</DerivedField>`,
  );
  const twice = `<DefineFunction name="twice" optype="continuous" dataType="double"><ParameterField name="a" dataType="double" optype="continuous"/><Apply function="*"><Constant dataType="double">2</Constant><FieldRef field="a"/></Apply></DefineFunction>`;
  const outputs = derived.map(
    (_, index) =>
      `<OutputField name="o${index}" feature="transformedValue" dataType="double" optype="continuous"><FieldRef field="d${index}"/></OutputField>`,
  );
  const terms = derived.map(
    (_, index) => `<NumericPredictor name="d${index}" coefficient="${between(random, -1, 1)}"/>`,
  );
  return {
    dictionary: `<TransformationDictionary>${twice}${fields.join('')}</TransformationDictionary>`,
    model: `<RegressionModel functionName="regression">${miningSchema(random, 'y')}<Output>${outputs.join('')}</Output><RegressionTable intercept="0.5">${terms.join('')}</RegressionTable></RegressionModel>`,
  };
}

function document(model: string, dictionary = ''): string {
  const categories = (values: readonly string[]): string => values.map((value) => `<Value value="${value}"/>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary><DataField name="x1" optype="continuous" dataType="double"/><DataField name="x2" optype="continuous" dataType="double"><Interval closure="closedClosed" leftMargin="-10" rightMargin="10"/></DataField><DataField name="x3" optype="continuous" dataType="double"/><DataField name="colour" optype="categorical" dataType="string">${categories(colours)}</DataField><DataField name="y" optype="continuous" dataType="double"/><DataField name="kind" optype="categorical" dataType="string">${categories(classes)}</DataField><DataField name="kind2" optype="categorical" dataType="string">${categories(['yes', 'no'])}</DataField></DataDictionary>${dictionary}${model}</PMML>
`;
}

function rowsOf(random: Random, count: number): string {
  const lines = [[...numeric, 'colour'].join('\t')];
  for (let row = 0; row < count; row++) {
    const cells = numeric.map(() => (random() < 0.12 ? '' : between(random, -2, 2)));
    cells.push(random() < 0.12 ? '' : pick(random, [...colours, ...colours, ...colours, 'violet']));
    lines.push(cells.join('\t'));
  }
  return `${lines.join('\n')}\n`;
}

const makers: Readonly<Record<string, (random: Random) => string>> = {
  'tree-classification': (random) => document(tree(random, true, miningSchema(random, 'kind'), probabilities)),
  'tree-regression': (random) => document(tree(random, false, miningSchema(random, 'y'), targets(random))),
  'regression-classification': (random) =>
    document(regression(random, true, miningSchema(random, 'kind'), probabilities)),
  'regression-number': (random) => document(regression(random, false, miningSchema(random, 'y'), targets(random))),
  'mining-classification': (random) => document(ensemble(random, true)),
  'mining-regression': (random) => document(ensemble(random, false)),
  'mining-chain': (random) => document(chain(random)),
  'general-regression': (random) => document(generalRegression(random)),
  scorecard: (random) => document(scorecard(random)),
  'rule-set': (random) => document(ruleSet(random)),
  clustering: (random) => document(clustering(random)),
  'naive-bayes': (random) => document(naiveBayes(random)),
  transformations: (random) => {
    const { dictionary, model } = transformations(random);
    return document(model, dictionary);
  },
};

/** `each` documents of every kind, with rows. */
export function randomDocuments(seed: number, each: number, rows: number): RandomDocument[] {
  const documents: RandomDocument[] = [];
  for (const [kind, make] of Object.entries(makers)) {
    for (let index = 0; index < each; index++) {
      const random = seeded(seed + 1_000 * documents.length);
      documents.push({ name: `${kind}-${index}`, text: make(random), rows: rowsOf(random, rows) });
    }
  }
  return documents;
}
