//! Cursors are passed on as they came, and any status, `Retry-After` and error body becomes a message without
//! credentials. The input is a status in two bytes, a header up to the first line break, and a body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talktrack_gong::api::calls::{ExtensiveCalls, GetCall};
use talktrack_gong::api::users::ListUsers;
use talktrack_gong::endpoint::{Endpoint, Paged};
use talktrack_gong::fuzzing::read_answer;
use talktrack_gong::{Credentials, Error};

const SECRETS: [&str; 2] = ["ACCESSKEY123", "s3cretsecret"];

fuzz_target!(|data: &[u8]| {
    let Some((status, rest)) = data.split_first_chunk::<2>() else {
        return;
    };
    let status = 100 + u16::from_be_bytes(*status) % 500;
    let end = rest.iter().position(|byte| *byte == b'\n');
    let (header, body) = rest.split_at(end.unwrap_or(0));
    let [key, secret] = SECRETS;
    let credentials = Credentials::basic(key, secret);
    match read_answer(&ListUsers::default(), status, header, body, &credentials) {
        Ok(page) => {
            if let Some(cursor) = &page.cursor {
                follow(cursor);
            }
        }
        Err(error) => tell(&error),
    }
    let call = GetCall {
        id: String::from_utf8_lossy(header).into_owned(),
    };
    assert!(call.request().path.is_ascii());
    if let Err(error) = read_answer(&call, status, header, body, &credentials) {
        tell(&error);
    }
});

fn follow(cursor: &str) {
    let users = ListUsers::default().with_cursor(cursor).request();
    assert!(
        users
            .query
            .iter()
            .any(|(name, value)| *name == "cursor" && value == cursor)
    );
    let calls = ExtensiveCalls::default().with_cursor(cursor).request();
    assert_eq!(calls.body.expect("a body")["cursor"], cursor);
}

fn tell(error: &Error) {
    let shown = format!("{error} {:?}", error.hint());
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(!matches!(error, Error::Budget { .. }) || shown.contains("run again in"));
}
