//! The rollup tables: one declaration each.

use talktrack_analyzers::table;
use talktrack_analyzers::table::{Amount, Row, TableInfo, TimestampUs};

/// All rollup tables, alphabetically.
pub fn all() -> Vec<TableInfo> {
    vec![
        CompetitorRow::table(),
        DealEngagementRow::table(),
        DealWarningRow::table(),
        DealWeekRow::table(),
        RepIntentRow::table(),
        RepMethodologyRow::table(),
        RepMetricRow::table(),
        RepMonthRow::table(),
        RepSliceRow::table(),
    ]
}

table! {
    /// One competitor in one month, and over all months together. Only calls up to the as-of day count.
    pub struct CompetitorRow("rollups/competitor", key: [entry, month], partition: Whole) {
        /// Id of the entry in the competitors dictionary.
        entry: String,
        /// Month in the company's time zone, YYYY-MM; empty for all months together.
        month: String,
        /// Number of mentions.
        mentions: i64,
        /// Mentions by the customer's side.
        mentions_customer: i64,
        /// Mentions by the company's side.
        mentions_company: i64,
        /// Mentions by voices whose side is unknown.
        mentions_unknown: i64,
        /// Calls with a mention.
        calls: i64,
        /// Calls on which the customer's side mentioned it.
        calls_customer: i64,
        /// Calls on which the company's side mentioned it.
        calls_company: i64,
        /// Deals with a mention on one of their calls.
        deals: i64,
        /// Those that are won, as known on the as-of day.
        deals_won: i64,
        /// Those that are lost, as known on the as-of day.
        deals_lost: i64,
        /// Those that are neither won nor lost, as known on the as-of day.
        deals_open: i64,
        /// Won of won and lost deals, 0 to 1; null below five of them.
        win_rate: Option<f64>,
        /// Lower end of its 95 % interval (Wilson).
        win_rate_low: Option<f64>,
        /// Upper end of its 95 % interval (Wilson).
        win_rate_high: Option<f64>,
    }
}

table! {
    /// One deal and how its customer took part in calls up to the as-of day; e-mail is not seen.
    pub struct DealEngagementRow("rollups/deal_engagement", key: [system, deal_id], partition: Whole) {
        /// CRM system.
        system: String,
        /// Id of the deal in the CRM.
        deal_id: String,
        /// Name of the deal.
        name: Option<String>,
        /// Stage as the CRM names it, as known on the as-of day.
        stage: Option<String>,
        /// Amount in `currency`, as known on the as-of day.
        amount: Option<Amount>,
        /// ISO 4217 code.
        currency: Option<String>,
        /// Expected or actual close date, ISO 8601.
        close_date: Option<String>,
        /// Owner as the CRM names it.
        owner: Option<String>,
        /// open, won or lost, as known on the as-of day; null where nothing was known.
        outcome: Option<String>,
        /// When the state above was observed, UTC; null where nothing was known.
        observed_at: Option<TimestampUs>,
        /// Calls of the deal.
        calls: i64,
        /// Day of the last call, in the company's time zone, ISO 8601.
        last_call_day: Option<String>,
        /// Gong's id of the last call on which both sides spoke.
        last_two_sided_call_id: Option<String>,
        /// Its day in the company's time zone, ISO 8601.
        last_two_sided_day: Option<String>,
        /// Days from that day to the as-of day; null where both sides never spoke.
        days_silent: Option<i64>,
        /// Calls of the last 7 days, the as-of day among them.
        calls_7: i64,
        /// Calls of the last 14 days.
        calls_14: i64,
        /// Calls of the last 30 days.
        calls_30: i64,
        /// Calls of the last 90 days.
        calls_90: i64,
        /// Persons of the customer's side who spoke on calls of the last 7 days.
        buyers_7: i64,
        /// Persons of the customer's side who spoke on calls of the last 14 days.
        buyers_14: i64,
        /// Persons of the customer's side who spoke on calls of the last 30 days.
        buyers_30: i64,
        /// Persons of the customer's side who spoke on calls of the last 90 days.
        buyers_90: i64,
        /// Calls on which both sides spoke.
        two_sided_calls: i64,
        /// Median days from one day with a two-sided call to the next; null below three such gaps.
        median_gap_days: Option<f64>,
        /// `days_silent` over `median_gap_days`: above 1 the deal is quieter than it used to be.
        gap_ratio: Option<f64>,
        /// Persons of the customer's side who were on calls of the last 90 days, whether they spoke or not.
        attendees_90: i64,
        /// The highest seniority among them: c-level, vp, director or manager; null where no title tells.
        highest_seniority_90: Option<String>,
        /// Day of the last two-sided call on which a director or above of the customer's side spoke, ISO 8601.
        last_senior_day: Option<String>,
        /// Days from that day to the as-of day; null where none ever spoke, or no title tells.
        days_since_senior: Option<i64>,
        /// The first day on which the CRM's facts of the deal were seen, ISO 8601.
        first_seen_day: Option<String>,
        /// The day from which on the deal was seen in its stage without a change, ISO 8601: it may have entered earlier.
        stage_since: Option<String>,
        /// Days from that day to the as-of day.
        days_in_stage: Option<i64>,
    }
}

