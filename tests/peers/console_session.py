"""botocore against the simulated sign-in service: signing in, renewal, and the error classes.

botocore makes the proofs, calls the service, keeps the cache and renews; this script plays the user in
the browser. Prints lines that tests/it/sim.rs compares. Arguments: the sign-in endpoint, the session to
choose, a session that may not sign in.
"""

import base64
import hashlib
import json
import os
import sys
import urllib.parse
import urllib.request
import uuid

import boto3
import botocore
from awscrt.crypto import EC, ECExportFormat, ECType
from botocore.config import Config
from botocore.credentials import _build_add_dpop_header_handler
from botocore.utils import JSONFileCache, LoginTokenLoader, get_login_token_cache_directory

base, arn, powerless = sys.argv[1:]
SAME_DEVICE = "arn:aws:signin:::devtools/same-device"
CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device"
CALLBACK = "http://127.0.0.1:4711/oauth/callback"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


browser = urllib.request.build_opener(NoRedirect)


def load(url, form=None):
    """The status, the place that the answer leads to, and the text of a page."""
    try:
        answer = browser.open(url, urllib.parse.urlencode(form).encode() if form else None)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers["location"], answer.read().decode()


def between(text, start, end):
    return text.split(start)[1].split(end)[0]


def client(key, endpoint=base):
    signin = boto3.client(
        "signin",
        region_name="eu-west-1",
        endpoint_url=endpoint,
        config=Config(signature_version=botocore.UNSIGNED, retries={"total_max_attempts": 1}),
    )
    signin.meta.events.register("before-call.signin.CreateOAuth2Token", _build_add_dpop_header_handler(key))
    return signin


def refused(signin, **body):
    try:
        signin.create_o_auth2_token(tokenInput=body)
    except botocore.exceptions.ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return f"{error.response['Error']['Code']} {error.response['error']} {status}"
    return "nothing"


def authorize(client_id, redirect_uri, verifier, state, endpoint=base):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode()[:-1]
    query = {
        "response_type": "code",
        "client_id": client_id,
        "state": state,
        "code_challenge_method": "SHA-256",
        "scope": "openid",
        "redirect_uri": redirect_uri,
        "code_challenge": challenge,
    }
    return f"{endpoint}/v1/authorize?{urllib.parse.urlencode(query)}"


def choose(url, session):
    """Chooses a session on the page; the address that the browser is led to."""
    _, _, page = load(url)
    request = between(page, 'name="request" value="', '"')
    return load(url.split("?")[0], {"request": request, "session": session})[1]


def sign_in(session, client_id=SAME_DEVICE, redirect_uri=CALLBACK, endpoint=base):
    """What a token request needs, after a user chose the session."""
    verifier, state = "v-._~" + uuid.uuid4().hex * 2, str(uuid.uuid4())
    back = choose(authorize(client_id, redirect_uri, verifier, state, endpoint), session)
    answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
    if client_id == CROSS_DEVICE:
        text = between(load(back)[2], 'id="authorization-code"', "</p>").split(">")[1]
        answer = dict(urllib.parse.parse_qsl(base64.b64decode(text).decode()))
    assert answer["state"] == state, answer
    return {
        "clientId": client_id,
        "grantType": "authorization_code",
        "code": answer["code"],
        "codeVerifier": verifier,
        "redirectUri": redirect_uri,
    }


def caller(keys):
    sts = boto3.client(
        "sts",
        region_name="eu-west-1",
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        aws_session_token=keys["sessionToken"],
    )
    return sts.get_caller_identity()["Arn"]


# The page: what is wrong is refused, and nobody is sent anywhere.
good = authorize(SAME_DEVICE, CALLBACK, "v" * 43, "s")
for old, new in [
    ("SHA-256", "S256"),
    ("scope=openid", "scope=email"),
    ("response_type=code", "response_type=token"),
    ("same-device", "other-device"),
    ("same-device", "cross-device"),
    ("127.0.0.1%3A4711", "localhost%3A4711"),
    ("code_challenge=", "code_challenge=x"),
]:
    assert old in good
    status, location, _ = load(good.replace(old, new))
    print(f"{old} as {new}:", status, location)
