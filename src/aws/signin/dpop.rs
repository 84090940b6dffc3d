//! Proof of possession (`DPoP`, RFC 9449): each request carries a token that is signed with the key to which
//! the refresh token is bound. Numbers are written whole (docs/requirements.md#whole-coordinates).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::pkcs8::LineEnding;
use zeroize::Zeroizing;

use crate::config::random;
use crate::domain::Secret;

/// A private key on the curve P-256. It is wiped from memory when it is dropped.
pub(crate) struct DpopKey(SecretKey);

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopKey(…)")
    }
}

impl DpopKey {
    /// A new key that every SDK can use (docs/requirements.md#whole-coordinates).
    pub(crate) fn generate() -> Self {
        Self::chosen(|bytes| random::fill(bytes))
    }

    /// The first of some numbers that is a key, and whose coordinates have no leading zeros.
    fn chosen(mut next: impl FnMut(&mut [u8; 32])) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        loop {
            next(&mut bytes);
            // One in 2^32 numbers is not below the order of the curve.
            let Ok(key) = SecretKey::from_slice(&*bytes) else {
                continue;
            };
            let key = Self(key);
            if key.coordinates().iter().all(|number| number[0] != 0) {
                return key;
            }
        }
    }

    /// The coordinates of the public point.
    fn coordinates(&self) -> [[u8; 32]; 2] {
        let point = self.0.public_key().to_sec1_point(false);
        // The uncompressed form: 4, and both coordinates in 32 bytes each.
        let numbers = point.as_bytes().get(1..).unwrap_or_default();
        let (x, y) = numbers.split_at_checked(32).unwrap_or_default();
        [x, y].map(|number| number.try_into().unwrap_or_default())
    }

    /// The key in a PEM text, in SEC1 or PKCS #8. As botocore does, it takes lines of any length. Programs
    /// that write numbers without their leading zeros make keys of 31 bytes, which count.
    pub(crate) fn from_pem(pem: &Secret) -> Option<Self> {
        let mut base64 = Zeroizing::new(String::new());
        // Some programs wrote the line breaks as two characters.
        for line in pem.expose().split('\n').flat_map(|line| line.split("\\n")) {
            let line = line.trim();
            if !line.starts_with("-----") {
                base64.push_str(line);
            }
        }
        let der = Zeroizing::new(STANDARD.decode(base64.as_bytes()).ok()?);
        SecretKey::from_der(&der).ok().map(Self)
    }

    /// The key as the AWS CLI writes it: SEC1 in PEM, with lines of 64 characters.
    pub(crate) fn to_pem(&self) -> Option<Secret> {
        let pem = self.0.to_sec1_pem(LineEnding::LF).ok()?;
        Some(Secret::from(pem.as_str()))
    }

    /// The `DPoP` header of one `POST` request to `url`. `id` must be new for each request.
    pub(crate) fn proof(&self, url: &str, now: Timestamp, id: &str) -> String {
        let [x, y] = self.coordinates();
        let header = serde_json::json!({
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": {
                "kty": "EC",
                "crv": "P-256",
                "x": URL_SAFE_NO_PAD.encode(x),
                "y": URL_SAFE_NO_PAD.encode(y),
            },
        });
        let payload = serde_json::json!({
            "htm": "POST",
            "htu": url,
            "iat": now.as_second(),
            "jti": id,
        });
        let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&payload));
        let signature: Signature = SigningKey::from(&self.0).sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// A random UUID, for `jti`.
