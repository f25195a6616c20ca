//! Which language a call is in, and whether a dictionary covers it.

/// ISO 639-2 codes, as Gong names languages, and the two letters that dictionaries use. Both the bibliographic and the
/// terminological code where they differ.
const CODES: [(&str, &str); 44] = [
    ("ara", "ar"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("chi", "zh"),
    ("cze", "cs"),
    ("dan", "da"),
    ("deu", "de"),
    ("dut", "nl"),
    ("ell", "el"),
    ("eng", "en"),
    ("est", "et"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("ger", "de"),
    ("gre", "el"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("ind", "id"),
    ("ita", "it"),
    ("jpn", "ja"),
    ("kor", "ko"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("may", "ms"),
    ("msa", "ms"),
    ("nld", "nl"),
    ("nor", "no"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rum", "ro"),
    ("rus", "ru"),
    ("slk", "sk"),
    ("slo", "sk"),
    ("slv", "sl"),
    ("spa", "es"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tur", "tr"),
    ("zho", "zh"),
];

/// The language that a tag names, without region and script, in its shortest code: `en` for `eng`, `en-US` and `EN_us`.
/// None where the tag says nothing: empty, `und`, `mul`, `zxx`.
pub fn primary(tag: &str) -> Option<String> {
    let first = tag.split(['-', '_']).next().unwrap_or_default().trim();
    let lower = first.to_ascii_lowercase();
    if ["", "und", "mul", "zxx", "unknown"].contains(&lower.as_str()) {
        return None;
    }
    let short = CODES.iter().find(|(code, _)| *code == lower);
    Some(short.map_or(lower, |(_, short)| (*short).to_owned()))
}

/// Whether terms of one language say something about a call in another. Where either is not known they do.
pub fn covers(dictionary: &str, call: Option<&str>) -> bool {
    let Some(spoken) = call.and_then(primary) else {
        return true;
    };
    primary(dictionary).is_none_or(|terms| terms == spoken)
}

#[cfg(test)]
mod tests {
    use super::{CODES, covers, primary};

    #[test]
    fn tags_of_one_language_are_alike() {
        for tag in ["en", "eng", "en-US", "EN_gb", " eng "] {
            assert_eq!(primary(tag).as_deref(), Some("en"), "{tag}");
        }
        assert_eq!(primary("deu"), primary("ger"));
        assert_eq!(primary("xyz").as_deref(), Some("xyz"));
        for tag in ["", "und", "mul", "-"] {
            assert_eq!(primary(tag), None, "{tag}");
        }
        assert!(CODES.is_sorted());
    }

    #[test]
    fn what_is_not_known_is_covered() {
        assert!(
            covers("en", Some("eng"))
                && covers("en", None)
                && covers("en", Some("und"))
                && covers("", Some("deu"))
        );
        assert!(!covers("en", Some("deu")) && !covers("de", Some("en-US")));
    }
}
