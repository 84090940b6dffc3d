//! Proofs of possession (`DPoP`, RFC 9449), checked for real: a client that signs wrongly is refused here
//! as it is by AWS (docs/protocols.md#console-sessions).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;

/// Tolerated difference of the clock of a client (seconds).
const MAX_SKEW_SECONDS: i64 = 300;

/// A coordinate of a point on P-256 (bytes). Shorter ones, without their leading zeros, are invalid.
const COORDINATE_BYTES: usize = 32;

/// A proof whose signature and claims are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    /// The public key as an uncompressed point.
    pub key: Vec<u8>,
    /// The id of the proof, which is good once.
    pub id: String,
}

/// The reason why a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Something in it is missing or wrong.
    Invalid(&'static str),
    /// The clock of the client is wrong.
    Stale,
}

/// Checks the `DPoP` header of a `POST` to this URL.
pub(super) fn verify(header: Option<&str>, url: &str, now: Timestamp) -> Result<Proof, Refusal> {
    let token = header.ok_or(Refusal::Invalid("the DPoP header is missing"))?;
    let invalid = |why| move || Refusal::Invalid(why);
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else {
        return Err(Refusal::Invalid("the DPoP header is not a JWT"));
    };
    let signed = format!("{head}.{claims}");
    let head = json(head).ok_or_else(invalid("the header of the DPoP JWT is not JSON"))?;
    let claims = json(claims).ok_or_else(invalid("the claims of the DPoP JWT are not JSON"))?;
    if head["typ"] != "dpop+jwt" || head["alg"] != "ES256" {
        return Err(Refusal::Invalid("the DPoP JWT is not dpop+jwt with ES256"));
    }
    let key = point(&head["jwk"]).ok_or_else(invalid("jwk is not a public key on P-256"))?;
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &key)
        .verify(signed.as_bytes(), &signature)
        .map_err(|ring::error::Unspecified| Refusal::Invalid("the signature is wrong"))?;
    if claims["htm"] != "POST" || claims["htu"] != url {
        return Err(Refusal::Invalid("htm or htu is not that of the request"));
    }
    let id = claims["jti"].as_str().filter(|id| !id.is_empty());
    let id = id.ok_or_else(invalid("jti is missing"))?.to_owned();
    let made = claims["iat"].as_i64();
    let made = made.ok_or_else(invalid("iat is missing"))?;
    if now.as_second().abs_diff(made) > MAX_SKEW_SECONDS.unsigned_abs() {
        return Err(Refusal::Stale);
    }
    Ok(Proof { key, id })
}

fn json(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The point of a JWK. One with a private key in it is refused.
fn point(jwk: &Value) -> Option<Vec<u8>> {
    if jwk["kty"] != "EC" || jwk["crv"] != "P-256" || !jwk["d"].is_null() {
        return None;
    }
    let coordinate = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(jwk[name].as_str()?).ok()?;
        (bytes.len() == COORDINATE_BYTES).then_some(bytes)
    };
    Some([vec![4], coordinate("x")?, coordinate("y")?].concat())
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    const URL: &str = "http://127.0.0.1:1/v1/token";

    fn now() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    fn parts() -> (Value, Value) {
        let head = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256"}});
        let claims = json!({"htm": "POST", "htu": URL, "iat": now().as_second(), "jti": "1"});
        (head, claims)
    }

    /// A JWT that is signed by a new key, after `change` had its way with header and claims.
    fn jwt(change: impl Fn(&mut Value, &mut Value)) -> String {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let document = document.unwrap();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let public = pair.public_key().as_ref();
        let (mut head, mut claims) = parts();
        head["jwk"]["x"] = URL_SAFE_NO_PAD.encode(&public[1..33]).into();
        head["jwk"]["y"] = URL_SAFE_NO_PAD.encode(&public[33..]).into();
        change(&mut head, &mut claims);
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(&head), encode(&claims));
        let signature = pair.sign(&random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    #[test]
    fn a_right_proof_is_taken() {
        let proof = verify(Some(&jwt(|_, _| {})), URL, now()).unwrap();
        assert_eq!((proof.key.len(), proof.id.as_str()), (65, "1"));
    }

    #[test]
    fn a_wrong_proof_is_refused() {
        type Change = fn(&mut Value, &mut Value);
        let changes: [Change; 10] = [
            |head, _| head["typ"] = "JWT".into(),
            |head, _| head["alg"] = "RS256".into(),
            |head, _| head["jwk"]["crv"] = "P-384".into(),
            |head, _| head["jwk"]["d"] = "AA".into(),
            |head, _| head["jwk"]["x"] = "AA".into(),
            |_, claims| claims["htm"] = "GET".into(),
            |_, claims| claims["htu"] = "http://127.0.0.1:2/v1/token".into(),
            |_, claims| claims["jti"] = Value::Null,
            |_, claims| claims["iat"] = Value::Null,
            |head, _| {
                let x = head["jwk"]["x"].take();
                head["jwk"]["x"] = std::mem::replace(&mut head["jwk"]["y"], x);
            },
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let refused = verify(Some(&jwt(change)), URL, now());
            assert!(matches!(refused, Err(Refusal::Invalid(_))), "{number}");
        }
        let right = jwt(|_, _| {});
        let other = jwt(|_, claims| claims["jti"] = "2".into());
        let (unsigned, _) = right.rsplit_once('.').unwrap();
        let (_, signature) = other.rsplit_once('.').unwrap();
        let forged = format!("{unsigned}.{signature}");
        for token in [Some(forged.as_str()), Some("a.b"), Some("a.b.c"), None] {
            let refused = verify(token, URL, now());
            assert!(matches!(refused, Err(Refusal::Invalid(_))), "{token:?}");
        }
    }

    #[test]
    fn a_wrong_clock_is_told_apart() {
        for (seconds, taken) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let token = jwt(|_, claims| {
                claims["iat"] = (now().as_second() + seconds).into();
            });
            let verified = verify(Some(&token), URL, now());
            assert_eq!(verified.is_ok(), taken, "{seconds}");
            assert!(taken || verified == Err(Refusal::Stale), "{seconds}");
        }
    }
}
