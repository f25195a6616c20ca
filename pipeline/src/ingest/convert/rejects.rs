//! Records that could not be decoded, to `rejects`.

use talktrack_analyzers::tables::RejectRow;
use talktrack_gong::page::Reject;

/// Digits of the digest by which a record without a legible id is known.
pub const DIGEST_LENGTH: usize = 32;

/// The row of a record that could not be decoded and was meant for `table`.
///
/// The record's place in the page is left out of the path, since it is another one at the next reading; a record without
/// a legible id is known by the digest of its JSON.
pub fn rejected(table: &str, reject: &Reject) -> RejectRow {
    let digest = || blake3::hash(reject.raw.as_bytes()).to_hex()[..DIGEST_LENGTH].to_owned();
    RejectRow {
        table: table.to_owned(),
        record_id: reject.id.clone().unwrap_or_else(digest),
        json_path: without_place(&reject.path),
        reason: reject.reason.clone(),
        raw: reject.raw.clone(),
    }
}

/// `calls[17].metaData.started` is `calls[].metaData.started`.
fn without_place(path: &str) -> String {
    match (path.find('['), path.find(']')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}[{}", &path[..open], &path[close..])
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reject(id: Option<&str>) -> Reject {
        Reject {
            id: id.map(str::to_owned),
            path: "calls[17].parties[2].name".to_owned(),
            reason: "no string".to_owned(),
            raw: "{}".to_owned(),
            is_private: false,
            started: None,
        }
    }

    #[test]
    fn the_place_in_the_page_is_not_part_of_the_key() {
        let row = rejected("calls", &reject(Some("7")));
        assert_eq!(
            (row.record_id.as_str(), row.json_path.as_str()),
            ("7", "calls[].parties[2].name")
        );
    }

    #[test]
    fn a_record_without_an_id_is_known_by_its_digest() {
        assert_eq!(rejected("calls", &reject(None)).record_id.len(), 32);
    }
}