print("canceled:", choose(good, ""))

key = EC.new_generate(ECType.P_256)
signin = client(key)
grant = sign_in(arn)
print("wrong verifier:", refused(signin, **{**grant, "codeVerifier": "w" * 64}))
print("used code:", refused(signin, **grant))
print("other address:", refused(signin, **{**sign_in(arn), "redirectUri": CALLBACK.replace("4711", "4712")}))
print("not permitted:", refused(signin, **sign_in(powerless)))

# Two proofs with the same id.
proof = _build_add_dpop_header_handler(key)
replayed = boto3.client("signin", region_name="eu-west-1", endpoint_url=base, config=signin.meta.config)
headers = {}


def replay(params, **_):
    if not headers:
        proof(params=params)
        headers.update(params["headers"])
    params["headers"]["DPoP"] = headers["DPoP"]


replayed.meta.events.register("before-call.signin.CreateOAuth2Token", replay)
first = replayed.create_o_auth2_token(tokenInput=sign_in(arn))["tokenOutput"]
print("a proof used again:", refused(replayed, **sign_in(arn)))
print("no proof:", refused(boto3.client("signin", region_name="eu-west-1", endpoint_url=base), **sign_in(arn)))

# A session of this device, as the AWS CLI caches it; botocore renews it by its own code.
output = signin.create_o_auth2_token(tokenInput=sign_in(arn))["tokenOutput"]
claims = output["idToken"].split(".")[1]
subject = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
print("session:", output["tokenType"], output["expiresIn"], subject)
print("caller:", caller(output["accessToken"]))
pem = base64.encodebytes(key.export_key(ECExportFormat.SEC1)).decode()
loader = LoginTokenLoader(JSONFileCache(get_login_token_cache_directory()))
token = {
    "accessToken": {**output["accessToken"], "accountId": arn.split(":")[4], "expiresAt": "2020-01-01T00:00:00Z"},
    "tokenType": output["tokenType"],
    "clientId": SAME_DEVICE,
    "refreshToken": output["refreshToken"],
    "idToken": output["idToken"],
    "dpopKey": f"-----BEGIN EC PRIVATE KEY-----\n{pem}-----END EC PRIVATE KEY-----\n",
}
loader.save_token(arn, token)
with open(os.path.expanduser("~/.aws/config"), "a") as config:
    config.write(f"[profile console]\nlogin_session = {arn}\nregion = eu-west-1\n")
session = boto3.Session(profile_name="console")
print("renewed by botocore:", session.client("sts").get_caller_identity()["Arn"])
renewed = loader.load_token(arn)
print("rotated:", renewed["refreshToken"] != output["refreshToken"], renewed["idToken"] == output["idToken"])
again = {"clientId": SAME_DEVICE, "grantType": "refresh_token"}
print("old refresh token:", refused(signin, refreshToken=output["refreshToken"], **again))
last = renewed["refreshToken"]
print("other key:", refused(client(EC.new_generate(ECType.P_256)), refreshToken=last, **again))
print("other client:", refused(signin, refreshToken=last, **{**again, "clientId": CROSS_DEVICE}))
answer = signin.create_o_auth2_token(tokenInput={"refreshToken": last, **again})["tokenOutput"]
print("renewed:", "idToken" in answer, caller(answer["accessToken"]))

# A session of another device, in a region of its own.
region = f"{base}/signin/eu-central-1"
there = client(key, region)
grant = sign_in(arn, CROSS_DEVICE, f"{region}/v1/sessions/confirmation", region)
output = there.create_o_auth2_token(tokenInput=grant)["tokenOutput"]
again = {"clientId": CROSS_DEVICE, "grantType": "refresh_token", "refreshToken": output["refreshToken"]}
print("other region:", refused(client(key, f"{base}/signin/us-east-1"), **again))
print("its region:", caller(there.create_o_auth2_token(tokenInput=again)["tokenOutput"]["accessToken"]))
