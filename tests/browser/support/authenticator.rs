//! An authenticator app: it reads a QR code off the screen, and shows codes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use png::{Decoder, Transformations};
use rqrr::PreparedImage;
use totp_rs::{Builder, Secret, Totp};

/// How long a code is shown, in seconds.
const STEP: u64 = 30;

/// What a test may need of a step to type a code of the one before, in seconds.
const MARGIN: u64 = 20;

/// The user's app.
pub struct Authenticator {
    /// What the QR code says.
    pub uri: String,
    totp: Totp,
    /// The step of the last code that it gave.
    last: u64,
}

impl Authenticator {
    /// Reads the secret off a picture of a QR code.
    pub fn scan(picture: &[u8]) -> Authenticator {
        let uri = read(picture);
        let secret = uri.split(['?', '&']).find_map(|pair| pair.strip_prefix("secret="));
        let secret = Secret::try_from_base32(secret.expect("a secret")).expect("base32");
        let totp = Builder::new().with_secret(secret).build().expect("it is compliant");
        Authenticator { uri, totp, last: 0 }
    }

    /// A code that was not used yet, of the oldest step that the server still takes: then there are
    /// up to three without a wait. Waits where the server would not take the next one so early.
    pub async fn code(&mut self) -> String {
        let now = seconds();
        let oldest = now / STEP - u64::from(now % STEP < STEP - MARGIN);
        self.last = (self.last + 1).max(oldest);
        while self.last > seconds() / STEP + 1 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.totp.generate(self.last * STEP).to_string()
    }

    /// A code that is wrong for as long as a test may take.
    pub fn wrong_code(&self) -> String {
        let now = seconds() / STEP;
        let good: Vec<String> = (now - 4..now + 40)
            .map(|step| self.totp.generate(step * STEP).to_string())
            .collect();
        let mut all = (0..1_000_000).map(|number| format!("{number:06}"));
        all.find(|code| !good.contains(code)).expect("there are more")
    }
}

fn seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("it is after 1970").as_secs()
}

/// The text of the QR code in a picture.
fn read(picture: &[u8]) -> String {
    let mut decoder = Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("a PNG");
    let (width, height) = (frame.width as usize, frame.height as usize);
    let (line, samples) = (frame.line_size, frame.color_type.samples());
    // It is black and white: the first sample of a pixel says which.
    let mut image = PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * line + x * samples]);
    let codes = image.detect_grids();
    assert_eq!(codes.len(), 1, "the picture shows one QR code");
    codes[0].decode().expect("it can be read").1
}
