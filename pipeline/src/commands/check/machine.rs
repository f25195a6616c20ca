//! What does not need Gong: settings, time zone, lake, temporary folder.

use jiff::Timestamp;

use super::super::Context;
use super::Tried;
use crate::dictionaries;
use crate::error::Error;
use crate::exit;
use crate::lake::Lake;
use crate::report;
use crate::report::number::plural;

/// Room in the temporary folder below which a large window may not fit.
const LITTLE_ROOM: u64 = 1 << 30;

/// A clock that is off by less is not worth a word.
const NOTICEABLE_S: i64 = 120;

/// The settings were read before anything is tried; the dictionaries were not.
pub(super) fn settings(context: &Context) -> Tried {
    let name = "settings and dictionaries";
    match dictionaries::load(&context.config.dictionaries) {
        Ok(dictionaries) => {
            let competitors = dictionaries.entries("competitors").count();
            Tried::ok(name, format!("{competitors} competitors set up"))
        }
        Err(error) => Tried::failed(name, &error),
    }
}

/// The hand-written cards; none where no folder is set, or where the dictionaries that name the competitors fail already.
pub(super) fn cards(context: &Context) -> Option<Tried> {
    let name = "cards";
    context.config.report.cards.as_ref()?;
    let dictionaries = dictionaries::load(&context.config.dictionaries).ok()?;
    let settings = report::Settings::new(&context.config, &dictionaries);
    Some(match settings.with_cards(&context.config) {
        Ok(settings) => Tried::ok(name, plural(settings.cards.len() as i64, "card", "cards")),
        Err(error) => Tried::failed(name, &error),
    })
}

/// An unknown zone is refused with the settings; what can be wrong here is the zone that nobody set, or the clock.
pub(super) fn time_zone(context: &Context, now: Timestamp) -> Tried {
    let zone = context.config.company.time_zone.clone();
    let known = zone.iana_name().unwrap_or("UTC").to_owned();
    let local = now.to_zoned(zone);
    Tried::ok(
        "time zone",
        format!("{known}, where it is {}", local.strftime("%Y-%m-%d %H:%M")),
    )
}

/// What the host takes for now should be what this machine does: it decides which days are over.
pub(super) fn clock(ahead_s: i64) -> Tried {
    let name = "clock";
    if ahead_s.abs() < NOTICEABLE_S {
        return Tried::ok(name, "agrees with the host's");
    }
    let direction = if ahead_s > 0 { "ahead of" } else { "behind" };
    Tried::warn(
        name,
        format!("{} s {direction} the host's", ahead_s.abs()),
        "let this machine's clock be set by the network: it decides which days are read as over",
    )
}

/// Takes and gives back the lease of a run, which is an object written with create-if-absent; on a local disk that is a
/// hard link.
pub(super) async fn lake(context: &Context) -> Tried {
    let url = &context.config.lake.url;
    let name = format!("lake {url}");
    let probe = async {
        let lake = Lake::open(url).await?;
        let snapshot = lake.snapshot().await?;
        lake.run_lease().await?.release().await?;
        Ok::<u64, Error>(snapshot.rows("calls"))
    };
    match probe.await {
        Ok(calls) => Tried::ok(name, format!("writable, {calls} calls")),
        Err(error) => Tried::failed(name, &error),
    }
}

/// Windows are put together in temporary files before they go to the lake.
pub(super) fn temporary_folder() -> Tried {
    let folder = std::env::temp_dir();
    let name = format!("temporary folder {}", folder.display());
    if let Err(error) = tempfile::tempfile_in(&folder) {
        return Tried::fail(
            name,
            exit::LAKE,
            format!("cannot be written: {error}"),
            "set TMPDIR to a folder that can be written and has room",
        );
    }
    match free_bytes(&folder) {
        None => Tried::ok(name, "writable"),
        Some(free) if free < LITTLE_ROOM => Tried::warn(
            name,
            format!("writable, but only {} free", in_words(free)),
            "free some space, or set TMPDIR to a folder with more: a window is put together there",
        ),
        Some(free) => Tried::ok(name, format!("writable, {} free", in_words(free))),
    }
}

#[cfg(unix)]
fn free_bytes(folder: &std::path::Path) -> Option<u64> {
    let space = rustix::fs::statvfs(folder).ok()?;
    Some(space.f_bavail.saturating_mul(space.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &std::path::Path) -> Option<u64> {
    None
}

fn in_words(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    match bytes / MIB {
        mib if mib < 1024 => format!("{mib} MiB"),
        mib => format!("{:.1} GiB", mib as f64 / 1024.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told() {
        assert_eq!(clock(-119), clock(0));
        assert_eq!(clock(120).message, "120 s ahead of the host's");
        assert_eq!(clock(-7200).message, "7200 s behind the host's");
        assert!(clock(7200).ok);
    }

    #[test]
    fn room_is_told_in_words() {
        assert_eq!(in_words(5 << 20), "5 MiB");
        assert_eq!(in_words(3 << 29), "1.5 GiB");
        assert!(temporary_folder().ok);
    }
}
