"""One measured training in a process of its own: FILE TRAIN_ROWS FEATURES HYPERPARAMETERS -> one JSON line."""

import json
import sys
import time

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

path, train_rows, features, hyperparameters = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
values = numpy.fromfile(path, dtype="float32").reshape(features + 1, -1)
x, y = numpy.ascontiguousarray(values[:features].T), values[features]

model = HistGradientBoostingClassifier(**hyperparameters)
wall, cpu = time.perf_counter(), time.process_time()
model.fit(x[:train_rows], y[:train_rows])
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu

auc = roc_auc_score(y[train_rows:], model.predict_proba(x[train_rows:])[:, 1])
print(json.dumps({"wallMs": wall * 1000, "cpuMs": cpu * 1000, "auc": auc, "sha256": ""}))
