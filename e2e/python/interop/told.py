"""What every script of the suite begins with: a client of the server at argv[1], and what it has to tell.

A script fills `told` and ends with `tell()`, which prints it as one line of JSON. The client itself checks the shapes of
the answers; what they mean is for the suite to say.
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

import mlflow
from mlflow.exceptions import MlflowException
from requests import HTTPError

url = sys.argv[1]
mlflow.set_tracking_uri(url)
client = mlflow.MlflowClient()
told = {}


def refusal(call):
    """The error code of what `call` raises; None when it raises nothing."""
    try:
        call()
    except MlflowException as error:
        return error.error_code
    except HTTPError as error:
        return error.response.status_code
    return None


def sentence(call):
    """What `call` is refused with, in words."""
    try:
        call()
    except MlflowException as error:
        return str(error)
    return None


def tell():
    print(json.dumps(told))