table! {
    /// One warning of one open deal on the as-of day. Calls only: e-mail is not seen. The rules, with their defaults from
    /// `[warnings]`; a deal known for fewer than `min_age_days` (3) gets none.
    ///
    /// `ghosted`: both sides have not spoken for `ghosted_days` (21), though a later call was tried; or the day for which their
    /// last call promised a next step passed `promise_overdue_days` (7) ago. `no_activity`: no call for `no_activity_days`
    /// (14), or never. `no_next_step`: the last call with a transcript ended with none or a vague one.
    /// `no_power`: no director or above of the customer was ever on a call, where titles tell. `not_enough_contacts`: fewer than
    /// `min_buyers` (2) customers spoke in 90 days, `min_buyers_large` (3) from `large_amount` (50000) on. `overdue`: the close
    /// date has passed. `pricing_not_mentioned`: a stage of `late_stages`, and nobody mentioned a price on any call.
    /// `red_flag`: a customer's words of the dictionary `red_flags` in the last `red_flag_days` (30). `silent_champion`: the
    /// customer who spoke most before the last `silent_champion_calls` (2) was silent on them. `single_threaded`: a large deal
    /// on which one customer alone ever spoke. `stalled_in_stage`: longer in its stage than three quarters of at least
    /// `min_won_deals` (8) won deals, or than `stalled_days` (30).
    pub struct DealWarningRow("rollups/deal_warning", key: [system, deal_id, warning], partition: Whole) {
        /// CRM system.
        system: String,
        /// Id of the deal in the CRM.
        deal_id: String,
        /// Name of the warning.
        warning: String,
        /// The day from which it holds, ISO 8601; null where that cannot be said.
        since: Option<String>,
        /// What was measured, in the unit of the rule: days, persons, calls, or the level of a next step; null where there is
        /// nothing to measure.
        value: Option<f64>,
        /// What it is held against; null where the rule has no threshold.
        threshold: Option<f64>,
        /// Gong's id of the call that shows it, where one does.
        call_id: Option<String>,
        /// `ghosted`: the promised day that passed, ISO 8601, where that is why it holds; else null.
        due_day: Option<String>,
    }
}

table! {
    /// One deal in one week in which it had a call.
    pub struct DealWeekRow("rollups/deal_week", key: [system, deal_id, week], partition: Whole) {
        /// CRM system.
        system: String,
        /// Id of the deal in the CRM.
        deal_id: String,
        /// First day of the week in the company's time zone, ISO 8601.
        week: String,
        /// Calls of the week.
        calls: i64,
        /// Speech of the customer's side, in milliseconds.
        customer_ms: i64,
        /// Persons of the customer's side who spoke.
        buyers: i64,
    }
}

table! {
    /// One rep in one month. A rep is a user who spoke on the call or hosted it; a call is used when it lasts at least three
    /// minutes, both sides spoke and the rep did.
    pub struct RepMonthRow("rollups/rep_month", key: [user_id, month], partition: Whole) {
        /// Gong's id of the user.
        user_id: String,
        /// Month in the company's time zone, YYYY-MM.
        month: String,
        /// Calls of the rep.
        calls: i64,
        /// Calls that the numbers below rest on.
        calls_used: i64,
        /// Calls left out: no transcript.
        excluded_no_transcript: i64,
        /// Calls left out: shorter than three minutes.
        excluded_short: i64,
        /// Calls left out: fewer than two sides could be told apart.
        excluded_one_sided: i64,
        /// Calls left out: the rep hosted and did not speak.
        excluded_silent: i64,
        /// Length of the used calls, in seconds.
        duration_used_s: i64,
        /// Speech of the rep on used calls, in milliseconds.
        talk_ms: i64,
        /// Speech of everybody on used calls, in milliseconds.
        speech_ms: i64,
        /// Mean over used calls of the rep's share of speech, 0 to 1.
        talk_share_mean: Option<f64>,
        /// `talk_ms` over `speech_ms`, 0 to 1.
        talk_share_pooled: Option<f64>,
        /// Words of the rep on used calls.
        words: i64,
        /// Words a minute of `talk_ms`; null below 30 s of speech.
        words_per_minute: Option<f64>,
        /// Longest monologue of any used call that nobody cut into, in milliseconds.
        longest_monologue_strict_ms: Option<i64>,
        /// Longest monologue of any used call, back-channels bridged, in milliseconds.
        longest_monologue_bridged_ms: Option<i64>,
        /// Median over used calls of the call's longest monologue, back-channels bridged, in milliseconds.
        median_monologue_bridged_ms: Option<i64>,
        /// Used calls whose questions are counted: those in a language that the dictionary covers.
        calls_questions: i64,
        /// Questions of the company's side on those calls.
        questions: i64,
        /// Those that ask for more than yes or no.
        questions_open: i64,
        /// Those that can be answered with yes or no.
        questions_closed: i64,
        /// `questions` over `calls_questions`; null where there are none.
        questions_per_call: Option<f64>,
        /// Part of the speech on used calls whose side is known, 0 to 1.
        speech_attributed_share: Option<f64>,
    }
}

