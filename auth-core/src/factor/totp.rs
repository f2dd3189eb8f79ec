//! Codes of an authenticator app (TOTP, RFC 6238): six digits, a new one every 30 seconds.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::secret::{NoEntropy, SecretBytes, SecretString, SecretVec};

/// How many steps of 30 seconds the clock of a phone may be behind or ahead (RFC 6238 §5.2).
const SKEW: u16 = 1;

/// What a URI keeps as it is (RFC 3986 §2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The secret that the server and an authenticator app share: 160 bits, as RFC 4226 §4 recommends.
pub struct TotpSecret(SecretVec);

impl TotpSecret {
    /// A fresh secret.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`].
    pub fn random() -> Result<TotpSecret, NoEntropy> {
        Ok(TotpSecret(SecretVec::new(*SecretBytes::<20>::random()?.expose())))
    }

    /// The secret of these bytes.
    pub fn new(bytes: SecretVec) -> TotpSecret {
        TotpSecret(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.expose()
    }

    /// The step of a code that is good at `now`: of this step, the one before or the one after.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let now = u64::try_from(now.secs()).ok()?;
        let step = self.totp().check(code, now)?;
        i64::try_from(step).ok()
    }

    /// The secret as text, for a user who types it into an app.
    pub fn to_base32(&self) -> SecretString {
        SecretString::new(self.totp().secret().to_base32())
    }

    /// The secret as a URI, which apps read from a QR code or a link.
    pub fn to_uri(&self, issuer: &str, account: &str) -> SecretString {
        let encoded = |text| utf8_percent_encode(text, ENCODED).to_string();
        let (issuer, account, secret) = (encoded(issuer), encoded(account), self.to_base32());
        let secret = secret.expose();
        SecretString::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        ))
    }

    fn totp(&self) -> Totp {
        let secret = Secret::new(Box::from(self.bytes()));
        // Every app knows these values, and some know no others.
        Builder::new()
            .with_secret(secret)
            .with_digits(6)
            .with_step_duration(30)
            .with_skew(SKEW)
            .build_noncompliant()
    }
}

/// The digits of a code as a user typed it, perhaps with a space in the middle; `None` where it
/// cannot be one.
pub fn typed_code(typed: &str) -> Option<Zeroizing<String>> {
    let code: Zeroizing<String> = Zeroizing::new(typed.chars().filter(|c| *c != ' ').collect());
    let is_one = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then_some(code)
}

/// `uri` as a QR code: an SVG without a background of its own file. `None` where it is too long.
pub fn qr_svg(uri: &SecretString) -> Option<SecretString> {
    let code = QrCode::new(uri.expose()).ok()?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Some(SecretString::new(image))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, for SHA-1. The codes there have eight digits; six are their last six.
    const VECTORS: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];

    fn of_the_rfc() -> TotpSecret {
        TotpSecret::new(SecretVec::new(&b"12345678901234567890"[..]))
    }

    // security: Second factors: TOTP as in RFC 6238
    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        for (time, code) in VECTORS {
            let step = of_the_rfc().step_of(&code[2..], Timestamp::from_secs(time));
            assert_eq!(step, Some(time / 30), "{time}");
        }
    }

    // security: Second factors: A clock may be one step off, and no more
    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let (secret, code) = (of_the_rfc(), "050471");
        let step = 1_111_111_111 / 30;
        for (second, is_good) in [
            ((step - 1) * 30 - 1, false),
            ((step - 1) * 30, true),
            (step * 30, true),
            ((step + 2) * 30 - 1, true),
            ((step + 2) * 30, false),
        ] {
            let found = secret.step_of(code, Timestamp::from_secs(second));
            assert_eq!(found, is_good.then_some(step), "{second}");
        }
    }

    #[test]
    fn a_code_is_six_digits_and_may_have_spaces() {
        for (typed, read) in [
            ("050471", Some("050471")),
            (" 050 471", Some("050471")),
            ("50471", None),
            ("0504711", None),
            ("05047a", None),
            ("٠٥٠٤٧١", None),
            ("", None),
        ] {
            assert_eq!(typed_code(typed).as_ref().map(|code| code.as_str()), read, "{typed}");
        }
    }

    #[test]
    fn the_uri_names_the_site_and_the_account() {
        let uri = of_the_rfc().to_uri("My App", "ann+x@example.com");
        assert_eq!(
            uri.expose(),
            "otpauth://totp/My%20App:ann%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=My%20App&algorithm=SHA1&digits=6&period=30"
        );
        let image = qr_svg(&uri).expect("it fits");
        assert!(image.expose().contains("<svg"), "an image");
        assert!(qr_svg(&SecretString::new("x".repeat(4000))).is_none());
    }
}
