"""CDK's libraries start Node when they are imported; past its end of life it would fill the report with a banner."""

import os

os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
