//! Any body is read as a page or refused, and what is read can be written and read again. The first byte chooses the
//! endpoint.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use talktrack_gong::api::calls::{ExtensiveCalls, ListCalls};
use talktrack_gong::api::library::{FolderContent, ListFolders};
use talktrack_gong::api::settings::{ListScorecards, ListTrackers};
use talktrack_gong::api::stats::AnsweredScorecards;
use talktrack_gong::api::transcripts::Transcripts;
use talktrack_gong::api::users::ListUsers;
use talktrack_gong::api::workspaces::ListWorkspaces;
use talktrack_gong::endpoint::Endpoint;
use talktrack_gong::page::Page;

/// What a message about a value may repeat of it, with room for words around it and for wide characters.
const MAX_SHOWN_BYTES: usize = 1500;

fuzz_target!(|data: &[u8]| {
    let Some((which, body)) = data.split_first() else {
        return;
    };
    match which % 10 {
        0 => check(&ExtensiveCalls::default(), body),
        1 => check(&Transcripts::default(), body),
        2 => check(&ListUsers::default(), body),
        3 => check(&AnsweredScorecards::default(), body),
        4 => check(&ListCalls::default(), body),
        5 => check(&ListWorkspaces, body),
        6 => check(&ListScorecards, body),
        7 => check(&ListTrackers::default(), body),
        8 => check(&ListFolders::default(), body),
        _ => check(
            &FolderContent {
                folder_id: String::new(),
            },
            body,
        ),
    }
});

fn check<T, E>(endpoint: &E, body: &[u8])
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
    E: Endpoint<Response = Page<T>>,
{
    let page = match endpoint.decode(body) {
        Ok(page) => page,
        Err(failure) => {
            assert!(failure.path.len() + failure.reason.len() <= 2 * MAX_SHOWN_BYTES);
            return;
        }
    };
    assert_ne!(page.cursor.as_deref(), Some(""));
    for reject in page.rejects() {
        assert!(reject.path.len() + reject.reason.len() <= 2 * MAX_SHOWN_BYTES);
        assert_ne!(reject.id.as_deref(), Some(""));
    }
    for record in page.records() {
        let written = serde_json::to_string(record).expect("a record can be written");
        let again: T = serde_json::from_str(&written).expect("what was written can be read");
        assert_eq!(&again, record, "{written}");
    }
}
