"""botocore behind `roledex exec --live`: asks STS who it is, again and again, until three sets of
credentials that it was given are over. Any error ends it. Prints how many sets there were.
"""

import datetime

import boto3

session = boto3.Session(region_name="eu-west-1")
sts = session.client("sts")
ends = {}
while True:
    arn = sts.get_caller_identity()["Arn"]
    assert ":333333333333:assumed-role/AWSReservedSSO_AdministratorAccess_" in arn, arn
    credentials = session.get_credentials()
    assert credentials.method == "container-role", credentials.method
    ends[credentials.get_frozen_credentials().access_key] = credentials._expiry_time
    now = datetime.datetime.now(datetime.timezone.utc)
    if sum(end < now for end in ends.values()) >= 3:
        break
print(len(ends))
