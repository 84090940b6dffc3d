"""botocore as a program uses it.

  who PROFILE...    the caller identity of each profile; "-" is the default credential chain
  keys DIRECTORY... the access key id that DIRECTORY/config and DIRECTORY/credentials have for the
                    profile named in DIRECTORY/name

One line per argument: the answer, or "error: " and the reason.
"""

import pathlib
import sys

import boto3
import botocore.session


def who(profile):
    session = boto3.Session(region_name="eu-west-1") if profile == "-" else boto3.Session(profile_name=profile)
    return session.client("sts").get_caller_identity()["Arn"]


def keys(directory):
    directory = pathlib.Path(directory)
    name = (directory / "name").read_text(encoding="utf-8")
    session = botocore.session.Session(profile=name)
    session.set_config_variable("config_file", str(directory / "config"))
    session.set_config_variable("credentials_file", str(directory / "credentials"))
    return session.get_credentials().access_key


def line(answer, argument):
    try:
        return answer(argument)
    except Exception as error:
        return "error: " + " ".join(str(error).split())


for argument in sys.argv[2:]:
    print(line({"who": who, "keys": keys}[sys.argv[1]], argument))
