"""Points Kaggle's own clients at the server that KAGGLE_API_ENDPOINT names.

They have no setting for that: their SDK has a table with a fixed endpoint for each environment, and which environment
is meant is decided in several places. So every entry is changed, before anything else of theirs is imported
(`import kaggle` already calls the API), and nothing else is.
"""

import os

from kagglesdk import kaggle_env


def redirect() -> None:
    endpoint = os.environ["KAGGLE_API_ENDPOINT"]
    for environment in kaggle_env.KaggleEnv:
        kaggle_env._env_to_endpoint[environment] = endpoint
        if kaggle_env.get_endpoint(environment) != endpoint:
            raise SystemExit("this SDK keeps its endpoints elsewhere; nothing was asked of Kaggle")
