//! One key per person across calls.

/// The key of a party: the user id, else the e-mail in lower case, else the phone number in one form, else the party
/// itself, which ties the person to this one call.
pub fn person_key(
    call_id: &str,
    party_id: &str,
    user_id: Option<&str>,
    email: Option<&str>,
    phone: Option<&str>,
) -> String {
    if let Some(user_id) = filled(user_id) {
        return user_id.to_owned();
    }
    if let Some(email) = filled(email) {
        return email.to_lowercase();
    }
    if let Some(phone) = phone.and_then(normalised_phone) {
        return phone;
    }
    format!("{call_id}:{party_id}")
}

/// Digits of a phone number, with a leading `+` where the number is international; extensions are cut off. Fewer than
/// seven digits are an extension or a short code, which many people share.
pub fn normalised_phone(phone: &str) -> Option<String> {
    let lower = phone.to_lowercase();
    let number = lower
        .split(['x', ';', '#', ','])
        .next()
        .unwrap_or_default()
        .split("ext")
        .next()
        .unwrap_or_default();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 7 {
        return None;
    }
    let international = number.trim_start().starts_with('+');
    match (international, digits.strip_prefix("00")) {
        (true, _) => Some(format!("+{digits}")),
        (false, Some(rest)) => Some(format!("+{rest}")),
        (false, None) => Some(digits),
    }
}

/// The text without surrounding space, if any is left.
pub(crate) fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thing_that_is_known_names_the_person() {
        let key = |user, email, phone| person_key("7", "3", user, email, phone);
        assert_eq!(key(Some("12"), Some("A@b.c"), None), "12");
        assert_eq!(
            key(None, Some(" Ann@Acme.Example "), Some("+1")),
            "ann@acme.example"
        );
        assert_eq!(
            key(Some(""), Some(" "), Some("+1 (650) 555-0100")),
            "+16505550100"
        );
        assert_eq!(key(None, None, Some("1234")), "7:3");
        assert_eq!(key(None, None, None), "7:3");
    }

    #[test]
    fn one_number_written_in_many_ways_is_one_number() {
        for written in [
            "+1 650 555 0100",
            "0016505550100",
            "+1-650-555-0100 ext. 12",
            "+16505550100x9",
            "+1.650.555.0100;ext=4",
        ] {
            assert_eq!(
                normalised_phone(written).as_deref(),
                Some("+16505550100"),
                "{written}"
            );
        }
        assert_eq!(
            normalised_phone("(650) 555-0100").as_deref(),
            Some("6505550100")
        );
        assert_eq!(normalised_phone("anonymous"), None);
    }
}
