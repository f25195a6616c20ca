//! Pages without names: stable aliases for people, deals and calls, and no word of what was said.
//!
//! An alias is a keyed hash (BLAKE3) of what it stands for: the same on every page and in every run with the same key, and
//! without the key it tells nothing, not even to somebody who guesses names. Everything is replaced before a page is made, so
//! that no format can show it. What stays: numbers, days, amounts, stages, and the names of competitors and objections.

use std::collections::BTreeMap;
use std::path::Path;

use talktrack_analyzers::tables::UserRow;

use super::audience::Audience;
use super::document::{Document, Fact, Quote};
use super::evidence::Evidence;
use super::material::{full_name, shown_name};
use super::reviews::Reviews;
use crate::config::owner_only_bytes;
use crate::rollup::{CallFacts, Rollups};

/// Keeps these hashes apart from any other use of the same key.
const CONTEXT: &str = "talktrack 2026 pseudonyms of pages";

/// Bytes of a key, at least.
const KEY_BYTES: usize = 16;

/// Letters of an alias that stands for an id: enough that two of millions are not alike.
const ID_LETTERS: usize = 16;

/// Letters of an alias that people read.
const NAME_LETTERS: usize = 6;

/// What every page says of it.
const WORDS: &str = "People, deals and calls have aliases that stay the same while the key does; sentences, titles of calls, links, e-mail addresses, job titles and hand-written cards are withheld. Numbers, days, amounts, stages and competitors are as they are.";

/// Makes aliases with one key.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; blake3::KEY_LEN],
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Pseudonyms")
    }
}

impl Pseudonyms {
    /// With the key that a file holds, which only its owner may read.
    ///
    /// # Errors
    ///
    /// The file cannot be read, others can read it, or it holds fewer than 16 bytes.
    pub fn from_file(path: &Path) -> Result<Self, crate::config::Error> {
        let secret = owner_only_bytes(path)?;
        Self::new(&secret).ok_or_else(|| crate::config::Error::ShortKey {
            path: path.to_owned(),
        })
    }

    /// With a key of at least 16 bytes; none with a shorter one.
    pub fn new(secret: &[u8]) -> Option<Self> {
        (secret.len() >= KEY_BYTES).then(|| Self {
            key: blake3::derive_key(CONTEXT, secret),
        })
    }

    /// The alias of an id, in small letters and digits.
    fn id(&self, kind: &str, id: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher
            .update(kind.as_bytes())
            .update(&[0])
            .update(id.as_bytes());
        let hex = hasher.finalize().to_hex();
        hex[..ID_LETTERS].to_owned()
    }

    /// The same as a name, such as `Deal 3F9A0C`.
    fn name(&self, kind: &str, id: &str) -> String {
        let alias = self.id(kind, id).to_ascii_uppercase();
        format!("{kind} {}", &alias[..NAME_LETTERS])
    }

    /// The reader by the alias.
    pub(super) fn audience(&self, audience: &Audience) -> Audience {
        match audience {
            Audience::All => Audience::All,
            Audience::Manager(id) => Audience::Manager(self.id(PERSON, id)),
            Audience::Rep(id) => Audience::Rep(self.id(PERSON, id)),
        }
    }

    /// Replaces or takes out everything that names somebody or tells what was said.
    pub(super) fn hide(
        &self,
        rollups: &mut Rollups,
        users: &mut BTreeMap<String, UserRow>,
        evidence: &mut Evidence,
    ) {
        let people = People::new(self, users);
        self.hide_calls(rollups);
        self.hide_deals(rollups, &people);
        let person = |id: &mut String| *id = self.id(PERSON, id);
        // The rows without a user are those of all reps together.
        let of_one = rollups
            .rep_metrics
            .iter_mut()
            .filter(|row| !row.user_id.is_empty());
        of_one.for_each(|row| person(&mut row.user_id));
        rollups
            .rep_months
            .iter_mut()
            .for_each(|row| person(&mut row.user_id));
        let of_one = rollups
            .rep_slices
            .iter_mut()
            .map(|row| &mut row.user_id)
            .chain(rollups.rep_intents.iter_mut().map(|row| &mut row.user_id))
            .chain(
                rollups
                    .rep_methodologies
                    .iter_mut()
                    .map(|row| &mut row.user_id),
            )
            .filter(|id| !id.is_empty());
        of_one.for_each(person);
        for row in &mut rollups.rep_methodologies {
            if let Some(id) = &mut row.newest_evidenced_call_id {
                *id = self.id(CALL, id);
            }
        }
        for row in &mut rollups.rep_calls {
            person(&mut row.user_id);
            row.call_id = self.id(CALL, &row.call_id);
        }
        for found in &mut evidence.mentions {
            self.hide_quote(&mut found.quote, &people);
            found.call_id = self.id(CALL, &found.call_id);
        }
        for found in &mut evidence.questions {
            self.hide_quote(&mut found.quote, &people);
            found.call_id = self.id(CALL, &found.call_id);
            found.user_id.iter_mut().for_each(person);
        }
        for found in &mut evidence.objections {
            self.hide_quote(&mut found.quote, &people);
            if let Some(answer) = &mut found.answer {
                self.hide_quote(answer, &people);
            }
            found.call_id = self.id(CALL, &found.call_id);
        }
        evidence.index();
        // Rows are looked up by their order.
        rollups.rep_metrics.sort_by(|a, b| {
            (&a.user_id, &a.month, &a.metric).cmp(&(&b.user_id, &b.month, &b.metric))
        });
        rollups.rep_slices.sort_by(|a, b| {
            (&a.user_id, &a.grain, &a.slice, &a.metric)
                .cmp(&(&b.user_id, &b.grain, &b.slice, &b.metric))
        });
        rollups
            .rep_months
            .sort_by(|a, b| (&a.user_id, &a.month).cmp(&(&b.user_id, &b.month)));
        // Those of one rep stay in the order of time.
        rollups
            .rep_calls
            .sort_by(|a, b| (&a.user_id, &a.month).cmp(&(&b.user_id, &b.month)));
        rollups
            .rep_intents
            .sort_by(|a, b| (&a.user_id, &a.month).cmp(&(&b.user_id, &b.month)));
        rollups
            .rep_methodologies
            .sort_by(|a, b| (&a.user_id, &a.month).cmp(&(&b.user_id, &b.month)));
        *users = users.values().map(|user| self.user(user)).collect();
    }

