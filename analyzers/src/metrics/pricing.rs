//! When prices come up, and who brings them up.

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::{Call, Side, by_voice, span, union_ms};
use crate::lexicon::Mention;
use crate::quality::language_flag;
use crate::statistics::share;
use crate::table;
use crate::table::{Row, TableInfo};

/// The dictionary of prices.
const PRICING: &str = "pricing";

table! {
    /// Prices on one call with a transcript; the mentions are in `evidence/mentions`, dictionary `pricing`.
    pub struct PricingRow("metrics/pricing", key: [call_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Mentions by the company; null where the dictionary does not cover the call's language.
        company_mentions: Option<i64>,
        /// Mentions by the customer.
        customer_mentions: Option<i64>,
        /// Start of the first sentence with a price, in milliseconds; null where there is none.
        first_start_ms: Option<i64>,
        /// Where it stands between the first and the last word, 0 to 1.
        first_share: Option<f64>,
        /// Side that said it: company, customer or unknown.
        raised_by: Option<String>,
        /// `language_not_covered` where the dictionary does not cover the call's language; else empty.
        quality_flags: String,
        /// Share of all speech that was over when the first price was mentioned, 0 to 1.
        speech_share_before: Option<f64>,
    }
}

/// The pricing analyzer.
#[derive(Debug)]
pub struct Pricing;

impl Analyzer for Pricing {
    fn name(&self) -> &'static str {
        "pricing"
    }

    fn version(&self) -> u32 {
        4
    }

    fn doc(&self) -> &'static str {
        "\
Mentions are those of the dictionary `pricing`: words for prices and amounts of money. `first_start_ms` is the start of the first
sentence with one, by whoever says it; `first_share` is its place in the time from the first to the last word, so that 0.66 is
two thirds through. `speech_share_before` is the speech before it (the union of each voice's sentences, cut there) as a share of
all speech, so that silences do not count. A call on which no price is mentioned has zeros and nulls.

Sources: Dynamics lists prices that were mentioned; that value should come before price is a rule of thumb, and what talktrack
prints is when it came. The dictionary is ours.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![PricingRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::MentionsOf(&[PRICING])
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let with_speech = calls
            .iter()
            .filter(|reading| !reading.call.sentences.is_empty());
        let rows: Vec<PricingRow> = with_speech.map(|reading| row(reading, analysis)).collect();
        vec![PricingRow::to_batch(&rows)]
    }
}

fn row(reading: &Reading<'_>, analysis: &Analysis<'_>) -> PricingRow {
    let call = reading.call;
    let is_covered = analysis.dictionaries.covers(PRICING, call);
    let position = analysis
        .dictionaries
        .all()
        .iter()
        .position(|known| known.name == PRICING);
    let found: Vec<&Mention> = reading
        .mentions
        .iter()
        .filter(|mention| Some(mention.dictionary) == position)
        .collect();
    let by = |side: Side| {
        let own = found
            .iter()
            .filter(|mention| call.sentences[mention.sentence].side == side);
        is_covered.then(|| own.count() as i64)
    };
    let first = found
        .iter()
        .map(|mention| mention.sentence)
        .min()
        .map(|sentence| &call.sentences[sentence]);
    let first_share = first.zip(span(call)).and_then(|(sentence, (from, to))| {
        let start = sentence.interval().0;
        (to > from).then(|| ((start - from) as f64 / (to - from) as f64).clamp(0.0, 1.0))
    });
    PricingRow {
        call_id: call.call_id.to_owned(),
        company_mentions: by(Side::Company),
        customer_mentions: by(Side::Customer),
        first_start_ms: first.map(|sentence| sentence.start_ms),
        first_share,
        raised_by: first.map(|sentence| sentence.side.name().to_owned()),
        quality_flags: language_flag(is_covered),
        speech_share_before: first.and_then(|sentence| share_before(call, sentence.interval().0)),
    }
}

/// Share of all speech before `moment`, in milliseconds from the start; none where nobody spoke for any time.
fn share_before(call: &Call<'_>, moment: i64) -> Option<f64> {
    let speech = |until: i64| -> i64 {
        let voices = by_voice(call);
        let own = voices.iter().map(|sentences| {
            let cut = sentences.iter().map(|sentence| {
                let (start, end) = sentence.interval();
                (start.min(until), end.min(until))
            });
            union_ms(cut)
        });
        own.sum()
    };
    share(speech(moment), speech(i64::MAX))
}
