const pmml = (fields: string, model: string) =>
  `<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><DataDictionary>${fields}</DataDictionary>${model}</PMML>`;

/** The example of https://dmg.org/pmml/v4-4-1/Regression.html: 132.37 + 7.1 age + 0.01 salary + 41.1 or 325.03 by place. */
export const claimsDocument = pmml(
  `<DataField name="age" optype="continuous" dataType="double"/>
  <DataField name="salary" optype="continuous" dataType="double"/>
  <DataField name="car location" optype="categorical" dataType="string"><Value value="carpark"/><Value value="street"/></DataField>
  <DataField name="number_of_claims" optype="continuous" dataType="double"/>`,
  `<RegressionModel functionName="regression">
  <MiningSchema><MiningField name="age"/><MiningField name="salary"/><MiningField name="car location"/><MiningField name="number_of_claims" usageType="target"/></MiningSchema>
  <Output><OutputField name="whole years" feature="transformedValue" dataType="integer" optype="continuous"><Apply function="round"><FieldRef field="age"/></Apply></OutputField></Output>
  <RegressionTable intercept="132.37">
    <NumericPredictor name="age" coefficient="7.1"/>
    <NumericPredictor name="salary" coefficient="0.01"/>
    <CategoricalPredictor name="car location" value="carpark" coefficient="41.1"/>
    <CategoricalPredictor name="car location" value="street" coefficient="325.03"/>
  </RegressionTable></RegressionModel>`,
);

/** The probability of `no` is 1 / (1 + e^−(0.5 + x)); x is refused outside 0 to 10. */
export const logisticDocument = pmml(
  `<DataField name="x" optype="continuous" dataType="double"><Interval closure="closedClosed" leftMargin="0" rightMargin="10"/></DataField>
  <DataField name="buys" optype="categorical" dataType="string"><Value value="no"/><Value value="yes"/></DataField>`,
  `<RegressionModel functionName="classification" normalizationMethod="logit">
  <MiningSchema><MiningField name="x"/><MiningField name="buys" usageType="target"/></MiningSchema>
  <RegressionTable targetCategory="no" intercept="0.5"><NumericPredictor name="x" coefficient="1"/></RegressionTable>
  <RegressionTable targetCategory="yes" intercept="0"/></RegressionModel>`,
);
