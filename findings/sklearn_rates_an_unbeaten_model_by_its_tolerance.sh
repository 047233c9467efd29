#!/usr/bin/env bash
# scikit-learn 1.7.2: a Bradley-Terry fit by LogisticRegression gives a model that won every battle a number of tol's.
# Expected: without a penalty the likelihood has no maximum there, so a warning that the fit did not converge.
# Seen:     no warning, and a lead of 1847 Elo under the default tol, 3412 under tol=1e-8, which rating scripts of arenas
#           use; 10 battles and 1,000 battles give the same lead, so neither number says anything about the model.
# Who meets it: whoever rates models from a judge's verdicts this way, as soon as one wins (or loses) all of its battles;
#           so do single rounds of a bootstrap, whose interval then hangs on tol.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install scikit-learn==1.7.2 2>/dev/null
cat >"$folder/try.py" <<'PY'
import math
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression


def lead(battles, tol):
    """Elo between a model that won all battles and the one that lost them; and the warnings."""
    first = [[1.0, -1.0]] * (battles // 2)
    places = math.log(10) * np.array(first + [[-1.0, 1.0]] * (battles // 2))
    won = np.array([1.0] * (battles // 2) + [0.0] * (battles // 2))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        [rating] = LogisticRegression(fit_intercept=False, penalty=None, tol=tol).fit(places, won).coef_
    return round(400 * (rating[0] - rating[1])), len(seen)


found = {(battles, tol): lead(battles, tol) for battles in (10, 1000) for tol in (1e-4, 1e-8)}
print("scikit-learn", sklearn.__version__, "(battles, tol): (lead, warnings):", found)
assert not any(count for _, count in found.values()), "the behaviour has changed"
assert found[10, 1e-4] == found[1000, 1e-4] < found[10, 1e-8] == found[1000, 1e-8], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: scikit-learn 1.7.2 (battles, tol): (lead, warnings): {(10, 0.0001): (1847, 0), (10, 1e-08): (3412, 0), (1000, 0.0001): (1847, 0), (1000, 1e-08): (3412, 0)}
