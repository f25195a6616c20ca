//! The calls that count, with the day, week and month they fall on for the company.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use polars::prelude::*;
use talktrack_analyzers::tables::CallRow;

use super::{AsOf, Error, calendar, frame};

/// What pages say about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFacts {
    /// Its day in the company's time zone.
    pub day: Date,
    /// Its day in UTC, which names its partitions.
    pub utc_day: Date,
    /// When it began.
    pub started: Timestamp,
    /// Its title.
    pub title: Option<String>,
    /// Its address in Gong.
    pub url: Option<String>,
}

pub(super) struct Calls {
    /// `call_id started day week month duration_s host`; `day` and `week` are day numbers.
    pub(super) frame: DataFrame,
    pub(super) facts: BTreeMap<String, CallFacts>,
}

impl Calls {
    pub(super) fn read(partitions: &[Bytes], as_of: &AsOf) -> Result<Self, Error> {
        let stored = [
            "call_id",
            "started",
            "duration_s",
            "primary_user_id",
            "title",
            "url",
        ];
        let raw = frame::read::<CallRow>(partitions, &stored)?;
        let ids = frame::words(&raw, "call_id")?;
        let started = frame::numbers(&raw, "started")?;
        let titles = frame::words_or_null(&raw, "title")?;
        let urls = frame::words_or_null(&raw, "url")?;

        let mut facts = BTreeMap::new();
        let (mut days, mut weeks, mut months) = (Vec::new(), Vec::new(), Vec::new());
        for (((id, started), title), url) in ids.into_iter().zip(&started).zip(titles).zip(urls) {
            let instant = Timestamp::from_microsecond(*started).unwrap_or(Timestamp::UNIX_EPOCH);
            let day = as_of.calendar.day(instant);
            days.push(calendar::day_number(day));
            weeks.push(calendar::day_number(as_of.calendar.week(day)));
            months.push(calendar::month(day));
            if day <= as_of.day {
                let utc_day = TimeZone::UTC.to_datetime(instant).date();
                facts.insert(
                    id,
                    CallFacts {
                        day,
                        utc_day,
                        started: instant,
                        title,
                        url,
                    },
                );
            }
        }
        let frame = df!("day" => days, "week" => weeks, "month" => months, "started" => started)?;
        let frame = frame
            .hstack(&[
                raw.column("call_id")?.clone(),
                raw.column("duration_s")?.clone(),
                raw.column("primary_user_id")?.clone(),
            ])?
            .lazy()
            .filter(col("day").lt_eq(lit(calendar::day_number(as_of.day))))
            .rename(["primary_user_id"], ["host"], true)
            .collect()?;
        Ok(Self { frame, facts })
    }
}