    /// The same of answered scorecards.
    pub(super) fn hide_reviews(&self, reviews: &mut Reviews) {
        reviews.hide(|user| self.id(PERSON, user), |call| self.id(CALL, call));
    }

    fn user(&self, user: &UserRow) -> (String, UserRow) {
        let id = self.id(PERSON, &user.user_id);
        let alias = UserRow {
            user_id: id.clone(),
            email: None,
            first_name: Some(self.name(PERSON, &user.user_id)),
            last_name: None,
            title: None,
            manager_id: user.manager_id.as_ref().map(|above| self.id(PERSON, above)),
            raw: String::new(),
            ..user.clone()
        };
        (id, alias)
    }

    fn hide_calls(&self, rollups: &mut Rollups) {
        let calls = std::mem::take(&mut rollups.calls);
        let hidden = calls.into_iter().map(|(id, facts)| {
            let title = Some(self.name(CALL, &id));
            let facts = CallFacts {
                title,
                url: None,
                ..facts
            };
            (self.id(CALL, &id), facts)
        });
        rollups.calls = hidden.collect();
        for row in &mut rollups.entry_calls {
            row.call_id = self.id(CALL, &row.call_id);
        }
        for row in &mut rollups.objection_calls {
            row.call_id = self.id(CALL, &row.call_id);
        }
    }

    fn hide_deals(&self, rollups: &mut Rollups, people: &People<'_>) {
        let deal = |id: &mut String| *id = self.id(DEAL, id);
        let call = |id: &mut Option<String>| {
            if let Some(id) = id {
                *id = self.id(CALL, id);
            }
        };
        for row in &mut rollups.deals {
            row.name = Some(self.name(DEAL, &row.deal_id));
            row.owner = row.owner.as_ref().map(|owner| people.id(owner));
            deal(&mut row.deal_id);
            call(&mut row.last_two_sided_call_id);
        }
        for row in &mut rollups.deal_warnings {
            deal(&mut row.deal_id);
            call(&mut row.call_id);
        }
        rollups
            .deal_weeks
            .iter_mut()
            .for_each(|row| deal(&mut row.deal_id));
        rollups
            .entry_deals
            .iter_mut()
            .for_each(|row| deal(&mut row.deal_id));
        for row in &mut rollups.deal_calls {
            deal(&mut row.deal_id);
            row.call_id = self.id(CALL, &row.call_id);
        }
    }

    fn hide_quote(&self, quote: &mut Quote, people: &People<'_>) {
        let call = quote.call_id.to_string();
        *quote = Quote {
            before: "".into(),
            mention: "[sentence withheld]".into(),
            after: "".into(),
            speaker: people.name(quote.speaker.as_str()).into(),
            call_id: self.id(CALL, &call).into(),
            call: self.name(CALL, &call).into(),
            link: None,
            address: "".into(),
            ..quote.clone()
        };
    }
}

/// Says on a page what is withheld.
pub(super) fn tell(page: &mut Document) {
    page.facts
        .push(Fact::new("Names", "aliases; sentences are withheld"));
    page.footer.insert(0, Fact::new("Withheld", WORDS));
}

const PERSON: &str = "Person";
const DEAL: &str = "Deal";
const CALL: &str = "Call";

/// Whom names, addresses and ids stand for, so that one person has one alias wherever they come from.
struct People<'p> {
    pseudonyms: &'p Pseudonyms,
    ids: BTreeMap<String, String>,
}

impl<'p> People<'p> {
    fn new(pseudonyms: &'p Pseudonyms, users: &BTreeMap<String, UserRow>) -> Self {
        let names_of = |user: &UserRow| {
            let known = [
                full_name(user),
                user.email.clone(),
                Some(shown_name(users, &user.user_id)),
                Some(user.user_id.clone()),
            ];
            let id = user.user_id.clone();
            known
                .into_iter()
                .flatten()
                .map(move |name| (name.to_lowercase(), id.clone()))
        };
        People {
            pseudonyms,
            ids: users.values().flat_map(names_of).collect(),
        }
    }

    fn known(&self, name: &str) -> String {
        let lower = name.to_lowercase();
        self.ids.get(&lower).cloned().unwrap_or(lower)
    }

    fn id(&self, name: &str) -> String {
        self.pseudonyms.id(PERSON, &self.known(name))
    }

    fn name(&self, name: &str) -> String {
        self.pseudonyms.name(PERSON, &self.known(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{PERSON, Pseudonyms};

    #[test]
    fn aliases_stay_with_their_key() {
        let one = Pseudonyms::new(b"0123456789abcdef").expect("long enough");
        let other = Pseudonyms::new(b"0123456789abcdeg").expect("long enough");
        assert_eq!(one.id(PERSON, "17"), one.id(PERSON, "17"));
        assert_ne!(one.id(PERSON, "17"), other.id(PERSON, "17"));
        assert_ne!(one.id(PERSON, "17"), one.id("Deal", "17"));
        assert!(Pseudonyms::new(b"short").is_none());
        assert_eq!(format!("{one:?}"), "Pseudonyms");
    }
}