table! {
    /// One number of one rep in one month, from the calls that `rollups/rep_month` uses, with its 95 % interval. Numbers of
    /// fewer than five calls or trials are null; `n` tells how many there were.
    ///
    /// Means and medians over calls: `fillers_per_100_words` (of calls with 100 words of the rep), `interactivity_score`,
    /// `longest_story_bridged_ms`, `question_spread`, `questions` and `questions_per_hour` (of the whole call; questions are the
    /// company's), `longest_monologue_bridged_ms`, `longest_monologue_strict_ms`, `patience_p50_ms`, `talk_share`,
    /// `words_per_minute` (of calls with 30 s of speech). Intervals of means are a seeded bootstrap of 500 resamples, beyond
    /// 1,000 calls the normal distribution's; those of medians go by rank. Shares over all calls, with the Wilson interval:
    /// `objections_handled_share` (of objections on these calls), `open_question_share` (of open and closed ones),
    /// `specific_next_step_share` (of calls).
    pub struct RepMetricRow("rollups/rep_metric", key: [user_id, month, metric], partition: Whole) {
        /// Gong's id of the user; empty for all reps together.
        user_id: String,
        /// Month in the company's time zone, YYYY-MM; empty for all months together.
        month: String,
        /// Name of the number.
        metric: String,
        /// mean, median or share.
        statistic: String,
        /// The number, in the unit that its name says; shares 0 to 1. Null below five.
        value: Option<f64>,
        /// Lower end of the 95 % interval.
        low: Option<f64>,
        /// Upper end of the 95 % interval.
        high: Option<f64>,
        /// Calls with the number; of a share, what it is a share of.
        n: i64,
        /// Calls that it rests on.
        calls: i64,
    }
}

table! {
    /// The numbers of `rollups/rep_metric` of one rep cut by week, by quarter and by where the sale stood: the last 13 weeks,
    /// the last 5 quarters, and the stages of the last 90 days, each up to the as-of day. A call's stage is the one that its deal
    /// had when the call began, read by `[stages]` of the settings; calls whose stage says nothing are in no such slice.
    pub struct RepSliceRow("rollups/rep_slice", key: [user_id, grain, slice, metric], partition: Whole) {
        /// Gong's id of the user; empty for all reps together.
        user_id: String,
        /// week, quarter or stage.
        grain: String,
        /// First day of the week, first month of the quarter (YYYY-MM), or discovery, demo or negotiation.
        slice: String,
        /// Name of the number, as in `rollups/rep_metric`.
        metric: String,
        /// mean, median or share.
        statistic: String,
        /// The number, in the unit that its name says; shares 0 to 1. Null below five.
        value: Option<f64>,
        /// Lower end of the 95 % interval.
        low: Option<f64>,
        /// Upper end of the 95 % interval.
        high: Option<f64>,
        /// Calls with the number; of a share, what it is a share of.
        n: i64,
        /// Calls that it rests on.
        calls: i64,
    }
}

table! {
    /// One criterion of a methodology on the used calls of one rep in one month, from `metrics/methodology`. A criterion that was
    /// on no call has no row.
    pub struct RepMethodologyRow("rollups/rep_methodology", key: [user_id, month, methodology, criterion], partition: Whole) {
        /// Gong's id of the user; empty for all reps together, where a call counts once for each rep.
        user_id: String,
        /// Month in the company's time zone, YYYY-MM.
        month: String,
        /// bant, challenger, meddpicc, sandler, spiced or spin.
        methodology: String,
        /// The criterion; empty for the methodology as a whole.
        criterion: String,
        /// Calls on which it was touched; of the whole methodology, used calls in a language that its dictionary covers.
        calls: i64,
        /// Calls on which the company asked about it; of the whole, about any criterion.
        calls_asked: i64,
        /// Calls on which the customer showed it; of the whole, any criterion.
        calls_evidenced: i64,
        /// Gong's id of the newest of those.
        newest_evidenced_call_id: Option<String>,
    }
}

table! {
    /// What the company's side asked about on the used calls of one rep in one month, from `metrics/question_intents`.
    pub struct RepIntentRow("rollups/rep_intent", key: [user_id, month, intent], partition: Whole) {
        /// Gong's id of the user; empty for all reps together, where a call counts once for each rep.
        user_id: String,
        /// Month in the company's time zone, YYYY-MM.
        month: String,
        /// The intent, as in `evidence/questions`; empty for all questions.
        intent: String,
        /// Calls with such a question; of all questions, used calls in a language that the dictionary covers.
        calls: i64,
        /// Questions with it.
        questions: i64,
    }
}
