//! A seeded corpus of calls as the lake stores them. Its text is synthetic: words drawn with a long tail, with phrases of
//! a synthetic dictionary planted here and there, and counted.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use talktrack_analyzers::table::{Row, TimestampUs};
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow};
use talktrack_analyzers::{DictionarySource, Inputs};

/// How large a corpus is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Number of calls.
    pub calls: usize,
    /// Sentences a call.
    pub sentences: usize,
    /// Phrases in the dictionary.
    pub phrases: usize,
}

/// What every benchmark here measures on, unless it says otherwise.
pub const STANDARD: Size = Size {
    calls: 200,
    sentences: 300,
    phrases: 500,
};

/// Calls as stored, with what was planted in them.
#[derive(Debug)]
pub struct Corpus {
    /// One day partition.
    pub inputs: Inputs,
    /// The sentences' text alone.
    pub texts: Vec<String>,
    /// The planted dictionary.
    pub dictionary: DictionarySource,
    /// The phrases of that dictionary.
    pub phrases: Vec<String>,
    /// How many phrases were planted.
    pub planted: usize,
}

impl Corpus {
    /// Bytes of text, for throughput.
    pub fn bytes(&self) -> u64 {
        self.texts.iter().map(|text| text.len() as u64).sum()
    }

    /// The corpus of this size; the same on every machine.
    pub fn generate(size: Size) -> Corpus {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let phrases = phrases(size.phrases);
        let mut planted = 0;
        let (mut calls, mut parties, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..size.calls {
            let call_id = (1_000_000 + number).to_string();
            calls.push(call(&call_id, size.sentences));
            parties.extend(["company", "customer"].map(|side| party(&call_id, side)));
            for index in 0..size.sentences {
                let phrase = (random.random_range(0..50) == 0)
                    .then(|| &phrases[random.random_range(0..phrases.len())]);
                planted += usize::from(phrase.is_some());
                rows.push(sentence(&call_id, index, words(&mut random, phrase)));
            }
        }
        Corpus {
            texts: rows.iter().map(|row| row.text.clone()).collect(),
            inputs: Inputs {
                calls: vec![CallRow::to_batch(&calls)],
                parties: vec![PartyRow::to_batch(&parties)],
                sentences: vec![SentenceRow::to_batch(&rows)],
            },
            dictionary: dictionary(&phrases),
            phrases,
            planted,
        }
    }
}

impl Corpus {
    /// Sentences and phrases that come from elsewhere, as calls of 300 sentences whose sides take turns of three.
    pub fn of_texts(texts: Vec<String>, phrases: Vec<String>) -> Corpus {
        const SENTENCES: usize = 300;
        let (mut calls, mut parties, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for (number, of_call) in texts.chunks(SENTENCES).enumerate() {
            let call_id = (1_000_000 + number).to_string();
            calls.push(call(&call_id, of_call.len()));
            parties.extend(["company", "customer"].map(|side| party(&call_id, side)));
            let said = of_call.iter().enumerate();
            rows.extend(said.map(|(index, text)| sentence(&call_id, index, text.clone())));
        }
        Corpus {
            inputs: Inputs {
                calls: vec![CallRow::to_batch(&calls)],
                parties: vec![PartyRow::to_batch(&parties)],
                sentences: vec![SentenceRow::to_batch(&rows)],
            },
            texts,
            dictionary: dictionary(&phrases),
            phrases,
            planted: 0,
        }
    }
}

/// Two made-up words each, which no sentence holds by chance: the planted count is the exact count.
fn phrases(count: usize) -> Vec<String> {
    const SYLLABLES: [&str; 16] = [
        "bra", "cro", "dru", "fle", "gli", "hox", "jun", "kre", "lux", "mov", "nix", "plo", "qua",
        "rix", "sto", "vex",
    ];
    let word = |mut number: usize| {
        let mut word = String::from("z");
        for _ in 0..4 {
            word.push_str(SYLLABLES[number % SYLLABLES.len()]);
            number /= SYLLABLES.len();
        }
        word
    };
    (0..count)
        .map(|number| format!("{} {}", word(number), word(number * 7 + 3)))
        .collect()
}

fn dictionary(phrases: &[String]) -> DictionarySource {
    const HEADER: &str = "schema_version = 1
name = \"competitors\"
language = \"en\"
said_by = \"any\"
meaning = \"Planted.\"
";
    let entry = |(number, phrase): (usize, &String)| {
        format!("\n[[entry]]\nid = \"e{number}\"\nlabel = \"E{number}\"\nterms = [\"{phrase}\"]\n")
    };
    DictionarySource {
        file: "competitors.toml".to_owned(),
        text: std::iter::once(HEADER.to_owned())
            .chain(phrases.iter().enumerate().map(entry))
            .collect(),
    }
}

fn words(random: &mut ChaCha8Rng, phrase: Option<&String>) -> String {
    const COMMON: [&str; 24] = [
        "the", "and", "we", "you", "to", "that", "it", "of", "so", "have", "for", "our", "with",
        "on", "this", "can", "what", "team", "week", "call", "process", "report", "already",
        "because",
    ];
    let count = random.random_range(4..20);
    let at = random.random_range(0..count);
    let mut text = String::new();
    for position in 0..count {
        if let Some(phrase) = phrase.filter(|_| position == at) {
            text.push_str(phrase);
            text.push(' ');
        }
        // Squaring a uniform number makes the first words of the list common and the last ones rare.
        let uniform: f64 = random.random();
        text.push_str(COMMON[(uniform * uniform * COMMON.len() as f64) as usize]);
        text.push(' ');
    }
    text.pop();
    text.push('.');
    text
}

fn call(call_id: &str, sentences: usize) -> CallRow {
    CallRow {
        call_id: call_id.to_owned(),
        url: None,
        title: None,
        started: TimestampUs(1_750_000_000_000_000),
        scheduled: None,
        duration_s: Some(sentences as i64 * 5),
        primary_user_id: Some("u1".to_owned()),
        direction: None,
        system: None,
        scope: None,
        media: None,
        language: Some("eng".to_owned()),
        workspace_id: None,
        purpose: None,
        meeting_url: None,
        is_private: false,
        calendar_event_id: None,
        client_unique_id: None,
        transcript_state: "present".to_owned(),
        raw: "{}".to_owned(),
    }
}

fn party(call_id: &str, side: &str) -> PartyRow {
    PartyRow {
        call_id: call_id.to_owned(),
        party_id: side.to_owned(),
        speaker_id: Some(side.to_owned()),
        user_id: (side == "company").then(|| "u1".to_owned()),
        person_key: side.to_owned(),
        name: None,
        email: None,
        phone: None,
        title: None,
        affiliation: None,
        side: side.to_owned(),
        raw: "{}".to_owned(),
    }
}

fn sentence(call_id: &str, index: usize, text: String) -> SentenceRow {
    let side = if index.is_multiple_of(2) {
        "company"
    } else {
        "customer"
    };
    let start_ms = index as i64 * 5_000;
    SentenceRow {
        call_id: call_id.to_owned(),
        sentence_index: index as i32,
        monologue_index: index as i32,
        speaker_id: Some(side.to_owned()),
        party_id: Some(side.to_owned()),
        side: side.to_owned(),
        topic: None,
        start_ms,
        end_ms: start_ms + 4_000,
        text,
    }
}
