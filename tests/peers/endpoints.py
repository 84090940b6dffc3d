"""The hosts that botocore resolves: a line for each region, service and combination of the variants.

Arguments: regions. tests/it/partitions.rs compares.
"""

import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import EndpointVariantError

OPERATIONS = {
    "sso": "ListAccounts",
    "sso-oidc": "CreateToken",
    "sts": "GetCallerIdentity",
    "signin": "CreateOAuth2Token",
}
session = botocore.session.Session()
session.set_credentials("a", "b")


def resolve(service, region, dual_stack, fips):
    config = Config(use_dualstack_endpoint=dual_stack, use_fips_endpoint=fips)
    try:
        client = session.create_client(service, region_name=region, config=config)
    except EndpointVariantError:
        return "none"
    context = {"client_region": region, "client_config": client.meta.config, "is_presign_request": False}
    operation = client.meta.service_model.operation_model(OPERATIONS[service])
    return client._resolve_endpoint_ruleset(operation, {}, context)[0]


for region in sys.argv[1:]:
    for dual_stack, fips in ((False, False), (True, False), (False, True), (True, True)):
        for service in OPERATIONS:
            words = f"{dual_stack} {fips}".lower()
            print(region, service, words, resolve(service, region, dual_stack, fips))
