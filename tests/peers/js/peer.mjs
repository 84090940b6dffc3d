// The AWS SDK for JavaScript v3 as a program uses it.
//
//   who PROFILE...    the caller identity of each profile; "-" is the default credential chain
//   keys DIRECTORY... the access key id that DIRECTORY/config and DIRECTORY/credentials have for the
//                     profile named in DIRECTORY/name
//
// One line per argument: the answer, or "error: " and the reason.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromIni } from "@aws-sdk/credential-providers";

async function who(profile) {
  const client = new STSClient(profile === "-" ? { region: "eu-west-1" } : { profile });
  return (await client.send(new GetCallerIdentityCommand({}))).Arn;
}

async function keys(directory) {
  const provider = fromIni({
    profile: readFileSync(join(directory, "name"), "utf8"),
    configFilepath: join(directory, "config"),
    filepath: join(directory, "credentials"),
    ignoreCache: true,
  });
  return (await provider()).accessKeyId;
}

const [command, ...arguments_] = process.argv.slice(2);
for (const argument of arguments_) {
  try {
    console.log(await { who, keys }[command](argument));
  } catch (error) {
    console.log(`error: ${String(error?.message ?? error).replace(/\s+/g, " ")}`);
  }
}
