"""botocore against the simulator: the device flow, listing, credentials, STS, and the error classes.

Prints lines that tests/sim.rs compares. Arguments: the base URL, the start URL, the region.
"""

import json
import sys
import urllib.parse
import urllib.request

import boto3
import botocore
from botocore.config import Config

base, start_url, region = sys.argv[1:]
unsigned = Config(signature_version=botocore.UNSIGNED)
oidc = boto3.client("sso-oidc", region_name=region, endpoint_url=base, config=unsigned)
sso = boto3.client("sso", region_name=region, endpoint_url=base, config=unsigned)


def refused(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        return f"{code} {error.response['ResponseMetadata']['HTTPStatusCode']}"
    return "nothing"


client = oidc.register_client(clientName="peer", clientType="public", scopes=["sso:account:access"])
known = {"clientId": client["clientId"], "clientSecret": client["clientSecret"]}
print("unknown client:", refused(oidc.start_device_authorization, clientId="x", clientSecret="y", startUrl=start_url))
print("wrong start URL:", refused(oidc.start_device_authorization, startUrl="https://no.awsapps.com/start", **known))
device = oidc.start_device_authorization(startUrl=start_url, **known)
grant = {"grantType": "urn:ietf:params:oauth:grant-type:device_code", "deviceCode": device["deviceCode"], **known}
print("before a decision:", refused(oidc.create_token, **grant))
page = urllib.request.urlopen(device["verificationUriComplete"]).read().decode()
print("the page shows the code:", device["userCode"] in page)
form = urllib.parse.urlencode({"user_code": device["userCode"], "decision": "allow"}).encode()
urllib.request.urlopen(device["verificationUri"], data=form)
token = oidc.create_token(**grant)
print("used again:", refused(oidc.create_token, **grant))
print("token:", token["tokenType"], token["expiresIn"], bool(token["refreshToken"]))
again = oidc.create_token(grantType="refresh_token", refreshToken=token["refreshToken"], **known)
bearer = {"accessToken": again["accessToken"]}
pages = sso.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2}, **bearer)
accounts = [account for page in pages for account in page["accountList"]]
print("accounts:", len(accounts), accounts[0]["accountName"])
roles = sso.list_account_roles(accountId=accounts[1]["accountId"], **bearer)["roleList"]
print("roles:", json.dumps([role["roleName"] for role in roles]))
print("wrong token:", refused(sso.list_accounts, accessToken="x"))
print("not assigned:", refused(sso.get_role_credentials, accountId="111111111111", roleName="Nope", **bearer))
keys = sso.get_role_credentials(accountId="111111111111", roleName="ReadOnlyAccess", **bearer)["roleCredentials"]
signed = {
    "aws_access_key_id": keys["accessKeyId"],
    "aws_secret_access_key": keys["secretAccessKey"],
    "aws_session_token": keys["sessionToken"],
}
sts = boto3.client("sts", region_name=region, endpoint_url=base, **signed)
print("caller:", sts.get_caller_identity()["Account"])
assumed = sts.assume_role(RoleArn="arn:aws:iam::999999999999:role/path/Chained", RoleSessionName="peer")
print("assumed:", assumed["Credentials"]["AccessKeyId"][:4])
too_long = {"RoleArn": "arn:aws:iam::999999999999:role/Chained", "RoleSessionName": "peer", "DurationSeconds": 7200}
print("too long:", refused(sts.assume_role, **too_long))
stranger = boto3.client("sts", region_name=region, endpoint_url=base, aws_access_key_id="AKIAX", aws_secret_access_key="y")
print("unknown key:", refused(stranger.get_caller_identity))
sso.logout(**bearer)
print("signed out:", refused(sso.list_accounts, **bearer))