pub(crate) fn request_id() -> String {
    let mut bytes = [0_u8; 16];
    random::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(bytes);
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier as _;

    use super::*;

    /// The key with the private number `n`.
    fn small(n: u16) -> DpopKey {
        let mut bytes = [0_u8; 32];
        bytes[30..].copy_from_slice(&n.to_be_bytes());
        DpopKey(SecretKey::from_slice(&bytes).unwrap())
    }

    fn part(proof: &str, at: usize) -> serde_json::Value {
        let part = proof.split('.').nth(at).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn pem(body: &[u8]) -> Secret {
        let text = STANDARD.encode(body);
        Secret::new(format!(
            "-----BEGIN EC PRIVATE KEY-----\n{text}\n-----END EC PRIVATE KEY-----\n"
        ))
    }

    #[test]
    fn a_proof_verifies_and_says_what_it_is_for() {
        let key = DpopKey::generate();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let proof = key.proof("https://x.example/v1/token", now, "id");
        assert_eq!(part(&proof, 0)["typ"], "dpop+jwt");
        assert_eq!(
            part(&proof, 1),
            serde_json::json!({
                "htm": "POST", "htu": "https://x.example/v1/token", "iat": 1_800_000_000, "jti": "id",
            })
        );
        let (signed, signature) = proof.rsplit_once('.').unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert_eq!(bytes.len(), 64);
        let signature = Signature::from_slice(&bytes).unwrap();
        let verifying = VerifyingKey::from(key.0.public_key());
        verifying.verify(signed.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn coordinates_with_leading_zeros_are_written_whole() {
        let mut short = 0;
        for n in 1..=1500 {
            let proof = small(n).proof("u", Timestamp::UNIX_EPOCH, "i");
            let header = part(&proof, 0);
            for name in ["x", "y"] {
                let text = header["jwk"][name].as_str().unwrap();
                let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
                assert_eq!(bytes.len(), 32, "{n}");
                short += usize::from(bytes[0] == 0);
            }
        }
        assert!(short > 0, "no coordinate had a leading zero");
    }

    #[test]
    fn a_new_key_has_no_coordinate_with_leading_zeros() {
        let is_short = |n: u16| {
            let coordinates = small(n).coordinates();
            coordinates.iter().any(|number| number[0] == 0)
        };
        let short = (1..=1500).find(|n| is_short(*n)).unwrap();
        let whole = (short..1500).find(|n| !is_short(*n)).unwrap();
        let mut numbers = short..1500;
        let key = DpopKey::chosen(|bytes| {
            bytes[30..].copy_from_slice(&numbers.next().unwrap().to_be_bytes());
        });
        assert_eq!(key.0.to_bytes(), small(whole).0.to_bytes());
    }

    #[test]
    fn keys_survive_also_those_with_leading_zeros() {
        for key in [DpopKey::generate(), small(1), small(300)] {
            let pem = key.to_pem().unwrap();
            let text = pem.expose();
            assert!(text.starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
            assert!(text.ends_with("-----END EC PRIVATE KEY-----\n"));
            assert!(text.lines().all(|line| line.len() <= 64));
            let der = STANDARD.decode(
                text.lines()
                    .filter(|l| !l.starts_with('-'))
                    .collect::<String>(),
            );
            // SEQUENCE, version 1, OCTET STRING of 32 bytes.
            assert_eq!(der.unwrap()[2..7], [2, 1, 1, 4, 32]);
            let again = DpopKey::from_pem(&pem).unwrap();
            assert_eq!(again.0.to_bytes(), key.0.to_bytes());
            let escaped = Secret::new(text.replace('\n', "\\n"));
            assert!(DpopKey::from_pem(&escaped).is_some());
        }
    }

    #[test]
    fn a_key_of_31_bytes_is_read() {
        // SEC1: version 1, the number in 31 bytes, the curve.
        let mut der = vec![0x30, 0x30, 2, 1, 1, 4, 31];
        der.extend([7; 31]);
        der.extend([0xa0, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]);
        let key = DpopKey::from_pem(&pem(&der)).unwrap();
        let bytes = key.0.to_bytes();
        assert_eq!((bytes[0], &bytes[1..]), (0, &[7; 31][..]));
    }

    #[test]
    fn what_is_no_key_is_none_and_nothing_shows_a_key() {
        for text in ["", "x", "-----BEGIN EC PRIVATE KEY-----\n!\n"] {
            assert!(DpopKey::from_pem(&Secret::from(text)).is_none(), "{text}");
        }
        assert!(DpopKey::from_pem(&pem(&[0x30, 0])).is_none());
        assert_eq!(format!("{:?}", small(5)), "DpopKey(…)");
    }

    #[test]
    fn a_request_id_is_a_uuid_and_new_each_time() {
        let id = request_id();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(id.get(14..15), Some("4"));
        assert_ne!(id, request_id());
    }
}
